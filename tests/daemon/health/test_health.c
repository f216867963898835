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

#define ALARMS (HEALTH_INTERMITTENT | HEALTH_PERMANENT)

static struct health *new_health(unsigned claim_millibits)
{
    static struct health h;

    health_init(&h, claim_millibits);
    return &h;
}

START_TEST(rct_fails_at_its_cutoffs_not_before)
{
    struct health *h = new_health(CLAIM);

    for (unsigned i = 1; i <= 200; i++) {
        unsigned rct = health_insert(h, 7) &
                       (HEALTH_RCT_INTERMITTENT | HEALTH_RCT_PERMANENT);

        ck_assert_uint_eq(rct, i == 61    ? HEALTH_RCT_INTERMITTENT
                               : i == 121 ? HEALTH_RCT_PERMANENT
                                          : 0);
    }
}
END_TEST

START_TEST(rct_counts_from_one_again_after_another_symbol)
{
    struct health *h = new_health(CLAIM);

    for (int round = 0; round < 10; round++)
        for (unsigned i = 0; i < 60; i++)
            ck_assert_uint_eq(health_insert(h, round % 2 ? 7 : 8) &
                                  HEALTH_RCT_INTERMITTENT,
                              0);
    ck_assert_uint_eq(health_insert(h, 7) & HEALTH_RCT_INTERMITTENT,
                      HEALTH_RCT_INTERMITTENT);
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
    const unsigned apt = HEALTH_APT_INTERMITTENT | HEALTH_APT_PERMANENT;

    for (int round = 0; round < 50; round++) {
        struct health *h = new_health(CLAIM);

        ck_assert_uint_eq(apt_window(h, 421, &noise) & apt, 0);
        ck_assert_uint_eq(apt_window(h, 422, &noise) & apt,
                          HEALTH_APT_INTERMITTENT);
        ck_assert_uint_eq(apt_window(h, 446, &noise) & apt,
                          HEALTH_APT_INTERMITTENT);
        ck_assert_uint_eq(apt_window(h, 447, &noise) & apt, apt);
    }
}
END_TEST

START_TEST(apt_with_its_cutoff_at_the_window_still_fires)
{
    struct health *h = new_health(1);
    unsigned notes = 0;

    for (int i = 0; i < 512; i++) {
        ck_assert_uint_eq(notes & HEALTH_APT_PERMANENT, 0);
        notes |= health_insert(h, 9);
    }
    ck_assert_uint_eq(notes & ALARMS,
                      HEALTH_APT_INTERMITTENT | HEALTH_APT_PERMANENT);
}
END_TEST

START_TEST(windows_end_every_512_symbols)
{
    struct health *h = new_health(CLAIM);
    struct noise noise = {2};

    for (int i = 1; i <= 5000; i++) {
        unsigned notes = health_insert(h, (uint8_t)noise_next(&noise));

        ck_assert_int_eq((notes & HEALTH_WINDOW_ENDED) != 0, i % 512 == 0);
    }
}
END_TEST

/* What the lag predictor says first of symbol(i), i = 0, 1, ..., and when. */
static unsigned first_lag_alarm(struct health *h, uint8_t (*symbol)(unsigned),
                                unsigned *when)
{
    for (*when = 0; *when < 10000; ++*when) {
        unsigned alarm = health_insert(h, symbol(*when)) & ALARMS;

        if (alarm)
            return alarm;
    }
    return 0;
}

static unsigned period;

static uint8_t periodic(unsigned i)
{
    struct noise noise = {i % period};

    return (uint8_t)noise_next(&noise);
}

START_TEST(every_period_up_to_16_is_found_at_once)
{
    for (period = 2; period <= 16; period++) {
        struct health *h = new_health(CLAIM);
        unsigned when;

        ck_assert_uint_eq(first_lag_alarm(h, periodic, &when),
                          HEALTH_LAG_RUN_INTERMITTENT);
        /* 17 symbols of history, some to find the lag, the run's cut-off. */
        ck_assert_uint_le(when, 17 + 17 + h->lag.run_cutoff[0]);
        ck_assert_uint_eq(h->lag.run, h->lag.run_cutoff[0]);
        ck_assert_int_eq(health_test_of(HEALTH_LAG_RUN_INTERMITTENT),
                         ALARM_LAG);
    }
}
END_TEST

static unsigned step;

static uint8_t stepping(unsigned i)
{
    return (uint8_t)(i * step);
}

START_TEST(every_constant_step_is_found_at_once)
{
    for (step = 1; step < 256; step++) {
        struct health *h = new_health(CLAIM);
        unsigned when;

        ck_assert_uint_eq(first_lag_alarm(h, stepping, &when),
                          HEALTH_LAG_RUN_INTERMITTENT);
        ck_assert_uint_le(when, 17 + 17 + h->lag.run_cutoff[0]);
    }
}
END_TEST

