/* SPDX-License-Identifier: MIT */
/*
 * The pool: the generator's seeds (the first one, reseeds, credit owed), and
 * what leaves (generator output, conditioned blocks, raw samples). The kernel's
 * generator is asked before any sample is taken, so that none is lost where it
 * fails. Seeds come first: conditioned blocks and raw samples leave
 * POOL_SEED_BITS in one source.
 */

#include "daemon/pool/pool.h"

#include "base/secret.h"
#include "daemon/pool/conditioner.h"
#include "daemon/pool/drbg.h"
#include "daemon/pool/reservoir.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <sys/random.h> /* getentropy() on macOS */
#include <unistd.h>

/* Most samples that each other source adds to a reseed or a block. They get no
 * credit, so a few do: their own credit is to last for seeds of its own. */
#define POOL_MIXED_SAMPLES 64

/* Bytes of the kernel's generator, and of our own, in a seed: a full key. */
#define SEED_PIECE_BYTES 32

_Static_assert(POOL_BLOCK_BYTES == CONDITIONER_BYTES, "a block");
_Static_assert(POOL_CONDITIONED_MAX == BLOCKS_MAX * POOL_BLOCK_BYTES,
               "the store holds the largest request");

struct pool {
    pool_random random;
    bool is_seeded;
    struct pool_provenance seed; /* of the last credited seed */
    uint64_t seeds_made;         /* counter of the conditioner */
    uint64_t blocks_made;        /* likewise */
    uint64_t mixes_made;         /* likewise */
    struct pool_stats stats;     /* as far as it is counted */
    struct drbg drbg;
    struct reseed reseed;
    struct blocks blocks;
    struct reservoir reservoir;
};

int pool_kernel_random(void *out, size_t n)
{
    return getentropy(out, n) == 0 ? 0 : -errno;
}

int pool_create(struct pool **pool, struct source *sources, size_t count,
                pool_random random, bool *memory_locked)
{
    assert(count <= SOURCE_MAX);
    *pool = NULL;
    /* Picks this processor's fast ChaCha20, without which all would work at a
     * quarter of the speed. Does nothing where somebody called it before. */
    if (sodium_init() < 0)
        return -EIO;
    uint8_t key[DRBG_KEY_BYTES];
    int rc = random(key, sizeof(key));
    if (rc != 0)
        return rc;
    struct pool *p = secret_alloc(sizeof(*p), memory_locked);
    if (p == NULL) {
        sodium_memzero(key, sizeof(key));
        return -ENOMEM;
    }
    p->random = random;
    p->reservoir.sources = sources;
    p->reservoir.count = count;
    drbg_rekey(&p->drbg, key);
    sodium_memzero(key, sizeof(key));
    *pool = p;
    return 0;
}

void pool_destroy(struct pool *p)
{
    secret_free(p, sizeof(*p));
}

bool pool_is_seeded(const struct pool *p)
{
    return p->is_seeded;
}

/* Hands the generator the key that c makes of what it holds, of the old key and
 * of n more bytes, called `name`. */
static void rekey(struct pool *p, struct conditioner *c, const char *name,
                  const uint8_t *more, size_t n)
{
    uint8_t old[SEED_PIECE_BYTES];
    uint8_t key[DRBG_KEY_BYTES];
    drbg_generate(&p->drbg, old, sizeof(old));
    conditioner_add(c, "generator", old, sizeof(old));
    conditioner_add(c, name, more, n);
    conditioner_end(c, key);
    drbg_rekey(&p->drbg, key);
    sodium_memzero(old, sizeof(old));
    sodium_memzero(key, sizeof(key));
}

static void note_reseed(struct pool *p, uint64_t credited_bits,
                        uint32_t sources, uint64_t now_ms)
{
    bool is_credited = credited_bits > 0;
    reseed_done(&p->reseed, is_credited, now_ms);
    p->stats.reseeds++;
    p->stats.last_reseed_ms = now_ms;
    if (!is_credited)
        return;
    p->is_seeded = true;
    p->seed = (struct pool_provenance){credited_bits, sources};
    p->stats.credited_reseeds++;
    p->stats.last_credited_bits = credited_bits;
}

/*
 * Reseeds with `bits` of credit from one source and up to `mixed` samples of
 * each other. -EAGAIN where no source has the credit (or lost it meanwhile), or
 * what the kernel's generator answered; then the generator is as before.
 */
