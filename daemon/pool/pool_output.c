/* What leaves the pool. Seeds come first: conditioned blocks and raw samples
 * leave POOL_SEED_BITS in one source. */

#include "daemon/pool/pool_parts.h"

#include "daemon/pool/conditioner.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>

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
    int error = pool_prepare(p, now_ms);

    if (error)
        return error;
    reseed_count(&p->reseed, 0, true);
    p->stats.requests++;
    *provenance = p->seed;
    return 0;
}

int pool_generate(struct pool *p, void *out, size_t n, bool is_new_request,
                  uint64_t now_ms, struct pool_provenance *provenance)
{
    assert(n >= 1 && n <= POOL_CHUNK_MAX);

    int error = pool_prepare(p, now_ms);

    if (error) {
        sodium_memzero(out, n);
        return error;
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

int pool_conditioned(struct pool *p, void *out, size_t n, uint64_t now_ms,
                     struct pool_provenance *provenance)
{
    assert(n >= 1 && n <= POOL_CONDITIONED_MAX);

    size_t wanted = (n + POOL_BLOCK_BYTES - 1) / POOL_BLOCK_BYTES;
    uint8_t *bytes = out;
    int error = pool_prepare(p, now_ms);

    reservoir_sweep(&p->reservoir);
    while (!error && p->blocks.count < wanted)
        error = make_block(p) ? 0 : -EAGAIN;
    if (error) {
        sodium_memzero(out, n);
        return error;
    }
    generate(p, out, n, true);
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

int pool_raw(struct pool *p, size_t index, uint64_t *ticks, size_t n,
             uint64_t *gcd)
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
    /* Between take and mark: acquires pass_start_up()'s, so that the divisor of
     * later samples shows as a flush of these. */
    *gcd = atomic_load_explicit(&s->gcd_ticks, memory_order_acquire);
    if (taken < n || source_flush_mark(s) != mark) {
        source_discard(s, taken);
        sodium_memzero(ticks, n * sizeof(*ticks));
        return -EAGAIN;
    }
    return 0;
}
