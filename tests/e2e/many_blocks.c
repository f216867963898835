/* SPDX-License-Identifier: MIT */
/* A hash table of the blocks, then a look at every offset. */

#include "tests/e2e/many_blocks.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct blocks {
    size_t room;
    size_t count;
    uint8_t *bytes;
};

struct blocks *blocks_create(size_t n)
{
    struct blocks *b = calloc(1, sizeof(*b));
    ck_assert_ptr_nonnull(b);
    b->room = n;
    b->bytes = malloc(n);
    ck_assert_ptr_nonnull(b->bytes);
    return b;
}

void blocks_destroy(struct blocks *b)
{
    free(b->bytes);
    free(b);
}

uint8_t *blocks_room(struct blocks *b, size_t n)
{
    ck_assert_uint_le(n, b->room - b->count);
    return b->bytes + b->count;
}

void blocks_take(struct blocks *b, size_t n)
{
    ck_assert_uint_le(n, b->room - b->count);
    b->count += n;
}

size_t blocks_count(const struct blocks *b)
{
    return b->count;
}

/* The first eight bytes are as good as a hash: they should be random. Where
 * they are not, the search only takes longer. */
static size_t first_place(const uint8_t *block, size_t places)
{
    uint64_t value;
    memcpy(&value, block, sizeof(value));
    return (size_t)((value ^ value >> 32) * UINT64_C(0x9e3779b97f4a7c15) >>
                    32) &
           (places - 1);
}

/* The offset plus one of the block in the table that equals the one at `at`,
 * and is not that one itself; 0: there is none. */
static size_t find(const struct blocks *b, const size_t *table, size_t places,
                   size_t at)
{
    size_t place = first_place(b->bytes + at, places);
    for (; table[place] != 0; place = (place + 1) & (places - 1)) {
        size_t other = table[place] - 1;
        if (other != at &&
            memcmp(b->bytes + other, b->bytes + at, BLOCK_BYTES) == 0)
            return table[place];
    }
    return 0;
}

static void enter(const struct blocks *b, size_t *table, size_t places,
                  size_t at)
{
    size_t place = first_place(b->bytes + at, places);
    while (table[place] != 0)
        place = (place + 1) & (places - 1);
    table[place] = at + 1;
}

size_t blocks_repeats(const struct blocks *b)
{
    size_t places = 1024;
    size_t repeats = 0;
    while (places < b->count / BLOCK_BYTES * 2)
        places *= 2;
    size_t *table = calloc(places, sizeof(*table));
    ck_assert_ptr_nonnull(table);
    for (size_t at = 0; at + BLOCK_BYTES <= b->count; at += BLOCK_BYTES)
        enter(b, table, places, at);
    for (size_t at = 0; at + BLOCK_BYTES <= b->count; at++)
        repeats += find(b, table, places, at) != 0;
    free(table);
    return repeats;
}
