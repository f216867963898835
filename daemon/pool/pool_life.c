/* The pool's beginning and end, and what it says of itself. */

#include "daemon/pool/pool_parts.h"

#include "base/secret.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>

/* What the judge can hold back while a worker is parked. */
#define HELD_MAX 1024

size_t pool_ring_samples_min(unsigned claim_millibits)
{
    assert(claim_millibits >= 1 && claim_millibits <= 1000);

    size_t wanted = (POOL_SEED_BITS + POOL_BLOCK_BITS) * 1000 / claim_millibits;
    size_t samples = 1024;

    /* Half the ring: what a parked worker leaves there until it resumes. */
    while (samples / 2 < wanted + HELD_MAX)
        samples *= 2;
    return samples;
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
    int error = random(key, sizeof(key));

    if (error)
        return error;

    struct pool *p = secret_alloc(sizeof(*p), memory_locked);

    if (!p) {
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

enum health_word pool_health(const struct pool *p)
{
    return health_of(p->reservoir.sources, p->reservoir.count, p->is_seeded,
                     !p->reseed.is_credit_owed);
}

void pool_stats(const struct pool *p, struct pool_stats *stats)
{
    *stats = p->stats;
    stats->waiting_bits = reservoir_total_bits(&p->reservoir);
    stats->blocks_ready = p->blocks.count;
}