static int reseed_credited(struct pool *p, uint64_t bits, size_t mixed,
                           uint64_t now_ms)
{
    int best = reservoir_find(&p->reservoir, bits, 0);
    uint8_t kernel[SEED_PIECE_BYTES];
    struct conditioner c;
    if (best < 0)
        return -EAGAIN;
    int rc = p->random(kernel, sizeof(kernel));
    if (rc != 0)
        return rc;
    size_t i = (size_t)best;
    conditioner_begin(&c, "seed", p->seeds_made++);
    if (!reservoir_take(&p->reservoir, i, bits, &c)) {
        conditioner_abandon(&c);
        sodium_memzero(kernel, sizeof(kernel));
        return -EAGAIN;
    }

    uint32_t sources = UINT32_C(1) << i;
    sources |= reservoir_mix(&p->reservoir, i, mixed, 0, &c);
    rekey(p, &c, "kernel", kernel, sizeof(kernel));
    sodium_memzero(kernel, sizeof(kernel));
    note_reseed(p, bits, sources, now_ms);
    return 0;
}

/* Reseeds with what there is: the kernel's bytes, and a few samples where a
 * source has some. 0, or what the kernel's generator answered. */
static int reseed_uncredited(struct pool *p, uint64_t now_ms)
{
    uint8_t kernel[SEED_PIECE_BYTES];
    struct conditioner c;
    int rc = p->random(kernel, sizeof(kernel));
    if (rc != 0)
        return rc;
    conditioner_begin(&c, "seed", p->seeds_made++);
    (void)reservoir_mix(&p->reservoir, SOURCE_MAX, POOL_MIXED_SAMPLES,
                        POOL_SEED_BITS, &c);
    rekey(p, &c, "kernel", kernel, sizeof(kernel));
    sodium_memzero(kernel, sizeof(kernel));
    note_reseed(p, 0, 0, now_ms);
    return 0;
}

bool pool_wants_credit(const struct pool *p)
{
    return !p->is_seeded || p->reseed.is_credit_owed;
}

bool pool_try_seed(struct pool *p, uint64_t now_ms)
{
    reservoir_sweep(&p->reservoir);
    if (!p->is_seeded)
        /* Everything that the others have by now: SIZE_MAX samples. */
        (void)reseed_credited(p, POOL_SEED_BITS, SIZE_MAX, now_ms);
    else if (p->reseed.is_credit_owed)
        (void)reseed_credited(p, POOL_BLOCK_BITS, POOL_MIXED_SAMPLES, now_ms);
    return p->is_seeded;
}

/* Makes the generator fit for a request: seeds, reseeds, pays what is owed. 0;
 * -EAGAIN before the first seed; -EPERM past the limits on uncredited output;
 * -EIO if a reseed is due and the kernel's generator fails. */
static int prepare(struct pool *p, uint64_t now_ms)
{
    bool is_due = reseed_is_due(&p->reseed, now_ms);
    if (!p->is_seeded)
        return pool_try_seed(p, now_ms) ? 0 : -EAGAIN;
    if (is_due || p->reseed.is_credit_owed) {
        reservoir_sweep(&p->reservoir);
        int rc =
            reseed_credited(p, POOL_BLOCK_BITS, POOL_MIXED_SAMPLES, now_ms);
        if (rc != 0 && is_due && reseed_uncredited(p, now_ms) != 0)
            return -EIO;
    }
    return reseed_is_overdue(&p->reseed, now_ms) ? -EPERM : 0;
}

void pool_reseed_soon(struct pool *p)
{
    p->reseed.is_wanted = true;
    /* A copy of our memory has these too. A worker that was parked
     * finds room and goes on, and so finds that the machine slept. */
    blocks_clear(&p->blocks);
    reservoir_drop(&p->reservoir);
}

static void generate(struct pool *p, void *out, size_t n, bool is_new_request)
{
    drbg_generate(&p->drbg, out, n);
    reseed_count(&p->reseed, n, is_new_request);
    p->stats.requests += is_new_request;
    p->stats.bytes += n;
}

int pool_begin(struct pool *p, uint64_t now_ms,
               struct pool_provenance *provenance)
{
    int rc = prepare(p, now_ms);
    if (rc != 0)
        return rc;
    reseed_count(&p->reseed, 0, true);
    p->stats.requests++;
    *provenance = p->seed;
    return 0;
}

int pool_generate(struct pool *p, void *out, size_t n, bool is_new_request,
                  uint64_t now_ms, struct pool_provenance *provenance)
{
    assert(n >= 1 && n <= POOL_CHUNK_MAX);
    int rc = prepare(p, now_ms);
    if (rc != 0) {
        sodium_memzero(out, n);
        return rc;
    }
    generate(p, out, n, is_new_request);
    *provenance = p->seed;
    return 0;
}

