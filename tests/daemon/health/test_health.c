/* SPDX-License-Identifier: MIT */
/* The continuous health tests: each fails at its cut-off and not before, and
 * says so once. */

#include "daemon/health/health.h"

#include "base/reason.h"
#include "tests/daemon/health/noise.h"
#include "tests/support/run.h"

#include <math.h>
#include <string.h>

#define CLAIM                                                                  \
    500 /* cut-offs 61 and 121, 422 and 447                                    \
         * (tests/daemon/health/test_cutoffs.c)                                \
         */

static struct health *new_health(unsigned claim_millibits)
{
    static struct health h;

    health_init(&h, claim_millibits, 0);
    return &h;
}

START_TEST(rct_fails_at_its_cutoffs_not_before)
{
    struct health *h = new_health(CLAIM);

    for (unsigned i = 1; i <= 200; i++) {
        unsigned rct = health_insert(h, 7) & (RCT_INTERMITTENT | RCT_PERMANENT);

        ck_assert_uint_eq(rct, i == 61    ? RCT_INTERMITTENT
                               : i == 121 ? RCT_PERMANENT
                                          : 0);
    }
}
END_TEST

START_TEST(rct_counts_from_one_again_after_another_symbol)
{
    struct health *h = new_health(CLAIM);

    for (int round = 0; round < 10; round++)
        for (unsigned i = 0; i < 60; i++)
            ck_assert_uint_eq(
                health_insert(h, round % 2 ? 7 : 8) & RCT_INTERMITTENT, 0);
    ck_assert_uint_eq(health_insert(h, 7) & RCT_INTERMITTENT, RCT_INTERMITTENT);
}
END_TEST

/* A window whose first symbol occurs n times, the others spread so that no
 * other test minds. Returns all notes of it. */
static unsigned apt_window(struct health *h, unsigned n, struct noise *noise)
{
    bool is_first[512] = {true};
    unsigned notes = 0;

    for (unsigned placed = 1; placed < n;) {
        size_t at = noise_below(noise, 512);

        placed += !is_first[at];
        is_first[at] = true;
    }
    for (size_t i = 0; i < 512; i++)
        notes |= health_insert(
            h, is_first[i] ? 0 : (uint8_t)(1 + noise_below(noise, 255)));
    return notes;
}

START_TEST(apt_fails_at_its_cutoffs_not_before)
{
    struct noise noise = {1};
    const unsigned apt = APT_INTERMITTENT | APT_PERMANENT;

    for (int round = 0; round < 50; round++) {
        struct health *h = new_health(CLAIM);

        ck_assert_uint_eq(apt_window(h, 421, &noise) & apt, 0);
        ck_assert_uint_eq(apt_window(h, 422, &noise) & apt, APT_INTERMITTENT);
        ck_assert_uint_eq(apt_window(h, 446, &noise) & apt, APT_INTERMITTENT);
        ck_assert_uint_eq(apt_window(h, 447, &noise) & apt, apt);
    }
}
END_TEST

START_TEST(apt_with_its_cutoff_at_the_window_still_fires)
{
    struct health *h = new_health(1);
    unsigned notes = 0;

    for (int i = 0; i < 512; i++) {
        ck_assert_uint_eq(notes & APT_PERMANENT, 0);
        notes |= health_insert(h, 9);
    }
    ck_assert_uint_eq(notes & NOTES_ALARM, APT_INTERMITTENT | APT_PERMANENT);
}
END_TEST

START_TEST(windows_end_every_512_symbols)
{
    struct health *h = new_health(CLAIM);
    struct noise noise = {2};

    for (int i = 1; i <= 5000; i++) {
        unsigned notes = health_insert(h, (uint8_t)noise_next(&noise));

        ck_assert_int_eq((notes & APT_ENDED) != 0, i % 512 == 0);
    }
}
END_TEST

/* The worst source that keeps its claim: one symbol has the whole probability
 * 2^-H, independent of everything. */
START_TEST(a_source_exactly_at_its_claim_raises_no_alarm)
{
    static const unsigned claims[] = {250, 500, 1000};

    for (size_t c = 0; c < 3; c++) {
        struct health *h = new_health(claims[c]);
        struct noise noise = {5 + c};
        double chance = exp2(-(double)claims[c] / 1000);
        unsigned notes = 0;

        for (long i = scaled(1 << 20); i > 0; i--) {
            uint8_t symbol = noise_chance(&noise, chance)
                                 ? 255
                                 : (uint8_t)noise_below(&noise, 255);

            notes |= health_insert(h, symbol);
        }
        ck_assert_uint_eq(notes & NOTES_ALARM, 0);
    }
}
END_TEST

START_TEST(a_reset_forgets_what_was_seen)
{
    struct health *h = new_health(CLAIM);

    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 60; i++)
            ck_assert_uint_eq(health_insert(h, 1) & NOTES_ALARM, 0);
        health_reset(h);
    }
    ck_assert(health_insert(h, 1) & RCT_ENDED);
}
END_TEST

START_TEST(alarms_are_described_with_their_counts)
{
    struct health *h = new_health(CLAIM);
    struct reason why;
    unsigned notes = 0;

    for (int i = 0; i < 61; i++)
        (void)health_insert(h, 1);
    health_describe(h, RCT_INTERMITTENT, &why);
    ck_assert_str_eq(why.text, "61 equal symbols in a row");
    h = new_health(CLAIM);
    for (unsigned i = 0; i < 300; i++)
        notes |= health_insert(h, (uint8_t)(i % 5 * 3)) & NOTES_ALARM;
    ck_assert_uint_ne(notes & LAG_INTERMITTENT, 0);
    health_describe(h, LAG_INTERMITTENT, &why);
    ck_assert_ptr_nonnull(
        strstr(why.text, "symbols in a row predicted (same symbol, lag 5)"));
    health_describe(h, MARKOV_INTERMITTENT, &why);
    ck_assert_ptr_nonnull(
        strstr(why.text, "symbols in a row predicted (by the symbol before)"));
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(rct_fails_at_its_cutoffs_not_before),
        TEST(rct_counts_from_one_again_after_another_symbol),
        TEST(apt_fails_at_its_cutoffs_not_before),
        TEST(apt_with_its_cutoff_at_the_window_still_fires),
        TEST(windows_end_every_512_symbols),
        TEST(a_source_exactly_at_its_claim_raises_no_alarm),
        TEST(a_reset_forgets_what_was_seen),
        TEST(alarms_are_described_with_their_counts),
        {0},
    };
    return run_tests("health", tests);
}
