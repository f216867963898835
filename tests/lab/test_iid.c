/* SPDX-License-Identifier: MIT */
/* The tests of SP 800-90B 5, against what NIST's ea_iid (1.1.7) says of the
 * same data. */

#include "lab/iid.h"

#include "tests/lab/noises.h"
#include "tests/support/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define N 20000

static uint8_t values[N];

static void make(struct symbols *s, enum noise noise)
{
    struct reason why;
    ck_assert_int_ge(sodium_init(), 0);
    noise_fill(noise, values, N);
    ck_assert_msg(symbols_init(s, values, N, 0, &why) == 0, "%s", why.text);
}

struct answer {
    enum noise noise;
    double score[2], degrees[2], p[2]; /* independence, goodness of fit */
    int64_t repeat;
    double repeat_p;
    double statistics[PERMUTATION_STATISTICS];
};

/* clang-format off */
static const struct answer answers[] = {
    {NOISE_BYTES, {1834.45590832, 2307.5383148}, {1711, 2286}, {0.0190842737069, 0.37168527911}, 3, 0.999995834463,
     {11191.13425, 13311, 8, 10036, 9815,
      16, 20.5318275154, 53, 80, 81,
      83, 69, 73, 326077059, 323791573,
      325480816, 323081874, 324775219, 21507}},
    {NOISE_HEAPED, {575.945877752, 283.863824991}, {501, 315}, {0.0113121004739, 0.895642850737}, 8, 0.0707803839437,
     {950.6272, 13211, 7, 10692, 10015,
      13, 5.78057241977, 16, 1341, 1342,
      1266, 1365, 1338, 1002107, 983722,
      999607, 998808, 1000125, 12381}},
    {NOISE_SPARSE, {2.276738752, 7.90786520844}, {6, 18}, {0.892569772162, 0.979976654936}, 16, 0.990408239288,
     {6134.3254, 11797, 13, 13345, 8815,
      22, 2.89170040486, 4, 6691, 6657,
      6724, 6738, 6617, 100633490, 98858079,
      99704919, 99978225, 98870168, 4530}},
    {NOISE_TWO, {11.9062543817, 1.93000772484}, {14, 9}, {0.613831178988, 0.992526647655}, 42, 0.427646404427,
     {8006.2179, 1544, 8, 1550, 7603,
      43, 9.21771217712, 25, 595, 537,
      548, 588, 576, 90137, 89961,
      89840, 89641, 89120, 2770}},
    {NOISE_BITS, {6.10866804106, 9.74666602635}, {6, 9}, {0.411127863136, 0.371380738614}, 83, 0.999999499114,
     {42.949, 1439, 8, 1681, 3585,
      71, 4.06178861789, 11, 889, 837,
      894, 899, 879, 129590, 129548,
      129265, 128843, 128028, 1857}},
};
/* clang-format on */

#define ANSWERS (sizeof(answers) / sizeof(answers[0]))

static bool is_close(double a, double b)
{
    return fabs(a - b) <= 1e-6 * fmax(1, fabs(b));
}

START_TEST(chi_square_and_repeats_are_those_of_nists_program)
{
    for (size_t i = 0; i < ANSWERS; i++) {
        const struct answer *a = &answers[i];
        struct symbols s;
        struct chi_square c[2];
        struct longest_repeat r;
        make(&s, a->noise);
        ck_assert_int_eq(chi_square_independence(&c[0], &s.literal), 0);
        ck_assert_int_eq(chi_square_goodness(&c[1], &s.literal), 0);
        for (size_t k = 0; k < 2; k++) {
            ck_assert(is_close(c[k].score, a->score[k]));
            ck_assert_double_eq(c[k].degrees, a->degrees[k]);
            ck_assert(is_close(c[k].p, a->p[k]));
        }
        ck_assert_int_eq(longest_repeat_test(&r, &s.literal), 0);
        ck_assert_int_eq(r.length, a->repeat);
        ck_assert(is_close(r.p, a->repeat_p));
        symbols_fini(&s);
    }
}
END_TEST

START_TEST(every_statistic_is_that_of_nists_program)
{
    for (size_t i = 0; i < ANSWERS; i++) {
        struct symbols s;
        double statistics[PERMUTATION_STATISTICS];
        make(&s, answers[i].noise);
        ck_assert_int_eq(permutation_statistics(statistics, &s.literal, values),
                         0);
        for (size_t k = 0; k < PERMUTATION_STATISTICS; k++)
            ck_assert_msg(is_close(statistics[k], answers[i].statistics[k]),
                          "%d: %s: %.9f", (int)answers[i].noise,
                          permutation_names[k], statistics[k]);
        symbols_fini(&s);
    }
}
END_TEST

static void run(struct iid_result *r, enum noise noise, uint64_t seed,
                unsigned threads)
{
    struct symbols s;
    const struct permutation_options options = {.seed = seed,
                                                .threads = threads};
    make(&s, noise);
    ck_assert_int_eq(iid_run(r, &s.literal, values, &options), 0);
    ck_assert(r->is_decided);
    symbols_fini(&s);
}

