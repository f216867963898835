/* SPDX-License-Identifier: MIT */
/* The predictors: what each of them finds, when, and what they let pass. */

#include "daemon/health/predictors.h"

#include "daemon/health/cutoffs.h"
#include "tests/daemon/health/noise.h"
#include "tests/support/run.h"

#include <math.h>
#include <string.h>

#define CLAIM 500

static struct lag lag;
static struct markov markov;

/* What a sequence does: symbol i of it. */
typedef uint8_t sequence(unsigned i);

static unsigned insert_lag(uint8_t symbol)
{
    return lag_insert(&lag, symbol);
}

static unsigned insert_markov(uint8_t symbol)
{
    return markov_insert(&markov, symbol);
}

static void start(unsigned period)
{
    lag_init(&lag, CLAIM, period);
    markov_init(&markov, CLAIM);
}

/* The first alarm and the number of symbols until then; 0: none in `most`. */
static unsigned first_alarm(unsigned (*insert)(uint8_t), sequence *symbol,
                            unsigned most, unsigned *when)
{
    for (*when = 0; *when < most;) {
        unsigned alarm = insert(symbol(*when)) & NOTES_ALARM;
        ++*when;
        if (alarm != 0)
            return alarm;
    }
    return 0;
}

static unsigned run_cutoff(void)
{
    return lag.prediction.cutoff[PREDICTION_RUN][ALARM_INTERMITTENT];
}

static unsigned period;

/* Few different values, so that the symbol before says little. */
static uint8_t periodic(unsigned i)
{
    struct noise noise = {i % period};
    return (uint8_t)(noise_next(&noise) % 5);
}

START_TEST(every_period_up_to_128_is_found_soon)
{
    for (period = 2; period <= LAG_MAX; period++) {
        unsigned when;
        start(0);
        ck_assert_uint_eq(first_alarm(insert_lag, periodic, 1024, &when),
                          LAG_INTERMITTENT);
        /* The winner is settled after one or two rounds. */
        ck_assert_uint_le(when, 2 * LAG_ROUND + run_cutoff());
        ck_assert_uint_eq(lag.prediction.right[PREDICTION_RUN], run_cutoff());
    }
}
END_TEST

START_TEST(the_sources_own_period_is_found_beyond_128)
{
    static const unsigned own[] = {130, 192, 500, LAG_PERIOD_MAX};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        unsigned when;
        period = own[i];
        start(0);
        ck_assert_uint_eq(first_alarm(insert_lag, periodic, 20000, &when), 0);
        start(period);
        ck_assert_uint_eq(first_alarm(insert_lag, periodic, 20000, &when),
                          LAG_INTERMITTENT);
        ck_assert_uint_le(when, period + 2 * LAG_ROUND + run_cutoff());
    }
}
END_TEST

static unsigned step;

static uint8_t stepping(unsigned i)
{
    return (uint8_t)(i * step);
}

START_TEST(every_constant_step_is_found_soon)
{
    for (step = 1; step < 256; step++) {
        unsigned when;
        start(0);
        ck_assert_uint_eq(first_alarm(insert_lag, stepping, 1024, &when),
                          LAG_INTERMITTENT);
        ck_assert_uint_le(when, 2 * LAG_ROUND + run_cutoff());
    }
}
END_TEST

/* A ramp with a pattern of `period` steps upon it: no symbol comes again
 * soon. */
static uint8_t sawtooth(unsigned i)
{
    uint8_t sum = 0;
    for (unsigned j = 0; j < i % period; j++) {
        struct noise noise = {j};
        sum = (uint8_t)(sum + noise_next(&noise));
    }
    return (uint8_t)(i / period * 101 + sum);
}

START_TEST(steps_that_repeat_are_found_where_symbols_do_not)
{
    static const unsigned periods[] = {2, 5, 16, 24, 63};
    for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
        unsigned when;
        period = periods[i];
        start(0);
        ck_assert_uint_eq(first_alarm(insert_lag, sawtooth, 1024, &when),
                          LAG_INTERMITTENT);
    }
}
END_TEST

