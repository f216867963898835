/* SPDX-License-Identifier: MIT */
/*
 * The estimators: the worked examples of SP 800-90B 6.3 (the standard rounds
 * its quantile to 2.576 and its results to four digits), and streams whose
 * answer is known without it.
 */

#include "lab/estimate.h"
#include "lab/estimate_result.h"
#include "tests/lab/noises.h"
#include "tests/support/run.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 2e-4

/* A text of digits as a sequence. */
static struct sequence sequence_of(const char *text, unsigned alphabet,
                                   uint8_t symbols[64])
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        symbols[i] = (uint8_t)(text[i] - '0');
    return (struct sequence){symbols, n, alphabet};
}

/* The bits that the examples of 6.3.2 and 6.3.3 share. */
static const char forty_bits[] = "1000111001010101110011000111001010101110";

START_TEST(most_common_value_is_the_standards)
{
    uint8_t symbols[64];
    struct sequence s = sequence_of("01120122010110221021", 3, symbols);
    struct estimate e;
    estimate_mcv(&s, &e);
    ck_assert_double_eq_tol(e.min_entropy, 0.5363, TOLERANCE);
}
END_TEST

START_TEST(collision_is_the_standards)
{
    uint8_t symbols[64];
    struct sequence s = sequence_of(forty_bits, 2, symbols);
    struct estimate e;
    estimate_collision(&s, &e);
    ck_assert_double_eq_tol(e.min_entropy, 0.4483, TOLERANCE);
}
END_TEST

START_TEST(markov_is_the_standards)
{
    uint8_t symbols[64];
    struct sequence s = sequence_of(forty_bits, 2, symbols);
    struct estimate e;
    estimate_markov(&s, &e);
    ck_assert_double_eq_tol(e.min_entropy, 0.7606, TOLERANCE);
}
END_TEST

START_TEST(compression_is_the_standards)
{
    uint8_t symbols[64];
    struct sequence s = sequence_of(
        "100011100101010111001100011100101010111011100011", 2, symbols);
    struct estimate e;
    estimate_compression(&s, 4, &e);
    ck_assert_double_eq_tol(e.min_entropy, 0.1345, TOLERANCE);
}
END_TEST

START_TEST(multi_mcw_is_the_standards)
{
    static const size_t windows[ESTIMATE_WINDOWS] = {3, 5, 7, 9};
    uint8_t symbols[64];
    struct sequence s = sequence_of("121021122000", 3, symbols);
    struct estimate e;
    estimate_multi_mcw(&s, windows, &e);
    ck_assert_double_eq_tol(e.min_entropy, 0.3909, TOLERANCE);
}
END_TEST

START_TEST(lag_is_the_standards)
{
    uint8_t symbols[64];
    struct sequence s = sequence_of("2132131312", 3, symbols);
    struct estimate e;
    estimate_lag(&s, 3, &e);
    ck_assert_double_eq_tol(e.min_entropy, 0.7350, TOLERANCE);
}
END_TEST

/* The chance of a long run is what tells: half of the guesses right says one
 * bit, but 40 of them in a row say that it comes in bouts. */
static double predicted(size_t right, size_t n, size_t run, unsigned alphabet)
{
    struct estimate e = {0};
    const struct prediction p = {.n = n, .right = right, .longest_run = run};
    estimate_from_prediction(&e, &p, alphabet);
    ck_assert(e.applies);
    return e.min_entropy;
}

START_TEST(a_run_of_right_guesses_lowers_the_bound)
{
    ck_assert_double_eq_tol(predicted(100000, 200000, 15, 256), 1, 0.02);
    ck_assert_double_lt(predicted(100000, 200000, 40, 256), 0.75);
}
END_TEST

START_TEST(no_prediction_bounds_below_the_alphabet)
{
    ck_assert_double_eq_tol(predicted(0, 200000, 0, 16), 4, 1e-9);
}
END_TEST

/*
 * From here on: what is computed cleverly, against the same thing computed as
 * the standard writes it.
 */

#define N 3000

