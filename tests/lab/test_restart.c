/* SPDX-License-Identifier: MIT */
/* The restart tests on matrices whose answers are known. */

#include "lab/restart.h"

#include "tests/lab/noises.h"
#include "tests/support/run.h"

#include <math.h>
#include <stdlib.h>

/* 1000 rows and columns: 1 - 0.99^(1 / 2000). */
#define ALPHA 5.0251553006155285e-06

static unsigned limit_of(size_t n, double h, double alpha)
{
    unsigned limit = 0;
    ck_assert_int_eq(restart_limit(n, h, alpha, &limit), 0);
    return limit;
}

/* At three estimates, for the standard's 1000 samples. The chance of more than
 * 84 at 4.4 bits is 1.07 alpha, of more than 315 at 2 bits 1.22 alpha, by the
 * binomial tails of 21 and 4 likeliest symbols. A simulation of five million
 * rounds by NIST's ea_restart (1.1.7) saw 19, 84 and 315: alpha is 25 of those
 * rounds, give or take five. */
START_TEST(limits_are_exact)
{
    ck_assert_uint_eq(limit_of(1000, 7.9, ALPHA), 19);
    ck_assert_uint_eq(limit_of(1000, 4.4, ALPHA), 85);
    ck_assert_uint_eq(limit_of(1000, 2, ALPHA), 316);
}
END_TEST

/* Of two equally likely symbols the more frequent one is never below n / 2, and
 * binomial tails are known. */
START_TEST(a_coins_limit_is_the_binomial_one)
{
    double tail = 0; /* P(heads > m), twice, for heads and tails alike */
    unsigned m = 100;
    double term = exp2(-100); /* C(100, m) / 2^100 */
    while (2 * (tail + term) <= 0.01) {
        tail += term;
        term *= (double)m / (101 - m);
        m--;
    }
    ck_assert_uint_eq(limit_of(100, 1, 0.01), m);
}
END_TEST

START_TEST(a_sure_symbol_has_no_limit)
{
    ck_assert_uint_eq(limit_of(1000, 0.0001, ALPHA), 1000);
    ck_assert_uint_gt(limit_of(1000, 0.5, ALPHA), 707);
    ck_assert_uint_le(limit_of(1000, 0.5, ALPHA), 790);
}
END_TEST

#define ROWS    200
#define COLUMNS 150

static void run(struct restart_result *r, const uint8_t *symbols, double h)
{
    const struct restart_matrix m = {symbols, ROWS, COLUMNS, 8};
    struct reason why = {.text = ""};
    ck_assert_msg(restart_run(r, &m, h, 1, &why) == 0, "%s", why.text);
}

START_TEST(noise_passes_at_what_it_has)
{
    static uint8_t symbols[ROWS * COLUMNS];
    struct restart_result r;
    noise_fill(NOISE_BYTES, symbols, sizeof(symbols));
    run(&r, symbols, 6);
    ck_assert(r.is_sane && r.is_valid);
    ck_assert_double_eq_tol(r.min_entropy, 6, 1e-9);
    ck_assert_double_gt(r.rows.h_original, 6);
    ck_assert(!r.rows.has_bits);
    /* One of eight is a zero: too many for six bits, not for two and a half. */
    noise_fill(NOISE_HEAPED, symbols, sizeof(symbols));
    run(&r, symbols, 6);
    ck_assert(!r.is_sane && !r.is_valid);
    ck_assert_double_eq(r.min_entropy, 0);
    run(&r, symbols, 2.5);
    ck_assert(r.is_sane && r.is_valid);
}
END_TEST

START_TEST(what_comes_again_after_each_restart_is_seen_in_a_column)
{
    static uint8_t symbols[ROWS * COLUMNS];
    struct restart_result r;
    noise_fill(NOISE_BYTES, symbols, sizeof(symbols));
    for (size_t i = 0; i < ROWS; i++)
        symbols[i * COLUMNS + 17] = 42;
    run(&r, symbols, 6);
    ck_assert(!r.is_sane && !r.is_valid);
    ck_assert_uint_eq(r.column_most, ROWS);
    ck_assert_uint_eq(r.column_at, 17);
    ck_assert_uint_le(r.row_most, r.row_limit);
}
END_TEST

/* All rows alike: no row and no column of a cycle has too many of a symbol,
 * but the estimators see it. */
START_TEST(an_assessment_of_less_than_half_fails)
{
    static uint8_t symbols[ROWS * COLUMNS];
    struct restart_result r;
    for (size_t i = 0; i < sizeof(symbols); i++)
        symbols[i] = (uint8_t)(i * 7 % 256);
    run(&r, symbols, 6);
    ck_assert(!r.is_valid);
    ck_assert_double_lt(r.rows.h_original, 3);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(limits_are_exact),
        TEST(a_coins_limit_is_the_binomial_one),
        TEST(a_sure_symbol_has_no_limit),
        TEST(noise_passes_at_what_it_has),
        TEST(what_comes_again_after_each_restart_is_seen_in_a_column),
        TEST(an_assessment_of_less_than_half_fails),
        {0},
    };
    return run_tests("restart", tests);
}
