/* SPDX-License-Identifier: MIT */
/* The conditioner against SHA-512 computed elsewhere (known_answers.py). */

#include "daemon/pool/conditioner.h"

#include "tests/support/run.h"

#include <string.h>

static void check(struct conditioner *c, const char *want)
{
    static const struct conditioner wiped;
    uint8_t out[CONDITIONER_BYTES];
    char hex[2 * CONDITIONER_BYTES + 1];

    conditioner_end(c, out);
    sodium_bin2hex(hex, sizeof(hex), out, sizeof(out));
    ck_assert_str_eq(hex, want);
    ck_assert_mem_eq(c, &wiped, sizeof(wiped));
}

START_TEST(known_answer_without_pieces)
{
    struct conditioner c;

    conditioner_begin(&c, "block", 0);
    check(&c,
          "dab507d52481e767b5389ba85d792104a54b60a7e86b666fc99ac859b185623a");
}
END_TEST

START_TEST(known_answer_with_pieces)
{
    struct conditioner c;
    uint8_t bytes[256];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    conditioner_begin(&c, "seed", 7);
    conditioner_add(&c, "alpha", bytes, sizeof(bytes));
    conditioner_add(&c, "b", "", 0);
    check(&c,
          "31636e447964565f8f3bc78ae0282f24007067f47517b272045f1cfaa44dde21");
}
END_TEST

START_TEST(the_same_bytes_cut_elsewhere_give_another_answer)
{
    struct conditioner c;

    conditioner_begin(&c, "seed", 7);
    conditioner_add(&c, "a", "xy", 2);
    conditioner_add(&c, "a", "z", 1);
    check(&c,
          "a1b41682869e0ae99f6b38d569736ad1a9ac15ace9a1fa743275f6745a23ba59");
    conditioner_begin(&c, "seed", 7);
    conditioner_add(&c, "a", "x", 1);
    conditioner_add(&c, "a", "yz", 2);
    check(&c,
          "14bcfd41abd993c63c8fa653972e5222da5f24c5ee9de982019ce79fd012dfa6");
}
END_TEST

START_TEST(an_abandoned_one_is_wiped)
{
    static const struct conditioner wiped;
    struct conditioner c;

    conditioner_begin(&c, "seed", 1);
    conditioner_add(&c, "a", "secret", 6);
    conditioner_abandon(&c);
    ck_assert_mem_eq(&c, &wiped, sizeof(wiped));
}
END_TEST

/* The store of conditioned blocks. */

static struct blocks blocks;

static void put(uint8_t value)
{
    uint8_t block[CONDITIONER_BYTES];

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
            uint8_t out[CONDITIONER_BYTES] = {0};

            ck_assert_uint_eq(blocks_take(&blocks, out, sizeof(out)), next);
            ck_assert_uint_eq(out[0], next);
            ck_assert_uint_eq(out[CONDITIONER_BYTES - 1], next);
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
        TEST(known_answer_without_pieces),
        TEST(known_answer_with_pieces),
        TEST(the_same_bytes_cut_elsewhere_give_another_answer),
        TEST(an_abandoned_one_is_wiped),
        TEST(blocks_come_out_in_order_and_once),
        TEST(a_block_is_xored_into_what_is_there),
        TEST(a_block_that_was_taken_is_wiped_also_its_unused_part),
        {0},
    };
    return run_tests("conditioner", tests);
}