static struct sequence small_noise(unsigned alphabet, uint8_t values[N])
{
    uint64_t state = NOISE_SEED + alphabet;
    for (size_t i = 0; i < N; i++) {
        uint32_t x = noise_next(&state);
        /* Half of it repeats what came some places before. */
        values[i] = i > 40 && x % 2 != 0 ? values[i - 1 - x / 2 % 40]
                                         : (uint8_t)(x / 2 % alphabet);
    }
    return (struct sequence){values, N, alphabet};
}

static const unsigned alphabets[] = {2, 3, 5, 40, 256};
#define ALPHABETS (sizeof(alphabets) / sizeof(alphabets[0]))

static void compare(const struct estimate *e, const struct prediction *p,
                    unsigned alphabet)
{
    struct estimate slow = {0};
    estimate_from_prediction(&slow, p, alphabet);
    ck_assert_double_eq_tol(e->min_entropy, slow.min_entropy, 1e-12);
}

/* The sliding mode against counting from scratch each time. */
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

static struct prediction slow_multi_mcw(const struct sequence *s,
                                        const size_t windows[])
{
    size_t scores[ESTIMATE_WINDOWS] = {0};
    size_t winner = 0;
    struct prediction p = {.n = s->n - windows[0]};
    for (size_t at = windows[0]; at < s->n; at++) {
        uint8_t symbol = s->values[at];
        prediction_count(&p, at >= windows[winner] &&
                                 slow_mode(s->values, at, windows[winner]) ==
                                     symbol);
        for (size_t j = 0; j < ESTIMATE_WINDOWS; j++) {
            if (at >= windows[j] &&
                slow_mode(s->values, at, windows[j]) == symbol &&
                ++scores[j] >= scores[winner])
                winner = j;
        }
    }
    return p;
}

START_TEST(sliding_windows_predict_what_whole_ones_do)
{
    static const size_t windows[ESTIMATE_WINDOWS] = {5, 9, 17, 33};
    uint8_t values[N];
    struct estimate e;
    for (size_t i = 0; i < ALPHABETS; i++) {
        struct sequence s = small_noise(alphabets[i], values);
        struct prediction p = slow_multi_mcw(&s, windows);
        estimate_multi_mcw(&s, windows, &e);
        compare(&e, &p, s.alphabet);
    }
}
END_TEST

static struct prediction slow_lag(const struct sequence *s, size_t lags)
{
    size_t scores[ESTIMATE_LAGS + 1] = {0};
    size_t winner = 1;
    struct prediction p = {.n = s->n - 1};
    for (size_t at = 1; at < s->n; at++) {
        prediction_count(&p, s->values[at - winner] == s->values[at]);
        for (size_t d = 1; d <= lags && d <= at; d++) {
            if (s->values[at - d] == s->values[at] &&
                ++scores[d] >= scores[winner])
                winner = d;
        }
    }
    return p;
}

START_TEST(lags_in_blocks_predict_what_single_ones_do)
{
    uint8_t values[N];
    struct estimate e;
    for (size_t i = 0; i < ALPHABETS; i++) {
        struct sequence s = small_noise(alphabets[i], values);
        for (s.n = 100; s.n < N; s.n += 271) {
            struct prediction p = slow_lag(&s, ESTIMATE_LAGS);
            estimate_lag(&s, ESTIMATE_LAGS, &e);
            compare(&e, &p, s.alphabet);
        }
    }
}
END_TEST

/* What followed the last `depth` symbols before `at`, where that began at
 * `from` or later: counts of all that did. False: they were not there. */
static bool slow_followers(const struct sequence *s, size_t at, size_t depth,
                           size_t from, size_t counts[256])
{
    bool is_known = false;
    memset(counts, 0, 256 * sizeof(*counts));
    for (size_t i = from + depth; i < at; i++) {
        if (memcmp(s->values + i - depth, s->values + at - depth, depth) != 0)
            continue;
        counts[s->values[i]]++;
        is_known = true;
    }
    return is_known;
}

static unsigned likeliest(const size_t counts[256])
{
    unsigned best = 0;
    for (unsigned k = 0; k < 256; k++)
        best = counts[k] >= counts[best] ? k : best;
    return best;
}

#define DEPTHS 16