START_TEST(noise_is_iid_and_a_few_permutations_say_so)
{
    struct iid_result r;
    run(&r, NOISE_BYTES, 1, 1);
    ck_assert(r.is_passed);
    ck_assert_uint_lt(r.permutation.permutations, PERMUTATIONS);
    run(&r, NOISE_BITS, 1, 1);
    ck_assert(r.is_passed);
}
END_TEST

START_TEST(the_seed_decides_and_not_the_threads)
{
    struct iid_result one;
    struct iid_result many;
    struct iid_result other;
    run(&one, NOISE_HEAPED, 7, 1);
    run(&many, NOISE_HEAPED, 7, 5);
    run(&other, NOISE_HEAPED, 8, 1);
    ck_assert_mem_eq(&one.permutation.results, &many.permutation.results,
                     sizeof(one.permutation.results));
    ck_assert_mem_ne(&one.permutation.results, &other.permutation.results,
                     sizeof(one.permutation.results));
}
END_TEST

/* A walk: neighbours are alike, which no shuffled one is. Only what fails is
 * computed 10,000 times, and compression only where it is asked for. */
START_TEST(what_depends_on_its_past_is_not_iid)
{
    const unsigned compression = PERMUTATION_STATISTICS - 1;
    struct symbols s;
    struct chi_square c;
    struct permutation_test t;
    struct permutation_test all;
    struct permutation_options options = {.seed = 1, .threads = 2};
    make(&s, NOISE_WALK);
    s.literal.n = 250;
    ck_assert_int_eq(chi_square_independence(&c, &s.literal), 0);
    ck_assert(!c.is_passed);
    ck_assert_int_eq(permutation_run(&t, &s.literal, values, &options), 0);
    ck_assert(t.is_decided && !t.is_passed);
    ck_assert_uint_eq(t.permutations, PERMUTATIONS);
    ck_assert(!t.results[compression].is_decided);
    options.is_complete = true;
    ck_assert_int_eq(permutation_run(&all, &s.literal, values, &options), 0);
    ck_assert(all.results[compression].is_decided);
    ck_assert(!all.results[compression].is_passed);
    ck_assert_mem_eq(t.results, all.results,
                     compression * sizeof(t.results[0]));
    symbols_fini(&s);
}
END_TEST

START_TEST(compression_decides_where_all_others_pass)
{
    const unsigned compression = PERMUTATION_STATISTICS - 1;
    struct iid_result r;
    run(&r, NOISE_BYTES, 3, 2);
    ck_assert(r.permutation.results[compression].is_decided);
    ck_assert(r.permutation.results[compression].is_passed);
}
END_TEST

static const char *sigint(void)
{
    return "SIGINT";
}

START_TEST(stopped_permutations_decide_nothing)
{
    struct symbols s;
    struct iid_result r;
    const struct permutation_options options = {.threads = 1,
                                                .stopped_by = sigint};
    make(&s, NOISE_BYTES);
    ck_assert_int_eq(iid_run(&r, &s.literal, values, &options), 0);
    ck_assert_str_eq(r.permutation.stopped_by, "SIGINT");
    ck_assert(!r.permutation.is_decided && !r.is_decided && !r.is_passed);
    symbols_fini(&s);
    /* Chi-square needs no permutations. */
    make(&s, NOISE_WALK);
    ck_assert_int_eq(iid_run(&r, &s.literal, values, &options), 0);
    ck_assert(!r.permutation.is_decided && r.is_decided && !r.is_passed);
    symbols_fini(&s);
}
END_TEST

/* Five values have 120 orders. Of 48,000 shuffles 400 are expected of each,
 * plus or minus 20; the sum of the squared deviations is chi-square with 119
 * degrees of freedom, which exceeds 240 once in 10^9. */
START_TEST(every_order_is_as_likely)
{
    const uint8_t five[5] = {0, 1, 2, 3, 4};
    unsigned counts[3125] = {0};
    const unsigned shuffles = 48000;
    double sum = 0;
    ck_assert_int_ge(sodium_init(), 0);
    for (unsigned i = 0; i < shuffles; i++) {
        uint8_t out[5];
        uint8_t digits[5];
        unsigned place = 0;
        permutation_shuffle(out, five, 5, digits, 5, i);
        for (unsigned k = 0; k < 5; k++)
            place = place * 5 + out[k];
        counts[place]++;
    }
    unsigned orders = 0;
    for (unsigned i = 0; i < 3125; i++) {
        double off = counts[i] - 400.0;
        orders += counts[i] > 0;
        sum += counts[i] > 0 ? off * off / 400 : 0;
    }
    ck_assert_uint_eq(orders, 120);
    ck_assert_double_lt(sum, 240);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(chi_square_and_repeats_are_those_of_nists_program),
        TEST(every_statistic_is_that_of_nists_program),
        TEST(noise_is_iid_and_a_few_permutations_say_so),
        TEST(the_seed_decides_and_not_the_threads),
        TEST(what_depends_on_its_past_is_not_iid),
        TEST(compression_decides_where_all_others_pass),
        TEST(stopped_permutations_decide_nothing),
        TEST(every_order_is_as_likely),
        {0},
    };
    return run_tests("iid", tests);
}
