/* SPDX-License-Identifier: MIT */
/* Known cut-offs. cutoffs.py recomputes the rest. */

#include "daemon/health/cutoffs.h"

#include "tests/support/run.h"

/* SP 800-90B 4.4 with the corrected adaptive proportion, at 2^-20, 2^-30,
 * 2^-40 and 2^-60. Computed apart from this program; the same numbers are in
 * XNU (41, H = 1), jitterentropy (325, 422, 459, 477; 355, 447, 479, 494) and
 * ESDM. Claims are decimal, so a third of a bit is 333 thousandths: its
 * repetition counts lie one above those of the exact third. */
static const unsigned alphas[] = {20, 30, 40, 60};

static const struct known {
    unsigned claim_millibits;
    unsigned rct[4];
    unsigned apt[4];
} known[] = {
    {8000, {4, 5, 6, 9}, {14, 17, 20, 26}},
    {4000, {6, 9, 11, 16}, {63, 71, 79, 92}},
    {2000, {11, 16, 21, 31}, {178, 191, 202, 221}},
    {1000, {21, 31, 41, 61}, {311, 325, 337, 355}},
    {500, {41, 61, 81, 121}, {411, 422, 432, 447}},
    {333, {62, 92, 122, 182}, {449, 459, 467, 479}},
    {250, {81, 121, 161, 241}, {468, 477, 484, 494}},
    {100, {201, 301, 401, 601}, {502, 507, 510, 512}},
};

START_TEST(known_answers)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        for (size_t j = 0; j < 4; j++) {
            unsigned claim = known[i].claim_millibits;

            ck_assert_uint_eq(cutoff_rct(claim, alphas[j]), known[i].rct[j]);
            ck_assert_uint_eq(cutoff_apt(claim, alphas[j]), known[i].apt[j]);
        }
}
END_TEST

static unsigned short_count(unsigned claim, unsigned alpha)
{
    return cutoff_prediction_count(CUTOFF_SHORT_WINDOW, claim, alpha);
}

static unsigned long_count(unsigned claim, unsigned alpha)
{
    return cutoff_prediction_count(CUTOFF_LONG_WINDOW, claim, alpha);
}

START_TEST(every_cutoff_of_every_claim_can_be_reached)
{
    for (unsigned claim = 1; claim <= 1000; claim++) {
        ck_assert_uint_ge(cutoff_rct(claim, 30), 2);
        ck_assert_uint_le(cutoff_apt(claim, 60), CUTOFF_APT_WINDOW);
        ck_assert_uint_le(short_count(claim, 60), CUTOFF_SHORT_WINDOW);
        ck_assert_uint_le(long_count(claim, 60), CUTOFF_LONG_WINDOW);
        ck_assert_uint_le(cutoff_prediction_run(claim, 60), CUTOFF_LONG_WINDOW);
    }
}
END_TEST

START_TEST(permanent_never_comes_before_intermittent)
{
    for (unsigned claim = 1; claim <= 1000; claim++) {
        ck_assert_uint_lt(cutoff_rct(claim, 30), cutoff_rct(claim, 60));
        ck_assert_uint_le(cutoff_apt(claim, 30), cutoff_apt(claim, 60));
        ck_assert_uint_le(short_count(claim, 30), short_count(claim, 60));
        ck_assert_uint_lt(long_count(claim, 30), long_count(claim, 60));
        ck_assert_uint_lt(cutoff_prediction_run(claim, 30),
                          cutoff_prediction_run(claim, 60));
    }
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(known_answers),
        TEST(every_cutoff_of_every_claim_can_be_reached),
        TEST(permanent_never_comes_before_intermittent),
        {0},
    };
    return run_tests("cutoffs", tests);
}
