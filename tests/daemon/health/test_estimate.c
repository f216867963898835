/* SPDX-License-Identifier: MIT */
/* The live estimate: the formula, the sliding, the limits. */

#include "daemon/health/estimate.h"

#include "tests/daemon/health/noise.h"
#include "tests/support/run.h"

#include <string.h>

static struct estimate estimate;

START_TEST(the_formula_gives_the_standards_own_example)
{
    /* SP 800-90B 6.3.1: 8 of 20, 0.5363 bits. */
    ck_assert_uint_eq(estimate_of(8, 20), 536);
    ck_assert_uint_eq(estimate_of(65536, 65536), 0);
    ck_assert_uint_eq(estimate_of(20, 20), 0);
}
END_TEST

START_TEST(there_is_none_below_1024_symbols)
{
    estimate_reset(&estimate);
    for (unsigned i = 0; i < ESTIMATE_MIN - 1; i++)
        estimate_insert(&estimate, (uint8_t)i);
    ck_assert_uint_eq(estimate_millibits(&estimate), 0);
    estimate_insert(&estimate, 255);
    ck_assert_uint_gt(estimate_millibits(&estimate), 6000);
}
END_TEST

START_TEST(a_constant_differs_from_no_estimate)
{
    estimate_reset(&estimate);
    for (unsigned i = 0; i < 2000; i++)
        estimate_insert(&estimate, 3);
    ck_assert_uint_eq(estimate_millibits(&estimate), 1);
}
END_TEST

START_TEST(it_slides_over_the_last_65536_symbols)
{
    struct noise noise = {1};
    unsigned fresh;

    estimate_reset(&estimate);
    for (unsigned i = 0; i < ESTIMATE_SYMBOLS; i++)
        estimate_insert(&estimate, (uint8_t)noise_next(&noise));
    fresh = estimate_millibits(&estimate);
    ck_assert_uint_gt(fresh, 7500);
    for (unsigned i = 0; i < 100000; i++)
        estimate_insert(&estimate, 9);
    ck_assert_uint_eq(estimate_millibits(&estimate), 1);
    noise.state = 1;
    for (unsigned i = 0; i < ESTIMATE_SYMBOLS; i++)
        estimate_insert(&estimate, (uint8_t)noise_next(&noise));
    ck_assert_uint_eq(estimate_millibits(&estimate), fresh);
}
END_TEST

START_TEST(the_sliding_counts_are_those_of_a_fresh_look)
{
    struct noise noise = {2};

    estimate_reset(&estimate);
    for (unsigned round = 0; round < 20; round++) {
        uint32_t counts[256] = {0};

        for (unsigned i = 0; i < 10007; i++)
            estimate_insert(&estimate, (uint8_t)noise_24mhz(&noise));
        for (size_t i = 0; i < estimate.used; i++)
            counts[estimate.symbols[i]]++;
        ck_assert_mem_eq(counts, estimate.counts, sizeof(counts));
    }
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_formula_gives_the_standards_own_example),
        TEST(there_is_none_below_1024_symbols),
        TEST(a_constant_differs_from_no_estimate),
        TEST(it_slides_over_the_last_65536_symbols),
        TEST(the_sliding_counts_are_those_of_a_fresh_look),
        {0},
    };
    return run_tests("estimate", tests);
}
