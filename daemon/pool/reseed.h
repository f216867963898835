#ifndef ENTROPYD_DAEMON_POOL_RESEED_H
#define ENTROPYD_DAEMON_POOL_RESEED_H

/*
 * When the generator is to be reseeded, and when it must no longer be used:
 * bookkeeping without a clock of its own. Times are monotonic_now_ms().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reseed {
    bool is_wanted;       /* at the next request, whatever the rest says */
    bool is_credit_owed;  /* the last reseed found no credit */
    uint64_t last_ms;     /* of the last reseed */
    uint64_t bytes;       /* generated since */
    uint64_t credited_ms; /* of the last credited reseed */
    uint64_t requests;    /* since */
};

/* Is a reseed due: POOL_RESEED_MS, POOL_RESEED_BYTES, or wanted? */
bool reseed_is_due(const struct reseed *r, uint64_t now_ms);

/* Is the last credited reseed too long ago: POOL_UNCREDITED_MS or
 * POOL_UNCREDITED_REQUESTS? */
bool reseed_is_overdue(const struct reseed *r, uint64_t now_ms);

/* A reseed took place, with credit or without. */
void reseed_done(struct reseed *r, bool is_credited, uint64_t now_ms);

/* n bytes were generated. */
void reseed_count(struct reseed *r, size_t n, bool is_new_request);

#endif
