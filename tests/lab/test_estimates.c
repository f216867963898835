/*
 * The estimators: the worked examples of SP 800-90B 6.3 (the standard rounds
 * its quantile to 2.576 and its results to four digits), and streams whose
 * answer is known without it.
 */

#include "lab/assess_estimates.h"
#include "lab/assess_predictors.h"
#include "tests/support/run.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 2e-4

/* Turns a text of digits into symbols; returns how many. */
static size_t symbols_of(const char *text, uint8_t *symbols)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        symbols[i] = (uint8_t)(text[i] - '0');
    return n;
}

/* The bits that the examples of 6.3.2 and 6.3.3 share. */
static const char forty_bits[] = "1000111001010101110011000111001010101110";

START_TEST(most_common_value_is_the_standards)
{
    uint8_t s[64];
    size_t n = symbols_of("01120122010110221021", s);
    ck_assert_double_eq_tol(assess_most_common(s, n), 0.5363, TOLERANCE);
}
END_TEST

START_TEST(collision_is_the_standards)
{
    uint8_t s[64];
    size_t n = symbols_of(forty_bits, s);
    ck_assert_double_eq_tol(assess_collision(s, n), 0.4483, TOLERANCE);
}
END_TEST

START_TEST(markov_is_the_standards)
{
    uint8_t s[64];
    size_t n = symbols_of(forty_bits, s);
    ck_assert_double_eq_tol(assess_markov(s, n), 0.7606, TOLERANCE);
}
END_TEST

START_TEST(compression_is_the_standards)
{
    uint8_t s[64];
    size_t n =
        symbols_of("100011100101010111001100011100101010111011100011", s);
    ck_assert_double_eq_tol(assess_compression(s, n, 4), 0.1345, TOLERANCE);
}
END_TEST

START_TEST(multi_mcw_is_the_standards)
{
    static const size_t windows[ASSESS_WINDOWS] = {3, 5, 7, 9};
    uint8_t s[64];
    size_t n = symbols_of("121021122000", s);
    ck_assert_double_eq_tol(assess_multi_mcw(s, n, 3, windows), 0.3909,
                            TOLERANCE);
}
END_TEST

START_TEST(lag_is_the_standards)
{
    uint8_t s[64];
    size_t n = symbols_of("2132131312", s);
    ck_assert_double_eq_tol(assess_lag(s, n, 3, 3), 0.7350, TOLERANCE);
}
END_TEST

/* A fast generator: xorshift, far better than any of these estimators. */
static uint8_t next_symbol(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint8_t)(*state >> 32);
}

#define LONG 200000

START_TEST(noise_is_bounded_near_its_width)
{
    uint8_t *s = malloc(LONG);
    uint64_t state = 88172645463325252u;
    ck_assert_ptr_nonnull(s);
    for (size_t i = 0; i < LONG; i++)
        s[i] = next_symbol(&state);
    ck_assert_double_ge(assess_most_common(s, LONG), 7.5);
    ck_assert_double_ge(assess_multi_mcw(s, LONG, 256, assess_windows), 7.5);
    ck_assert_double_ge(assess_lag(s, LONG, 256, ASSESS_LAGS), 7.5);
    for (size_t i = 0; i < LONG; i++)
        s[i] &= 1;
    ck_assert_double_ge(assess_collision(s, LONG), 0.8);
    ck_assert_double_ge(assess_markov(s, LONG), 0.98);
    ck_assert_double_ge(assess_compression(s, LONG, ASSESS_COMPRESSION_LEARN),
                        0.75);
    free(s);
}
END_TEST

