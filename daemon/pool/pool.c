/* The generator's seeds. The kernel's generator is asked before any sample is
 * taken, so that none is lost where it fails. */

#include "daemon/pool/pool_parts.h"

#include "daemon/pool/conditioner.h"

#include <errno.h>
#include <sodium.h>

/* Bytes of the kernel's generator, and of our own, in a seed: a full key. */
#define SEED_PIECE_BYTES 32

/* Hands the generator the key that c makes of what it holds, of the old key and
 * of the kernel's bytes. */
static void rekey(struct pool *p, struct conditioner *c,
                  const uint8_t kernel[SEED_PIECE_BYTES])
{
    uint8_t old[SEED_PIECE_BYTES];
    uint8_t key[DRBG_KEY_BYTES];

    drbg_generate(&p->drbg, old, sizeof(old));
    conditioner_add(c, "generator", old, sizeof(old));
    conditioner_add(c, "kernel", kernel, SEED_PIECE_BYTES);
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

    int error = p->random(kernel, sizeof(kernel));

    if (error)
        return error;

    size_t i = (size_t)best;

    conditioner_begin(&c, "seed", p->seeds_made++);
    if (!reservoir_take(&p->reservoir, i, bits, &c)) {
        conditioner_abandon(&c);
        sodium_memzero(kernel, sizeof(kernel));
        return -EAGAIN;
    }

    uint32_t sources = UINT32_C(1) << i;

    sources |= reservoir_mix(&p->reservoir, i, mixed, 0, &c);
    rekey(p, &c, kernel);
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
    int error = p->random(kernel, sizeof(kernel));

    if (error)
        return error;
    conditioner_begin(&c, "seed", p->seeds_made++);
    (void)reservoir_mix(&p->reservoir, SOURCE_MAX, POOL_MIXED_SAMPLES,
                        POOL_SEED_BITS, &c);
    rekey(p, &c, kernel);
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

int pool_prepare(struct pool *p, uint64_t now_ms)
{
    bool is_due = reseed_is_due(&p->reseed, now_ms);

    if (!p->is_seeded)
        return pool_try_seed(p, now_ms) ? 0 : -EAGAIN;
    if (is_due || p->reseed.is_credit_owed) {
        reservoir_sweep(&p->reservoir);

        int error =
            reseed_credited(p, POOL_BLOCK_BITS, POOL_MIXED_SAMPLES, now_ms);

        if (error && is_due && reseed_uncredited(p, now_ms) != 0)
            return -EIO;
    }
    return reseed_is_overdue(&p->reseed, now_ms) ? -EPERM : 0;
}

void pool_reseed_soon(struct pool *p)
{
    p->reseed.is_wanted = true;
    /* Whoever has a copy of our memory has these too. A worker that was parked
     * finds room and goes on, and so finds that the machine slept. */
    blocks_clear(&p->blocks);
    reservoir_drop(&p->reservoir);
}
