/* The store of conditioned blocks. */

#include "daemon/pool/blocks.h"

#include "tests/support/run.h"

#include <string.h>

static struct blocks blocks;

static void put(uint8_t value)
{
    uint8_t block[POOL_BLOCK_BYTES];

    memset(block, value, sizeof(block));
    blocks_put(&blocks, block, value);
}

START_TEST(blocks_come_out_in_order_and_once)
{
    uint8_t in = 0;
    uint8_t next = 0;

    for (int round = 0; round < 50; round++) {
        while (blocks.count < BLOCKS_MAX)
            put(in++);
        for (size_t n = BLOCKS_MAX * 2 / 3; n > 0; n--) {
            uint8_t out[POOL_BLOCK_BYTES] = {0};

            ck_assert_uint_eq(blocks_take(&blocks, out, sizeof(out)), next);
            ck_assert_uint_eq(out[0], next);
            ck_assert_uint_eq(out[POOL_BLOCK_BYTES - 1], next);
            next++;
        }
    }
}
END_TEST

START_TEST(a_block_is_xored_into_what_is_there)
{
    uint8_t out[3] = {1, 2, 4};

    put(0xf0);
    (void)blocks_take(&blocks, out, 2);
    ck_assert_uint_eq(out[0], 0xf1);
    ck_assert_uint_eq(out[1], 0xf2);
    ck_assert_uint_eq(out[2], 4);
}
END_TEST

START_TEST(a_block_that_was_taken_is_wiped_also_its_unused_part)
{
    static const uint8_t zeros[sizeof(blocks.bytes)];
    uint8_t out[1] = {0};

    put(7);
    (void)blocks_take(&blocks, out, 1);
    ck_assert_mem_eq(blocks.bytes, zeros, sizeof(zeros));
    put(8);
    put(9);
    blocks_clear(&blocks);
    ck_assert_uint_eq(blocks.count, 0);
    ck_assert_mem_eq(blocks.bytes, zeros, sizeof(zeros));
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(blocks_come_out_in_order_and_once),
        TEST(a_block_is_xored_into_what_is_there),
        TEST(a_block_that_was_taken_is_wiped_also_its_unused_part),
        {0},
    };
    return run_tests("blocks", tests);
}
