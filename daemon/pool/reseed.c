/* When to reseed. */

#include "daemon/pool/reseed.h"

#include "daemon/pool/pool.h"

/* A caller's time may be a little older than the last one we were told. */
static uint64_t passed(uint64_t since_ms, uint64_t now_ms)
{
    return now_ms > since_ms ? now_ms - since_ms : 0;
}

bool reseed_is_due(const struct reseed *r, uint64_t now_ms)
{
    return r->is_wanted || r->bytes >= POOL_RESEED_BYTES ||
           passed(r->last_ms, now_ms) >= POOL_RESEED_MS;
}

bool reseed_is_overdue(const struct reseed *r, uint64_t now_ms)
{
    return r->requests >= POOL_UNCREDITED_REQUESTS ||
           passed(r->credited_ms, now_ms) >= POOL_UNCREDITED_MS;
}

void reseed_done(struct reseed *r, bool is_credited, uint64_t now_ms)
{
    r->is_wanted = false;
    r->is_credit_owed = !is_credited;
    r->last_ms = now_ms;
    r->bytes = 0;
    if (is_credited) {
        r->credited_ms = now_ms;
        r->requests = 0;
    }
}

void reseed_count(struct reseed *r, size_t n, bool is_new_request)
{
    r->bytes += n;
    r->requests += is_new_request;
}