/* One more block for the store. False: no source can spare the credit. */
static bool make_block(struct pool *p)
{
    int best = reservoir_find(&p->reservoir, POOL_BLOCK_BITS, POOL_SEED_BITS);
    struct conditioner c;
    uint8_t block[POOL_BLOCK_BYTES];
    if (best < 0)
        return false;
    size_t i = (size_t)best;
    conditioner_begin(&c, "block", p->blocks_made++);
    if (!reservoir_take(&p->reservoir, i, POOL_BLOCK_BITS, &c)) {
        conditioner_abandon(&c);
        return false;
    }

    uint32_t sources = UINT32_C(1) << i;
    sources |=
        reservoir_mix(&p->reservoir, i, POOL_MIXED_SAMPLES, POOL_SEED_BITS, &c);
    conditioner_end(&c, block);
    blocks_put(&p->blocks, block, sources);
    sodium_memzero(block, sizeof(block));
    return true;
}

int pool_conditioned(struct pool *p, void *out, size_t n, bool is_new_request,
                     uint64_t now_ms, struct pool_provenance *provenance)
{
    assert(n >= 1 && n <= POOL_CONDITIONED_MAX);
    size_t wanted = (n + POOL_BLOCK_BYTES - 1) / POOL_BLOCK_BYTES;
    uint8_t *bytes = out;
    int rc = prepare(p, now_ms);
    reservoir_sweep(&p->reservoir);
    while (rc == 0 && p->blocks.count < wanted)
        rc = make_block(p) ? 0 : -EAGAIN;
    if (rc != 0) {
        sodium_memzero(out, n);
        return rc;
    }
    generate(p, out, n, is_new_request);
    *provenance = (struct pool_provenance){wanted * POOL_BLOCK_BITS, 0};
    for (size_t done = 0; done < n; done += POOL_BLOCK_BYTES) {
        size_t left = n - done;
        provenance->sources |=
            blocks_take(&p->blocks, bytes + done,
                        left < POOL_BLOCK_BYTES ? left : POOL_BLOCK_BYTES);
    }
    p->stats.conditioned_blocks += wanted;
    return 0;
}

void pool_give_back(struct pool *p, void *bytes, size_t n, uint32_t sources)
{
    const uint8_t *block = bytes;
    for (size_t left = n;
         left >= POOL_BLOCK_BYTES && p->blocks.count < BLOCKS_MAX;
         left -= POOL_BLOCK_BYTES) {
        blocks_put(&p->blocks, block, sources);
        p->stats.conditioned_blocks--;
        block += POOL_BLOCK_BYTES;
    }
    sodium_memzero(bytes, n);
}

int pool_raw(struct pool *p, size_t index, uint64_t *ticks, size_t n,
             uint64_t *step_q16)
{
    if (index >= p->reservoir.count || n < 1 || n > POOL_RAW_MAX)
        return -EINVAL;
    struct source *s = &p->reservoir.sources[index];
    size_t taken = 0;
    source_sweep(s);
    uint64_t mark = source_flush_mark(s);
    size_t available = source_available(s);
    uint64_t left = available < n ? 0
                                  : (uint64_t)(available - n) *
                                        source_credit_millibits(s) / 1000;
    /* What is left is a reserve only in a source that may be credited. */
    if (source_state(s) != SOURCE_HEALTHY)
        left = 0;
    if (available >= n &&
        (left >= POOL_SEED_BITS ||
         reservoir_other_holds(&p->reservoir, index, POOL_SEED_BITS)))
        taken = source_take(s, ticks, n);
    /* Between take and mark: acquires begin_running()'s, so that the step of
     * later samples shows as a flush of these. */
    *step_q16 = atomic_load_explicit(&s->step_q16, memory_order_acquire);
    if (taken < n || source_flush_mark(s) != mark) {
        source_discard(s, taken);
        sodium_memzero(ticks, n * sizeof(*ticks));
        return -EAGAIN;
    }
    return 0;
}

enum health_word pool_health(const struct pool *p)
{
    return health_of(p->reservoir.sources, p->reservoir.count, p->is_seeded,
                     !p->reseed.is_credit_owed);
}

void pool_mix(struct pool *p, const void *bytes, size_t n)
{
    struct conditioner c;
    conditioner_begin(&c, "mix", p->mixes_made++);
    rekey(p, &c, "client", bytes, n);
}

uint32_t pool_available_bits(const struct pool *p, uint64_t now_ms)
{
    if (!p->is_seeded || reseed_is_overdue(&p->reseed, now_ms))
        return 0;
    uint64_t bits =
        UINT64_C(8) * DRBG_KEY_BYTES + reservoir_total_bits(&p->reservoir);
    return bits < UINT32_MAX ? (uint32_t)bits : UINT32_MAX;
}

void pool_stats(const struct pool *p, struct pool_stats *stats)
{
    *stats = p->stats;
    stats->waiting_bits = reservoir_total_bits(&p->reservoir);
    stats->blocks_ready = p->blocks.count;
}
