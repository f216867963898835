/* SPDX-License-Identifier: MIT */
/* The whole assessment against what NIST's ea_non_iid (1.1.7) says of the same
 * data. */

#include "lab/assessment.h"

#include "tests/lab/noises.h"
#include "tests/support/run.h"

#include <errno.h>
#include <stdlib.h>

#define NONE (-1)

struct answer {
    enum noise noise;
    size_t n;
    double literal[ESTIMATORS], bits[ESTIMATORS];
};

/* clang-format off */
static const struct answer answers[] = {
    {NOISE_BYTES, 1000,
     {5.582171691, NONE, NONE, NONE, NONE,
      6.812517327, NONE, 6.538321018, 7.982993575, 7.445117771},
     {0.934364399, 0.685107557, 0.960258996, 0.557732333, 0.876500553,
      0.917152559, 0.946039643, 0.951864960, 0.941261123, 0.946577409}},
    {NOISE_BYTES, 20000,
     {7.301051579, NONE, NONE, NONE, 7.301051579,
      7.630683496, 7.518980604, 6.970854799, 6.970830686, 6.970468836},
     {0.989987045, 0.895151441, 0.997153407, 0.808178291, 0.914477145,
      0.947829101, 0.993132630, 0.992182546, 0.998555186, 0.990980869}},
    {NOISE_HEAPED, 20000,
     {2.965069976, NONE, NONE, NONE, 2.965069976,
      3.366378349, 3.063066985, 3.818336111, 3.082375204, 3.085675749},
     {0.383019939, 0.327238730, 0.352539789, 0.220727920, 0.365031823,
      0.529016215, 0.382963465, 0.495318806, 0.383052980, 0.383046552}},
    {NOISE_WALK, 20000,
     {3.783152710, NONE, NONE, NONE, 0.978237221,
      1.353299895, 1.447123374, 0.714298924, 0.718005872, 0.717881366},
     {0.985956153, 0.553653900, 0.994053513, 0.241051846, 0.224526284,
      0.349357298, 0.297044367, 0.281926927, 0.213009640, 0.401577163}},
    {NOISE_SPARSE, 20000,
     {1.534045393, NONE, NONE, NONE, 1.431446546,
      1.520421405, 1.559905143, 1.566721007, 1.551670623, 1.570961497},
     {0.579680382, 0.322418494, 0.340416285, 0.149075869, 0.239695592,
      0.224835939, 0.579679593, 0.465332953, 0.124365145, 0.465375574}},
    {NOISE_TWO, 20000,
     {0.398627413, 0.393133599, 0.421110231, 0.239998183, 0.344671097,
      0.602582354, 0.398387248, 0.648080204, 0.398767685, 0.398643461},
     {NONE, NONE, NONE, NONE, NONE,
      NONE, NONE, NONE, NONE, NONE}},
    {NOISE_BITS, 20000,
     {0.142881745, 0.143328856, 0.151258100, 0.084659872, 0.142717358,
      0.283185315, 0.142812228, 0.284494810, 0.142974533, 0.143087719},
     {NONE, NONE, NONE, NONE, NONE,
      NONE, NONE, NONE, NONE, NONE}},
    {NOISE_CYCLE, 20000,
     {2.743960546, NONE, NONE, NONE, 0.000000000,
      0.000000000, 2.807354922, 0.000013419, 0.000000000, 0.000000000},
     {0.794222223, 0.330722172, 0.777779916, 0.115242982, 0.000000000,
      0.000000000, 0.794215326, 0.000109079, 0.000109144, 0.794482160}},
    {NOISE_REPEATED, 20000,
     {6.205528107, NONE, NONE, NONE, 3.998174170,
      0.000028247, 6.517057533, 6.217035839, 0.000351320, 0.859382452},
     {0.951171551, 0.726009594, 0.948956053, 0.864318970, 0.426944734,
      0.000014812, 0.957769581, 0.926365713, 0.070788682, 0.951785903}},
};
/* clang-format on */

#define ANSWERS (sizeof(answers) / sizeof(answers[0]))

static void make(struct symbols *s, enum noise noise, size_t n)
{
    struct reason why;
    uint8_t *values = malloc(n);
    ck_assert_ptr_nonnull(values);
    noise_fill(noise, values, n);
    ck_assert_msg(symbols_init(s, values, n, 0, &why) == 0, "%s", why.text);
    free(values);
}

static void compare(const struct answer *answer, const char *what,
                    const double *nist, const struct estimate *ours)
{
    for (unsigned i = 0; i < ESTIMATORS; i++) {
        const char *name = estimator_infos[i].name;
        ck_assert_msg(ours[i].applies == (nist[i] >= 0), "%d: %s of %s",
                      (int)answer->noise, name, what);
        ck_assert_msg(!ours[i].applies ||
                          (ours[i].min_entropy - nist[i] < 1e-6 &&
                           nist[i] - ours[i].min_entropy < 1e-6),
                      "%d: %s of %s: %.9f, by NIST %.9f", (int)answer->noise,
                      name, what, ours[i].min_entropy, nist[i]);
    }
}

