/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_POOL_POOL_H
#define ENTROPYD_DAEMON_POOL_POOL_H

/*
 * The pool: turns credited samples into seeds of the generator and into
 * conditioned blocks, and says of every byte how it was made. The rings of the
 * sources are its reservoir; it takes from them only when asked. Loop thread
 * only; nothing blocks.
 */

#include "daemon/source/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Credited bits that a first seed and the standing reserve ask for: 3/2 of the
 * 256-bit security strength, SP 800-90C. */
#define POOL_SEED_BITS 384

/* Credited bits behind a reseed and behind each 32-byte block: 256 + 64,
 * SP 800-90B 3.1.5.1.2 (SHA-512 cut to 256 bits: 2^-71.5 from full). */
#define POOL_BLOCK_BITS 320

#define POOL_BLOCK_BYTES 32

/* Largest conditioned request, and the size of the store of ready blocks. */
#define POOL_CONDITIONED_MAX 4096

/* Most raw samples that one request takes. */
#define POOL_RAW_MAX 65536

/* A reseed falls due after this much running time or output. */
#define POOL_RESEED_MS    60000
#define POOL_RESEED_BYTES (64u << 20)

/* The generator is refused this long, or this many requests, after the last
 * credited reseed (2^48: SP 800-90A table 2). */
#define POOL_UNCREDITED_MS       (UINT64_C(24) * 60 * 60 * 1000)
#define POOL_UNCREDITED_REQUESTS (UINT64_C(1) << 48)

/* Most bytes that one call may generate; bulk asks chunk by chunk, so that a
 * reseed can fall due in between. */
#define POOL_CHUNK_MAX (256u << 10)

/* How bytes were made, for the reply. */
struct pool_provenance {
    uint64_t credited_bits; /* of these bytes (conditioned), or of the last
                             * credited seed (generator) */
    uint32_t sources;       /* bit i: source i had a part in it */
};

struct pool_stats {
    uint64_t reseeds; /* credited or not, the first seed included */
    uint64_t credited_reseeds;
    uint64_t last_reseed_ms;     /* monotonic_now_ms() of the last; 0: never */
    uint64_t last_credited_bits; /* of the last credited seed */
    uint64_t requests;           /* of generator output */
    uint64_t bytes;              /* of generator output */
    uint64_t waiting_bits;       /* credit that waits in the rings now */
    uint64_t conditioned_blocks; /* handed out */
    uint64_t blocks_ready;       /* in the store now */
};

/* The kernel's generator, behind a pointer so that a test can make it known
 * or make it fail: fills n bytes (n <= 256), 0 or -errno. */
typedef int (*pool_random)(void *out, size_t n);

/* getentropy(2). */
int pool_kernel_random(void *out, size_t n);

struct pool;

/*
 * A pool over `count` sources (<= SOURCE_MAX), borrowed for life. *pool is
 * new, the caller's. -ENOMEM, -EIO where libsodium cannot start, or what random
 * answered. *memory_locked becomes
 * false where its secrets could not be locked into memory.
 */
int pool_create(struct pool **pool, struct source *sources, size_t count,
                pool_random random, bool *memory_locked);

/* Wipes and frees; NULL is allowed. */
void pool_destroy(struct pool *p);

/* Was the generator ever seeded with credit? */
bool pool_is_seeded(const struct pool *p);

/* Seeds the generator for the first time if one source alone holds
 * POOL_SEED_BITS of credit. True if it is seeded (now or before). To be called
 * when a worker says that credit has come or a state has moved: it also pays
 * the credit that the last reseed did not find, so that the health word does
 * not wait for the next request. */
bool pool_try_seed(struct pool *p, uint64_t now_ms);

/* Is the first seed missing, or the credit that the last reseed did not find?
 * pool_try_seed() makes use of it as soon as it comes. */
bool pool_wants_credit(const struct pool *p);

/* The health word now: health_of() with what the pool knows. */
enum health_word pool_health(const struct pool *p);

/*
 * Begins a request whose bytes are generated piece by piece afterwards, each by
 * pool_generate() with is_new_request false: counts it, reseeds where that is
 * due, and tells how the bytes will be made. 0, or as pool_generate().
 */
int pool_begin(struct pool *p, uint64_t now_ms,
               struct pool_provenance *provenance);

/*
 * n bytes (1..POOL_CHUNK_MAX) of generator output. Reseeds first where that is
 * due. A request of many chunks passes is_new_request only with its first.
 * 0; -EAGAIN before the first seed; -EPERM past the limits on uncredited
 * output; -EIO if a reseed is due and the kernel's generator fails. On failure
 * out is wiped.
 */
int pool_generate(struct pool *p, void *out, size_t n, bool is_new_request,
                  uint64_t now_ms, struct pool_provenance *provenance);

/*
 * n bytes (1..POOL_CONDITIONED_MAX), every 32 of them with POOL_BLOCK_BITS of
 * fresh credit, XORed with generator output. All or nothing: -EAGAIN where the
 * credit does not suffice yet; what was conditioned so far stays in the store
 * for the next request, and is handed out once. -EPERM and -EIO as above;
 * the rest of a last, partial block is wiped, not kept.
 */
int pool_conditioned(struct pool *p, void *out, size_t n, bool is_new_request,
                     uint64_t now_ms, struct pool_provenance *provenance);

/*
 * Takes back n bytes of a pool_conditioned() that are not handed out after
 * all: their whole blocks go to the store, with `sources`, as far as it
 * has room. bytes is wiped.
 */
void pool_give_back(struct pool *p, void *bytes, size_t n, uint32_t sources);

/*
 * Exactly n raw samples (1..POOL_RAW_MAX) of source `index`, in ticks, oldest
 * first; they are removed from the ring. -EAGAIN where the ring does not hold
 * that many beyond the reserve; -EINVAL for an index or n out of range.
 * *step_q16 is what source_symbol() takes. With -EAGAIN ticks is wiped.
 */
int pool_raw(struct pool *p, size_t index, uint64_t *ticks, size_t n,
             uint64_t *step_q16);

/* Makes the next pool_generate() reseed, and wipes the ready blocks and all
 * that waits in the rings (the machine slept, or was cloned). */
void pool_reseed_soon(struct pool *p);

/* Mixes n bytes that a client sent into the generator's key. They get no
 * credit, whatever they are: the new key also depends on the old one, so who
 * sends them learns nothing and cannot make it worse. Not a reseed. */
void pool_mix(struct pool *p, const void *bytes, size_t n);

/* Bits that can be had now: 0 before the first seed and past the limits on
 * uncredited output, else the 256 of the generator's key and the credit that
 * waits in the rings. */
uint32_t pool_available_bits(const struct pool *p, uint64_t now_ms);

void pool_stats(const struct pool *p, struct pool_stats *stats);

#endif