/* Its dictionaries do not fill up here. */
static struct prediction slow_multi_mmc(const struct sequence *s)
{
    size_t counts[256];
    size_t scores[DEPTHS + 1] = {0};
    size_t winner = 1;
    struct prediction p = {.n = s->n - 2};
    for (size_t at = 2; at < s->n; at++) {
        size_t before = winner;
        for (size_t d = 1; d <= DEPTHS && d < at; d++) {
            if (!slow_followers(s, at, d, 0, counts))
                break;
            bool is_right = likeliest(counts) == s->values[at];
            if (d == before)
                prediction_count(&p, is_right);
            if (is_right && ++scores[d] >= scores[winner])
                winner = d;
        }
    }
    return p;
}

/* It remembers contexts that end at its seventeenth symbol or later. */
static struct prediction slow_lz78y(const struct sequence *s)
{
    size_t counts[256];
    struct prediction p = {.n = s->n - DEPTHS - 1};
    for (size_t at = DEPTHS + 1; at < s->n; at++) {
        size_t most = 0;
        unsigned guess = 256;
        for (size_t d = DEPTHS; d > 0; d--) {
            if (!slow_followers(s, at, d, DEPTHS - d, counts))
                continue;
            unsigned best = likeliest(counts);
            if (counts[best] > most) {
                most = counts[best];
                guess = best;
            }
        }
        prediction_count(&p, guess == s->values[at]);
    }
    return p;
}

START_TEST(dictionaries_predict_what_a_search_does)
{
    uint8_t values[N];
    struct estimate e;
    for (size_t i = 0; i < ALPHABETS; i++) {
        struct sequence s = small_noise(alphabets[i], values);
        s.n = 1200;
        struct prediction p = slow_multi_mmc(&s);
        ck_assert_int_eq(estimate_multi_mmc(&s, &e), 0);
        compare(&e, &p, s.alphabet);
        p = slow_lz78y(&s);
        ck_assert_int_eq(estimate_lz78y(&s, &e), 0);
        compare(&e, &p, s.alphabet);
    }
}
END_TEST

/* How often the tuple of `length` at each place occurs; of each length the
 * most, and the pairs of equal ones. */
static void slow_tuples(const struct sequence *s, size_t length, size_t *most,
                        size_t *pairs)
{
    *most = 0;
    *pairs = 0;
    for (size_t i = 0; i + length <= s->n; i++) {
        size_t count = 1;
        for (size_t j = i + 1; j + length <= s->n; j++)
            count += memcmp(s->values + i, s->values + j, length) == 0;
        *most = count > *most ? count : *most;
        *pairs += count - 1;
    }
}

/* The highest chances of a symbol that tuples show which occur 35 times, and
 * those of which the most frequent occurs less often. */
static void search_tuples(const struct sequence *s, double *often, double *rare)
{
    size_t most;
    size_t pairs;
    *often = *rare = 0;
    for (size_t length = 1;; length++) {
        slow_tuples(s, length, &most, &pairs);
        if (pairs == 0) {
            ck_assert_int_eq(estimate_longest_repeat(s), (int)length - 1);
            return;
        }
        double places = (double)(s->n - length + 1);
        double chance = most >= 35
                            ? (double)most / places
                            : (double)pairs / (places * (places - 1) / 2);
        double *highest = most >= 35 ? often : rare;
        *highest = fmax(*highest, pow(chance, 1.0 / (double)length));
    }
}

START_TEST(tuples_from_a_suffix_array_are_those_that_a_search_finds)
{
    uint8_t values[N];
    struct estimate t_tuple;
    struct estimate lrs;
    double often;
    double rare;
    for (size_t i = 0; i < ALPHABETS; i++) {
        struct sequence s = small_noise(alphabets[i], values);
        s.n = 1200;
        ck_assert_int_eq(estimate_tuples(&s, &t_tuple, &lrs), 0);
        search_tuples(&s, &often, &rare);
        ck_assert_int_eq(t_tuple.applies, often > 0);
        if (often > 0)
            ck_assert_double_eq_tol(t_tuple.min_entropy,
                                    -log2(estimate_upper(often, s.n)), 1e-12);
        ck_assert(lrs.applies);
        ck_assert_double_eq_tol(lrs.min_entropy,
                                -log2(estimate_upper(rare, s.n)), 1e-12);
    }
}
END_TEST