static uint8_t sawtooth(unsigned i)
{
    static const uint8_t steps[] = {3, 200, 41, 7, 99};
    uint8_t sum = 0;

    for (unsigned j = 0; j < i % 5; j++)
        sum = (uint8_t)(sum + steps[j]);
    return (uint8_t)(i / 5 * (3 + 200 + 41 + 7 + 99) + sum);
}

START_TEST(steps_that_repeat_are_found_where_symbols_do_not)
{
    struct health *h = new_health(CLAIM);
    unsigned when;

    ck_assert_uint_eq(first_lag_alarm(h, sawtooth, &when),
                      HEALTH_LAG_RUN_INTERMITTENT);
    ck_assert_uint_lt(when, 200);
}
END_TEST

START_TEST(a_run_of_foreseen_symbols_becomes_permanent_at_its_cutoff)
{
    struct health *h = new_health(CLAIM);
    unsigned when;

    period = 9;
    (void)first_lag_alarm(h, periodic, &when);
    for (unsigned run = h->lag.run + 1; run <= h->lag.run_cutoff[1]; run++)
        ck_assert_uint_eq(health_insert(h, periodic(++when)) & ALARMS,
                          run == h->lag.run_cutoff[1] ? HEALTH_LAG_RUN_PERMANENT
                                                      : 0);
}
END_TEST

/* Foreseen often, but never long in a row: every 20th symbol is new. */
START_TEST(the_count_of_foreseen_symbols_fails_at_its_cutoffs)
{
    struct health *h = new_health(CLAIM);
    struct noise noise = {3};
    unsigned notes = 0;

    period = 7;
    for (unsigned i = 0; !(notes & HEALTH_LAG_COUNT_PERMANENT); i++) {
        uint8_t symbol = i % 20 ? periodic(i) : (uint8_t)noise_next(&noise);
        unsigned alarm = health_insert(h, symbol) & ALARMS;

        ck_assert_uint_lt(i, 1u << 17);
        if (alarm == HEALTH_LAG_COUNT_INTERMITTENT)
            ck_assert_uint_eq(h->lag.right, h->lag.count_cutoff[0]);
        else if (alarm == HEALTH_LAG_COUNT_PERMANENT)
            ck_assert_uint_eq(h->lag.right, h->lag.count_cutoff[1]);
        else
            ck_assert_uint_eq(alarm, 0);
        notes |= alarm;
    }
    ck_assert_uint_eq(notes, HEALTH_LAG_COUNT_INTERMITTENT |
                                 HEALTH_LAG_COUNT_PERMANENT);
}
END_TEST

START_TEST(the_lag_window_begins_anew_after_its_guesses)
{
    struct health *h = new_health(CLAIM);
    struct noise noise = {4};
    unsigned ended = 0;

    /* 17 symbols of history once, then a guess a symbol. */
    for (unsigned i = 1; i <= 17 + 3 * (1u << 17); i++)
        if (health_insert(h, (uint8_t)noise_next(&noise)) &
            HEALTH_LAG_WINDOW_ENDED)
            ck_assert_uint_eq(i, 17 + ++ended * (1u << 17));
    ck_assert_uint_eq(ended, 3);
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
        ck_assert_uint_eq(notes & ALARMS, 0);
    }
}
END_TEST

START_TEST(a_reset_forgets_what_was_seen)
{
    struct health *h = new_health(CLAIM);

    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 60; i++)
            ck_assert_uint_eq(health_insert(h, 1) & ALARMS, 0);
        health_reset(h);
    }
    ck_assert(health_insert(h, 1) & HEALTH_RUN_ENDED);
}
END_TEST

START_TEST(alarms_are_described_with_their_counts)
{
    struct health *h = new_health(CLAIM);
    struct reason why;
    unsigned when;

    for (int i = 0; i < 61; i++)
        (void)health_insert(h, 1);
    health_describe(h, HEALTH_RCT_INTERMITTENT, &why);
    ck_assert_str_eq(why.text, "61 equal symbols in a row");
    h = new_health(CLAIM);
    period = 5;
    (void)first_lag_alarm(h, periodic, &when);
    health_describe(h, HEALTH_LAG_RUN_INTERMITTENT, &why);
    ck_assert_ptr_nonnull(strstr(why.text, "symbols in a row foreseen"));
    ck_assert_ptr_nonnull(strstr(why.text, "lag"));
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
        TEST(every_period_up_to_16_is_found_at_once),
        TEST(every_constant_step_is_found_at_once),
        TEST(steps_that_repeat_are_found_where_symbols_do_not),
        TEST(a_run_of_foreseen_symbols_becomes_permanent_at_its_cutoff),
        TEST(the_count_of_foreseen_symbols_fails_at_its_cutoffs),
        TEST(the_lag_window_begins_anew_after_its_guesses),
        TEST(a_source_exactly_at_its_claim_raises_no_alarm),
        TEST(a_reset_forgets_what_was_seen),
        TEST(alarms_are_described_with_their_counts),
        {0},
    };
    return run_tests("health", tests);
}
