/* The store of conditioned blocks. */

#include "daemon/pool/blocks.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

void blocks_put(struct blocks *b, const uint8_t block[POOL_BLOCK_BYTES],
                uint32_t sources)
{
    assert(b->count < BLOCKS_MAX);

    size_t at = (b->first + b->count++) % BLOCKS_MAX;

    memcpy(b->bytes[at], block, POOL_BLOCK_BYTES);
    b->sources[at] = sources;
}

uint32_t blocks_take(struct blocks *b, uint8_t *out, size_t n)
{
    assert(b->count > 0 && n <= POOL_BLOCK_BYTES);

    size_t at = b->first;

    for (size_t i = 0; i < n; i++)
        out[i] ^= b->bytes[at][i];
    sodium_memzero(b->bytes[at], POOL_BLOCK_BYTES);
    b->first = (b->first + 1) % BLOCKS_MAX;
    b->count--;
    return b->sources[at];
}

void blocks_clear(struct blocks *b)
{
    sodium_memzero(b, sizeof(*b));
}