START_TEST(a_constant_has_nothing)
{
    enum { LONG = 200000 };
    uint8_t *values = calloc(LONG, 1);
    const struct sequence s = {values, LONG, 1};
    struct estimate all[10];
    ck_assert_ptr_nonnull(values);
    estimate_mcv(&s, &all[0]);
    estimate_collision(&s, &all[1]);
    estimate_markov(&s, &all[2]);
    estimate_compression(&s, ESTIMATE_LEARN, &all[3]);
    ck_assert_int_eq(estimate_tuples(&s, &all[4], &all[5]), 0);
    estimate_multi_mcw(&s, estimate_windows, &all[6]);
    estimate_lag(&s, ESTIMATE_LAGS, &all[7]);
    ck_assert_int_eq(estimate_multi_mmc(&s, &all[8]), 0);
    ck_assert_int_eq(estimate_lz78y(&s, &all[9]), 0);
    for (size_t i = 0; i < 10; i++) {
        ck_assert(all[i].applies);
        ck_assert_double_ge(all[i].min_entropy, 0);
        ck_assert_double_le(all[i].min_entropy, 1e-9);
    }
    free(values);
}
END_TEST

START_TEST(what_is_too_short_does_not_apply_and_says_so)
{
    uint8_t symbols[64];
    struct sequence s = sequence_of("012345", 6, symbols);
    struct estimate e;
    struct estimate other;
    for (s.n = 2; s.n <= 6; s.n++) {
        estimate_multi_mcw(&s, estimate_windows, &e);
        ck_assert(!e.applies && e.missing != NULL);
        ck_assert_int_eq(estimate_lz78y(&s, &e), 0);
        ck_assert(!e.applies && e.missing != NULL);
        ck_assert_int_eq(estimate_tuples(&s, &e, &other), 0);
        ck_assert(!e.applies && e.missing != NULL);
        ck_assert(!other.applies && other.missing != NULL);
        ck_assert_int_eq(estimate_multi_mmc(&s, &e), 0);
        ck_assert_int_eq(e.applies, s.n >= 4);
        estimate_lag(&s, ESTIMATE_LAGS, &e);
        ck_assert_int_eq(e.applies, s.n >= 3);
        estimate_collision(&s, &e);
        ck_assert(!e.applies && e.missing != NULL);
        estimate_mcv(&s, &e);
        ck_assert(e.applies);
    }
}
END_TEST

/* A million symbols twice, and one symbol over and over: an algorithm that
 * walks along each repeat takes minutes. The test's time-out is the limit. */
START_TEST(long_repeats_do_not_take_long)
{
    const size_t half = 1000000;
    uint8_t *values = malloc(2 * half);
    struct sequence s = {values, 2 * half, 256};
    struct estimate e;
    struct estimate lrs;
    ck_assert_ptr_nonnull(values);
    noise_fill(NOISE_BYTES, values, half);
    memcpy(values + half, values, half);
    ck_assert_int_eq(estimate_tuples(&s, &e, &lrs), 0);
    ck_assert_double_lt(lrs.min_entropy, 1e-3);
    memset(values, 0, 2 * half);
    ck_assert_int_eq(estimate_tuples(&s, &e, &lrs), 0);
    ck_assert_double_lt(lrs.min_entropy, 1e-3);
    ck_assert_int_eq(estimate_longest_repeat(&s), (int64_t)(2 * half) - 1);
    free(values);
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
        TEST(a_run_of_right_guesses_lowers_the_bound),
        TEST(no_prediction_bounds_below_the_alphabet),
        TEST(sliding_windows_predict_what_whole_ones_do),
        TEST(lags_in_blocks_predict_what_single_ones_do),
        TEST(dictionaries_predict_what_a_search_does),
        TEST(tuples_from_a_suffix_array_are_those_that_a_search_finds),
        TEST(a_constant_has_nothing),
        TEST(what_is_too_short_does_not_apply_and_says_so),
        TEST(long_repeats_do_not_take_long),
        {0},
    };
    return run_tests("estimates", tests);
}