START_TEST(every_estimate_is_that_of_nists_program)
{
    for (size_t i = 0; i < ANSWERS; i++) {
        struct symbols s;
        struct assessment a;
        make(&s, answers[i].noise, answers[i].n);
        ck_assert_int_eq(assessment_run(&a, &s, 1, false), 0);
        compare(&answers[i], "symbols", answers[i].literal, a.literal);
        compare(&answers[i], "bits", answers[i].bits, a.bits);
        symbols_fini(&s);
    }
}
END_TEST

START_TEST(the_lowest_decides)
{
    struct symbols s;
    struct assessment a;
    make(&s, NOISE_HEAPED, 20000);
    ck_assert_int_eq(assessment_run(&a, &s, 1, false), 0);
    /* Eight times a bit's 0.2207 is less than any symbol's estimate. */
    ck_assert(a.is_decided_by_bits);
    ck_assert_int_eq(a.deciding, ESTIMATOR_COMPRESSION);
    ck_assert_double_eq_tol(a.h_bitstring, 0.220727920, 1e-6);
    ck_assert_double_eq_tol(a.h_original, 2.965069976, 1e-6);
    ck_assert_double_eq_tol(a.min_entropy, a.width * 0.220727920, 1e-5);
    symbols_fini(&s);
    make(&s, NOISE_WALK, 20000);
    ck_assert_int_eq(assessment_run(&a, &s, 1, false), 0);
    ck_assert(!a.is_decided_by_bits);
    ck_assert_int_eq(a.deciding, ESTIMATOR_LAG);
    ck_assert_double_eq_tol(a.min_entropy, 0.714298924, 1e-6);
    symbols_fini(&s);
}
END_TEST

START_TEST(threads_change_nothing)
{
    struct symbols s;
    struct assessment one;
    struct assessment many;
    make(&s, NOISE_HEAPED, 20000);
    ck_assert_int_eq(assessment_run(&one, &s, 1, false), 0);
    ck_assert_int_eq(assessment_run(&many, &s, 5, false), 0);
    for (unsigned i = 0; i < ESTIMATORS; i++) {
        ck_assert(one.literal[i].min_entropy == many.literal[i].min_entropy);
        ck_assert(one.bits[i].min_entropy == many.bits[i].min_entropy);
    }
    symbols_fini(&s);
}
END_TEST

START_TEST(two_values_are_bits_already)
{
    struct symbols s;
    struct assessment a;
    make(&s, NOISE_TWO, 20000);
    ck_assert_uint_eq(s.width, 8);
    ck_assert_uint_eq(s.literal.alphabet, 2);
    ck_assert(s.is_translated);
    ck_assert_int_eq(assessment_run(&a, &s, 1, false), 0);
    ck_assert(!a.has_bits);
    ck_assert(a.literal[ESTIMATOR_COLLISION].applies);
    symbols_fini(&s);
}
END_TEST

START_TEST(a_constant_is_worth_nothing)
{
    static const uint8_t zeros[10000] = {0};
    struct symbols s;
    struct assessment a;
    struct reason why;
    ck_assert_int_eq(symbols_init(&s, zeros, sizeof(zeros), 0, &why), 0);
    ck_assert_uint_eq(s.width, 1);
    ck_assert_int_eq(assessment_run(&a, &s, 1, false), 0);
    ck_assert_double_le(a.min_entropy, 1e-9);
    symbols_fini(&s);
}
END_TEST

START_TEST(symbols_keep_their_order_and_bits_their_places)
{
    static const uint8_t values[] = {200, 3, 7, 3};
    static const uint8_t translated[] = {2, 0, 1, 0};
    static const uint8_t bits[] = {1, 1, 0, 0, 1, 0, 0, 0, /* 200 */
                                   0, 0, 0, 0, 0, 0, 1, 1};
    struct symbols s;
    struct reason why;
    ck_assert_int_eq(symbols_init(&s, values, 4, 0, &why), 0);
    ck_assert_mem_eq(s.literal.values, translated, 4);
    ck_assert_uint_eq(s.bits.n, 32);
    ck_assert_mem_eq(s.bits.values, bits, sizeof(bits));
    symbols_fini(&s);
    /* As wide as it is said to be. */
    static const uint8_t narrow[] = {1, 2, 0, 3};
    ck_assert_int_eq(symbols_init(&s, narrow, 4, 4, &why), 0);
    ck_assert_uint_eq(s.bits.n, 16);
    symbols_fini(&s);
}
END_TEST

START_TEST(what_cannot_be_assessed_is_refused)
{
    static const uint8_t values[] = {200, 3, 7, 3};
    struct symbols s;
    struct reason why;
    ck_assert_int_eq(symbols_init(&s, values, 4, 7, &why), -EINVAL);
    ck_assert_str_eq(why.text, "its symbols have 8 bits, not 7");
    ck_assert_int_eq(symbols_init(&s, values, 1, 0, &why), -EINVAL);
    ck_assert_str_eq(why.text, "1 symbols; 2 to 100000000 can be assessed");
    ck_assert_int_eq(symbols_init(&s, values, 100000001, 0, &why), -EINVAL);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(every_estimate_is_that_of_nists_program),
        TEST(the_lowest_decides),
        TEST(threads_change_nothing),
        TEST(two_values_are_bits_already),
        TEST(a_constant_is_worth_nothing),
        TEST(symbols_keep_their_order_and_bits_their_places),
        TEST(what_cannot_be_assessed_is_refused),
        {0},
    };
    return run_tests("assessment", tests);
}
