#ifndef ENTROPYD_DAEMON_POOL_BLOCKS_H
#define ENTROPYD_DAEMON_POOL_BLOCKS_H

/*
 * A small store of conditioned blocks that are ready and nobody's: first in,
 * first out, each handed out once and wiped. Belongs into locked memory; zeroed
 * is empty.
 */

#include "daemon/pool/pool.h"

#define BLOCKS_MAX (POOL_CONDITIONED_MAX / POOL_BLOCK_BYTES)

struct blocks {
    uint8_t bytes[BLOCKS_MAX][POOL_BLOCK_BYTES];
    uint32_t sources[BLOCKS_MAX]; /* bit i: source i had a part in it */
    size_t first;                 /* the oldest */
    size_t count;
};

/* Puts a block in, copied; there are fewer than BLOCKS_MAX. */
void blocks_put(struct blocks *b, const uint8_t block[POOL_BLOCK_BYTES],
                uint32_t sources);

/* XORs the first n (1..POOL_BLOCK_BYTES) bytes of the oldest block into out,
 * wipes all of it, and returns its sources; there is one. */
uint32_t blocks_take(struct blocks *b, uint8_t *out, size_t n);

/* Wipes all of them. */
void blocks_clear(struct blocks *b);

#endif
