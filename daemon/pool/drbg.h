/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_POOL_DRBG_H
#define ENTROPYD_DAEMON_POOL_DRBG_H

/*
 * The generator: ChaCha20 with fast key erasure, as in Linux and OpenBSD. A key
 * is used once: its stream gives the next key first, then output, and it is
 * gone before the output leaves. So what was handed out before cannot be
 * computed from what the memory holds now. Not an approved mechanism of
 * SP 800-90A.
 *
 * A small request comes out of a buffer that one key filled; a large one is
 * generated straight into the caller's memory. A struct drbg belongs into
 * locked memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRBG_KEY_BYTES    32
#define DRBG_BUFFER_BYTES 1024

/* Requests above this go past the buffer: there a key of their own costs less
 * than copying and wiping (it takes some 0.1 us). */
#define DRBG_SMALL_MAX 256

struct drbg {
    uint8_t key[DRBG_KEY_BYTES];
    uint8_t buffer[DRBG_BUFFER_BYTES];
    size_t used; /* bytes of the buffer that are gone, and wiped */
};

/* Gives it a key, at first and at each reseed; what the buffer holds is wiped.
 * The key is copied. */
void drbg_rekey(struct drbg *d, const uint8_t key[DRBG_KEY_BYTES]);

/* n bytes of output, n < 2^38. */
void drbg_generate(struct drbg *d, void *out, size_t n);

/* Wipes everything. */
void drbg_fini(struct drbg *d);

/*
 * When the generator is to be reseeded, and when it must no longer be used:
 * bookkeeping without a clock of its own. Times are monotonic_now_ms().
 */
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
