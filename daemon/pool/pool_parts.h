#ifndef ENTROPYD_DAEMON_POOL_POOL_PARTS_H
#define ENTROPYD_DAEMON_POOL_POOL_PARTS_H

/*
 * The inside of the pool, for the three files that it is made of:
 *   pool_life.c    beginning and end, what it says of itself
 *   pool_seed.c    the generator's seeds: the first one, reseeds, credit owed
 *   pool_output.c  what leaves: generator output, conditioned blocks, raw
 *                  samples
 * Nobody else includes this.
 */

#include "daemon/pool/blocks.h"
#include "daemon/pool/drbg.h"
#include "daemon/pool/pool.h"
#include "daemon/pool/reseed.h"
#include "daemon/pool/reservoir.h"

/* Most samples that each other source adds to a reseed or a block. They get no
 * credit, so a few do: their own credit is to last for seeds of its own. */
#define POOL_MIXED_SAMPLES 64

struct pool {
    pool_random random;
    bool is_seeded;
    struct reseed reseed;
    struct pool_provenance seed; /* of the last credited seed */
    uint64_t seeds_made;         /* counter of the conditioner */
    uint64_t blocks_made;        /* likewise */
    struct pool_stats stats;     /* as far as it is counted */
    struct drbg drbg;
    struct blocks blocks;
    struct reservoir reservoir;
};

/*
 * pool_seed.c: makes the generator fit for a request: seeds, reseeds, pays what
 * is owed. 0; -EAGAIN before the first seed; -EPERM past the limits on
 * uncredited output; -EIO if a reseed is due and the kernel's generator fails.
 */
int pool_prepare(struct pool *p, uint64_t now_ms);

#endif