/* A generator that goes through all 256 values: period 256. */
static uint8_t congruential(unsigned i)
{
    uint8_t x = 0;
    for (unsigned j = 0; j < i % 256; j++)
        x = (uint8_t)(5 * x + 77);
    return x;
}

static struct noise errors;

/* Right nine times in ten, as the last symbol goes. */
static uint8_t nearly_congruential(unsigned i)
{
    static uint8_t last;
    last = i == 0 || noise_below(&errors, 10) == 0
               ? (uint8_t)noise_next(&errors)
               : (uint8_t)(5 * last + 77);
    return last;
}

START_TEST(what_the_last_symbol_decides_is_found_by_the_first_order)
{
    unsigned when;
    start(0);
    ck_assert_uint_eq(first_alarm(insert_markov, congruential, 20000, &when),
                      MARKOV_INTERMITTENT);
    ck_assert_uint_le(when, 256 + run_cutoff() + 1);
}
END_TEST

START_TEST(also_where_it_decides_only_nine_times_in_ten)
{
    errors.state = 9;
    for (int round = 0; round < 20; round++) {
        unsigned when;
        start(0);
        ck_assert_uint_eq(
            first_alarm(insert_markov, nearly_congruential, 20000, &when),
            MARKOV_INTERMITTENT);
        ck_assert_uint_le(when, CUTOFF_SHORT_WINDOW);
    }
}
END_TEST

/* The same as the last symbol with p = 0.75: 0.41 bit. "Another one" is one of
 * several values, so that none is common. */
static uint8_t sticky(unsigned i)
{
    static uint8_t last;
    if (i == 0 || !noise_chance(&errors, 0.75))
        last = (uint8_t)(last + 1 + noise_below(&errors, 199));
    return last;
}

START_TEST(a_sticky_source_is_found_within_20000_symbols)
{
    unsigned latest = 0;
    errors.state = 4;
    for (long round = 0; round < scaled(200); round++) {
        unsigned when;
        start(0);
        ck_assert_uint_eq(first_alarm(insert_lag, sticky, 20000, &when),
                          LAG_INTERMITTENT);
        latest = when > latest ? when : latest;
    }
    ck_assert_uint_le(latest, 20000);
}
END_TEST

START_TEST(a_run_of_right_predictions_becomes_permanent_at_its_cutoff)
{
    unsigned when;
    unsigned permanent;
    start(0);
    permanent = lag.prediction.cutoff[PREDICTION_RUN][ALARM_PERMANENT];
    period = 9;
    (void)first_alarm(insert_lag, periodic, 1024, &when);
    for (unsigned run = run_cutoff() + 1; run <= permanent; run++)
        ck_assert_uint_eq(lag_insert(&lag, periodic(when++)) & NOTES_ALARM,
                          run == permanent ? LAG_PERMANENT : 0);
}
END_TEST

/* Predicted often, but never long in a row: every 20th symbol is another. */
START_TEST(counts_of_a_short_window_fail_at_their_cutoffs)
{
    const struct prediction *p = &lag.prediction;
    unsigned alarms[2] = {0, 0};
    start(0);
    period = 7;
    for (unsigned i = 0; i < CUTOFF_SHORT_WINDOW; i++) {
        uint8_t symbol = i % 20 != 0 ? periodic(i) : (uint8_t)(99 + i);
        unsigned alarm = lag_insert(&lag, symbol) & NOTES_ALARM;
        for (int level = 0; level < ALARM_LEVEL_COUNT; level++) {
            if ((alarm & ((unsigned)LAG_INTERMITTENT << (4 * level))) == 0)
                continue;
            ck_assert_uint_eq(p->right[PREDICTION_SHORT],
                              p->cutoff[PREDICTION_SHORT][level]);
            alarms[level]++;
        }
    }
    ck_assert_uint_eq(alarms[0], 1);
    ck_assert_uint_eq(alarms[1], 1);
}
END_TEST