START_TEST(a_constant_has_nothing)
{
    uint8_t *s = calloc(LONG, 1);
    ck_assert_ptr_nonnull(s);
    ck_assert_double_le(assess_most_common(s, LONG), 1e-9);
    ck_assert_double_le(assess_collision(s, LONG), 1e-9);
    ck_assert_double_le(assess_markov(s, LONG), 1e-9);
    ck_assert_double_le(assess_compression(s, LONG, ASSESS_COMPRESSION_LEARN),
                        1e-3);
    ck_assert_double_le(assess_multi_mcw(s, LONG, 1, assess_windows), 1e-3);
    ck_assert_double_le(assess_lag(s, LONG, 1, ASSESS_LAGS), 1e-3);
    free(s);
}
END_TEST

START_TEST(a_cycle_has_nothing_for_who_looks_back)
{
    uint8_t *s = malloc(LONG);
    ck_assert_ptr_nonnull(s);
    for (size_t i = 0; i < LONG; i++)
        s[i] = (uint8_t)(i % 100);
    ck_assert_double_ge(assess_most_common(s, LONG), 6.5);
    ck_assert_double_le(assess_lag(s, LONG, 100, ASSESS_LAGS), 0.01);
    free(s);
}
END_TEST

/* The chance of a long run is what tells: half of the guesses right says one
 * bit, but 40 of them in a row say that it comes in bouts. */
START_TEST(a_run_of_right_guesses_lowers_the_bound)
{
    double plain = assess_prediction(LONG / 2, LONG, 15, 256);
    double bout = assess_prediction(LONG / 2, LONG, 40, 256);
    ck_assert_double_eq_tol(plain, 1, 0.02);
    ck_assert_double_lt(bout, 0.75);
}
END_TEST

START_TEST(no_prediction_bounds_below_the_alphabet)
{
    ck_assert_double_eq_tol(assess_prediction(0, LONG, 0, 16), 4, 1e-9);
}
END_TEST

/* The sliding mode against counting it anew each time. */
static uint8_t slow_mode(const uint8_t *s, size_t at, size_t length)
{
    size_t counts[256] = {0};
    size_t best = 0;
    uint8_t mode = 0;
    for (size_t i = at - length; i < at; i++)
        counts[s[i]]++;
    for (size_t i = at; i-- > at - length;) {
        if (counts[s[i]] > best) {
            best = counts[s[i]];
            mode = s[i];
        }
    }
    return mode;
}

START_TEST(sliding_windows_predict_what_whole_ones_do)
{
    static const size_t windows[ASSESS_WINDOWS] = {5, 9, 17, 33};
    enum { N = 3000 };
    uint8_t s[N];
    uint64_t state = 4242;
    for (size_t i = 0; i < N; i++)
        s[i] = next_symbol(&state) % 5;
    size_t scores[ASSESS_WINDOWS] = {0};
    size_t winner = 0;
    size_t right = 0;
    size_t run = 0;
    size_t longest = 0;
    for (size_t at = windows[0]; at < N; at++) {
        bool is_right =
            at >= windows[winner] && slow_mode(s, at, windows[winner]) == s[at];
        run = is_right ? run + 1 : 0;
        longest = run > longest ? run : longest;
        right += is_right;
        for (size_t j = 0; j < ASSESS_WINDOWS; j++) {
            if (at >= windows[j] && slow_mode(s, at, windows[j]) == s[at] &&
                ++scores[j] >= scores[winner])
                winner = j;
        }
    }
    ck_assert_double_eq_tol(
        assess_multi_mcw(s, N, 5, windows),
        assess_prediction(right, N - windows[0], longest, 5), 1e-12);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(most_common_value_is_the_standards),
        TEST(collision_is_the_standards),
        TEST(markov_is_the_standards),
        TEST(compression_is_the_standards),
        TEST(multi_mcw_is_the_standards),
        TEST(lag_is_the_standards),
        TEST(noise_is_bounded_near_its_width),
        TEST(a_constant_has_nothing),
        TEST(a_cycle_has_nothing_for_who_looks_back),
        TEST(a_run_of_right_guesses_lowers_the_bound),
        TEST(no_prediction_bounds_below_the_alphabet),
        TEST(sliding_windows_predict_what_whole_ones_do),
        {0},
    };
    return run_tests("estimates", tests);
}
