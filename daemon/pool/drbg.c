/* SPDX-License-Identifier: MIT */
/* Two streams of one key: nonce 0 begins with the next key, and in the buffer's
 * case goes on with output; nonce 1 is output from the first byte on. */

#include "daemon/pool/drbg.h"

#include "base/wipe.h"
#include "daemon/pool/pool.h"

#include <sodium.h>
#include <string.h>

static const uint8_t nonce_key[crypto_stream_chacha20_NONCEBYTES] = {0};
static const uint8_t nonce_bulk[crypto_stream_chacha20_NONCEBYTES] = {1};

_Static_assert(DRBG_KEY_BYTES == crypto_stream_chacha20_KEYBYTES, "a key");

/* Stack that a call into libsodium may have used. Its vector code leaves there
 * what it spilled out of registers, pieces of the output among it (seen by
 * tests/pool/secrets within the first 2 KiB). */
#define STACK_BYTES 4096

static void empty_buffer(struct drbg *d)
{
    sodium_memzero(d->buffer, sizeof(d->buffer));
    d->used = sizeof(d->buffer);
}

static void fill_buffer(struct drbg *d)
{
    (void)crypto_stream_chacha20(d->buffer, sizeof(d->buffer), nonce_key,
                                 d->key);
    memcpy(d->key, d->buffer, sizeof(d->key));
    sodium_memzero(d->buffer, sizeof(d->key));
    d->used = sizeof(d->key);
    sodium_stackzero(STACK_BYTES);
}

/* Out of the buffer, wiping as it is read: most requests are for 32 bytes, for
 * which sodium_memzero() makes three calls of libraries and wipe() one. */
static void read_buffer(struct drbg *d, uint8_t *out, size_t n)
{
    memcpy(out, d->buffer + d->used, n);
    wipe(d->buffer + d->used, n);
    d->used += n;
}

static void generate_bulk(struct drbg *d, uint8_t *out, size_t n)
{
    uint8_t next[DRBG_KEY_BYTES];
    (void)crypto_stream_chacha20(next, sizeof(next), nonce_key, d->key);
    (void)crypto_stream_chacha20(out, n, nonce_bulk, d->key);
    memcpy(d->key, next, sizeof(d->key));
    sodium_memzero(next, sizeof(next));
    sodium_stackzero(STACK_BYTES);
}

void drbg_rekey(struct drbg *d, const uint8_t key[DRBG_KEY_BYTES])
{
    memcpy(d->key, key, sizeof(d->key));
    empty_buffer(d);
}

void drbg_generate(struct drbg *d, void *out, size_t n)
{
    uint8_t *bytes = out;
    if (n > DRBG_SMALL_MAX) {
        generate_bulk(d, bytes, n);
        return;
    }

    size_t left = sizeof(d->buffer) - d->used;
    if (n > left) {
        read_buffer(d, bytes, left);
        fill_buffer(d);
        bytes += left;
        n -= left;
    }
    read_buffer(d, bytes, n);
}

void drbg_fini(struct drbg *d)
{
    sodium_memzero(d, sizeof(*d));
}

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