/* p = 0.715: 0.484 bit, too small an excess for a short window. */
static uint8_t a_little_sticky(unsigned i)
{
    static uint8_t last;
    if (i == 0 || !noise_chance(&errors, 0.715))
        last = (uint8_t)(last + 1 + noise_below(&errors, 199));
    return last;
}

START_TEST(a_small_excess_is_found_by_the_long_window)
{
    unsigned when;
    start(0);
    errors.state = 5;
    ck_assert_uint_eq(first_alarm(insert_lag, a_little_sticky, 1u << 20, &when),
                      LAG_INTERMITTENT);
    ck_assert_uint_eq(lag.prediction.right[PREDICTION_LONG],
                      lag.prediction.cutoff[PREDICTION_LONG][0]);
}
END_TEST

START_TEST(windows_begin_again_after_their_predictions)
{
    struct noise noise = {4};
    start(0);
    for (unsigned i = 1; i <= 3 * CUTOFF_LONG_WINDOW; i++) {
        (void)lag_insert(&lag, (uint8_t)noise_next(&noise));
        if (i % CUTOFF_SHORT_WINDOW == 1) {
            ck_assert_uint_le(lag.prediction.right[PREDICTION_SHORT], 1);
            ck_assert_uint_eq(lag.prediction.seen, i % CUTOFF_LONG_WINDOW);
        }
    }
}
END_TEST

START_TEST(a_test_has_ended_once_no_alarm_of_its_can_grow)
{
    unsigned notes = 0;
    unsigned i = 0;
    start(0);
    period = 3;
    while (((notes = lag_insert(&lag, periodic(i++))) & NOTES_ALARM) == 0)
        ;
    ck_assert_uint_eq(notes & LAG_ENDED, 0);
    ck_assert_uint_eq(lag_insert(&lag, periodic(i++)) & LAG_ENDED, 0);
    ck_assert_uint_eq(lag_insert(&lag, 200) & LAG_ENDED, LAG_ENDED);
}
END_TEST

START_TEST(a_count_ends_with_its_window)
{
    unsigned notes;
    unsigned i = 0;
    start(0);
    period = 7;
    do {
        notes = lag_insert(&lag, i % 20 != 0 ? periodic(i) : (uint8_t)i);
        i++;
    } while ((notes & NOTES_ALARM) == 0);
    for (struct noise noise = {6}; i < CUTOFF_SHORT_WINDOW; i++)
        ck_assert_uint_eq(lag_insert(&lag, (uint8_t)noise_next(&noise)) &
                              LAG_ENDED,
                          i == CUTOFF_SHORT_WINDOW - 1 ? LAG_ENDED : 0);
}
END_TEST

START_TEST(a_reset_forgets_what_was_seen)
{
    period = 4;
    start(0);
    for (int round = 0; round < 20; round++) {
        for (unsigned i = 0; i < 70; i++) {
            ck_assert_uint_eq(lag_insert(&lag, periodic(i)) & NOTES_ALARM, 0);
            ck_assert_uint_eq(markov_insert(&markov, periodic(i)) & NOTES_ALARM,
                              0);
        }
        lag_reset(&lag);
        markov_reset(&markov);
    }
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(every_period_up_to_128_is_found_soon),
        TEST(the_sources_own_period_is_found_beyond_128),
        TEST(every_constant_step_is_found_soon),
        TEST(steps_that_repeat_are_found_where_symbols_do_not),
        TEST(what_the_last_symbol_decides_is_found_by_the_first_order),
        TEST(also_where_it_decides_only_nine_times_in_ten),
        TEST(a_sticky_source_is_found_within_20000_symbols),
        TEST(a_run_of_right_predictions_becomes_permanent_at_its_cutoff),
        TEST(counts_of_a_short_window_fail_at_their_cutoffs),
        TEST(a_small_excess_is_found_by_the_long_window),
        TEST(windows_begin_again_after_their_predictions),
        TEST(a_test_has_ended_once_no_alarm_of_its_can_grow),
        TEST(a_count_ends_with_its_window),
        TEST(a_reset_forgets_what_was_seen),
        {0},
    };
    return run_tests("predictors", tests);
}
