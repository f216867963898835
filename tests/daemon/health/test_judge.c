/* SPDX-License-Identifier: MIT */
/* The judge, on made-up noise: what each fault raises first, what is held back
 * from the ring, and how a source comes back. */

#include "daemon/health/judge.h"

#include "daemon/health/cutoffs.h"
#include "daemon/health/startup_test.h"
#include "tests/daemon/health/noise.h"
#include "tests/support/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RING (1u << 16)
#define CLEAN                                                                  \
    (JUDGE_WARM_UP + STARTUP_TEST_SAMPLES) /* samples until a pass             \
                                            */

static const struct collector collector = {.name = "test"};

/* Clocks: nanoseconds, and 24 MHz (125/3 ns a tick). */
static uint64_t ns_clock(uint64_t ticks)
{
    return ticks;
}

static uint64_t mhz24_clock(uint64_t ticks)
{
    return ticks * 125 / 3;
}

struct bench {
    struct source source;
    struct judge *judge;
    struct noise noise;
    uint64_t next; /* samples handed in so far */
};

static struct bench bench;

static struct bench *new_bench(unsigned claim_millibits, uint64_t step,
                               uint64_t (*clock)(uint64_t))
{
    struct bench *b = &bench;
    bool is_locked = true;

    memset(b, 0, sizeof(*b));
    b->noise.state = 42;
    ck_assert_int_eq(source_init(&b->source, &collector, claim_millibits, RING,
                                 SOURCE_STARTING, NULL, &is_locked),
                     0);
    b->judge = judge_create(&b->source, step, clock);
    ck_assert_ptr_nonnull(b->judge);
    return b;
}

static void end(struct bench *b)
{
    judge_destroy(b->judge);
    source_fini(&b->source);
}

/* A stream: sample number i. */
typedef uint64_t stream(struct noise *noise, uint64_t i);

/* Hands in samples one at a time until something happens or n are through. */
static struct judge_outcome feed(struct bench *b, stream *sample, uint64_t n)
{
    struct judge_outcome outcome = {0};
    uint64_t used = 0;
    uint64_t first = b->next;

    while (n-- > 0 && outcome.event == JUDGE_NOTHING) {
        uint64_t ticks = sample(&b->noise, b->next++);

        judge_samples(b->judge, &ticks, 1, &outcome);
        used += outcome.used;
    }
    /* Asked here, not at each sample: check writes every claim to a file. */
    ck_assert_uint_eq(used, b->next - first);
    return outcome;
}

static uint64_t good(struct noise *noise, uint64_t i)
{
    (void)i;
    return noise_24mhz(noise);
}

static void pass(struct bench *b)
{
    struct judge_outcome o = feed(b, good, CLEAN);

    ck_assert_msg(o.event == JUDGE_PASSED, "%s", o.why.text);
}

static uint64_t alarms(const struct bench *b, enum alarm_test test,
                       enum alarm_level level)
{
    return atomic_load(&b->source.alarms[test].raised[level]);
}

/* Takes what the ring has; wants every sample to be below `limit`. */
static size_t drain(struct bench *b, uint64_t limit)
{
    static uint64_t ticks[RING];
    size_t n = source_take(&b->source, ticks, RING);
    uint64_t largest = 0;

    for (size_t i = 0; i < n; i++)
        largest = ticks[i] > largest ? ticks[i] : largest;
    ck_assert_uint_lt(largest, limit);
    return n;
}

/* Starting up. */

START_TEST(samples_count_once_the_start_up_test_is_passed)
{
    struct bench *b = new_bench(500, 1, mhz24_clock);
    struct judge_outcome o = feed(b, good, CLEAN - 1);

    ck_assert_int_eq(o.event, JUDGE_NOTHING);
    ck_assert_uint_eq(source_available(&b->source), 0);
    o = feed(b, good, 1);
    ck_assert_int_eq(o.event, JUDGE_PASSED);
    ck_assert_str_eq(o.why.text, "");
    ck_assert_uint_ge(source_available(&b->source), STARTUP_TEST_SAMPLES - 4);
    ck_assert_uint_eq(b->source.samples_total, CLEAN);
    ck_assert_uint_eq(b->source.discarded_total, JUDGE_WARM_UP);
    ck_assert_uint_eq(b->source.step_q16, SOURCE_STEP_ONE);
    ck_assert_uint_eq(b->source.granularity_q16, SOURCE_STEP_ONE);
    ck_assert_uint_eq(b->source.starts, 1);
    ck_assert_uint_ge(b->source.estimate_millibits, 2000);
    end(b);
}
END_TEST

START_TEST(the_warm_up_never_reaches_the_ring)
{
    struct bench *b = new_bench(500, 1, ns_clock);
    struct judge_outcome o = {0};

    for (uint64_t i = 0; i < CLEAN; i++) {
        uint64_t ticks = i < JUDGE_WARM_UP ? 1000000 + i : good(&b->noise, i);

        judge_samples(b->judge, &ticks, 1, &o);
    }
    ck_assert_int_eq(o.event, JUDGE_PASSED);
    ck_assert_uint_gt(drain(b, 10000), 1000);
    end(b);
}
END_TEST

static uint64_t good_in_fours(struct noise *noise, uint64_t i)
{
    return 4 * good(noise, i);
}

START_TEST(the_divisor_of_the_samples_is_found_and_published)
{
    struct bench *b = new_bench(500, 2, ns_clock);
    struct judge_outcome o = feed(b, good_in_fours, CLEAN);

    ck_assert_int_eq(o.event, JUDGE_PASSED);
    ck_assert_uint_eq(b->source.step_q16, 4 * SOURCE_STEP_ONE);
    ck_assert_uint_eq(b->source.granularity_q16, 4 * SOURCE_STEP_ONE);
    end(b);
}
END_TEST

START_TEST(a_24_mhz_clock_in_whole_ns_has_the_granularity_of_its_step)
{
    struct bench *b = new_bench(500, 41, ns_clock);

    for (uint64_t i = 0; i < CLEAN; i++) {
        struct judge_outcome o;
        uint64_t ticks = mhz24_clock(good(&b->noise, i));

        judge_samples(b->judge, &ticks, 1, &o);
        ck_assert_int_eq(o.event,
                         i == CLEAN - 1 ? JUDGE_PASSED : JUDGE_NOTHING);
    }
    ck_assert(fabs((double)b->source.step_q16 / SOURCE_STEP_ONE - 125.0 / 3) <
              0.01);
    ck_assert_uint_eq(b->source.granularity_q16, b->source.step_q16);
    end(b);
}
END_TEST

static uint64_t one_value_72(struct noise *noise, uint64_t i)
{
    (void)i;
    return noise_chance(noise, 0.72) ? 300 : 1000 + noise_below(noise, 200);
}

START_TEST(the_live_estimate_lowers_the_credit_while_every_test_passes)
{
    struct bench *b = new_bench(500, 1, ns_clock);

    pass(b);
    ck_assert_uint_eq(source_credit_millibits(&b->source), 500);
    ck_assert_int_eq(feed(b, one_value_72, 65536).event, JUDGE_NOTHING);
    /* -log2(0.72) is 0.474; the bound lies a little lower. */
    ck_assert_uint_lt(source_credit_millibits(&b->source), 474);
    ck_assert_uint_gt(source_credit_millibits(&b->source), 450);
    ck_assert(source_is_below_claim(&b->source));
    ck_assert_int_eq(feed(b, good, 65536).event, JUDGE_NOTHING);
    ck_assert_uint_eq(source_credit_millibits(&b->source), 500);
    ck_assert(!source_is_below_claim(&b->source));
    end(b);
}
END_TEST

/* Faults, from the first sample on. */

static uint64_t stuck(struct noise *noise, uint64_t i)
{
    (void)noise;
    (void)i;
    return 4200;
}

static uint64_t zero(struct noise *noise, uint64_t i)
{
    (void)noise;
    (void)i;
    return 0;
}

START_TEST(a_stuck_source_fails_by_repetition_before_anything_else)
{
    static stream *const streams[] = {stuck, zero};

    for (size_t i = 0; i < 2; i++) {
        struct bench *b = new_bench(500, 1, ns_clock);
        struct judge_outcome o = feed(b, streams[i], CLEAN);

        ck_assert_int_eq(o.event, JUDGE_PERMANENT);
        ck_assert_int_eq(o.test, ALARM_RCT);
        ck_assert_int_eq(o.level, ALARM_PERMANENT);
        ck_assert_str_eq(o.why.text,
                         "permanent rct alarm: 121 equal symbols in a row");
        ck_assert_uint_eq(alarms(b, ALARM_RCT, ALARM_INTERMITTENT), 1);
        ck_assert_uint_eq(alarms(b, ALARM_APT, ALARM_INTERMITTENT), 0);
        ck_assert_uint_eq(alarms(b, ALARM_LAG, ALARM_INTERMITTENT), 0);
        ck_assert_uint_eq(source_available(&b->source), 0);
        end(b);
    }
}
END_TEST

/* One value n times in every 20 samples, in random places, so that it makes no
 * long runs; the others as good as any. */
static uint64_t mostly_one(struct noise *noise, uint64_t i, unsigned n)
{
    static bool is_it[20];

    if (i % 20 == 0) {
        memset(is_it, 0, sizeof(is_it));
        for (unsigned placed = 0; placed < n;) {
            size_t at = noise_below(noise, 20);

            placed += !is_it[at];
            is_it[at] = true;
        }
    }
    return is_it[i % 20] ? 300 : 1000 + noise_below(noise, 200);
}

static uint64_t one_value_80(struct noise *noise, uint64_t i)
{
    /* Drawn independently: a steady 80 % never reaches 422 of 512. */
    (void)i;
    return noise_chance(noise, 0.8) ? 300 : 1000 + noise_below(noise, 200);
}

static uint64_t one_value_95(struct noise *noise, uint64_t i)
{
    return mostly_one(noise, i, 19);
}

/* Feeds until the first alarm. */
static struct judge_outcome first_alarm(struct bench *b, stream *sample)
{
    struct judge_outcome o;

    do
        o = feed(b, sample, 1u << 18);
    while (o.event == JUDGE_PASSED);
    return o;
}

START_TEST(one_value_80_percent_of_the_time_is_an_intermittent_apt_alarm)
{
    struct bench *b = new_bench(500, 1, ns_clock);
    struct judge_outcome o = first_alarm(b, one_value_80);

    ck_assert_int_eq(o.event, JUDGE_INTERMITTENT);
    ck_assert_int_eq(o.test, ALARM_APT);
    ck_assert_int_eq(o.level, ALARM_INTERMITTENT);
    ck_assert_uint_eq(alarms(b, ALARM_RCT, ALARM_INTERMITTENT), 0);
    /* It goes on like this: the third one fails the source. */
    while (o.event != JUDGE_PERMANENT)
        o = first_alarm(b, one_value_80);
    ck_assert_int_eq(o.test, ALARM_APT);
    ck_assert_int_eq(o.level, ALARM_INTERMITTENT);
    ck_assert_ptr_nonnull(strstr(o.why.text, "third alarm"));
    ck_assert_uint_eq(alarms(b, ALARM_APT, ALARM_INTERMITTENT), 3);
    ck_assert_uint_eq(alarms(b, ALARM_APT, ALARM_PERMANENT), 0);
    end(b);
}
END_TEST

START_TEST(one_value_95_percent_of_the_time_is_a_permanent_apt_alarm)
{
    struct bench *b = new_bench(500, 1, ns_clock);
    struct judge_outcome o = first_alarm(b, one_value_95);

    ck_assert_int_eq(o.event, JUDGE_PERMANENT);
    ck_assert_int_eq(o.test, ALARM_APT);
    ck_assert_int_eq(o.level, ALARM_PERMANENT);
    ck_assert_uint_eq(alarms(b, ALARM_RCT, ALARM_INTERMITTENT), 0);
    end(b);
}
END_TEST

static unsigned period;

static uint64_t periodic(struct noise *noise, uint64_t i)
{
    struct noise fixed = {i % period};

    (void)noise;
    return 1000 + noise_below(&fixed, 250);
}

START_TEST(every_period_from_2_to_128_is_predicted)
{
    for (period = 2; period <= 128; period++) {
        struct bench *b = new_bench(500, 1, ns_clock);
        struct judge_outcome o = first_alarm(b, periodic);

        ck_assert_int_eq(o.event, JUDGE_PERMANENT);
        ck_assert(o.test == ALARM_LAG || o.test == ALARM_MARKOV);
        ck_assert_uint_eq(alarms(b, ALARM_RCT, ALARM_INTERMITTENT), 0);
        ck_assert_uint_eq(alarms(b, ALARM_APT, ALARM_INTERMITTENT), 0);
        ck_assert_uint_eq(source_available(&b->source), 0);
        end(b);
    }
}
END_TEST

static uint64_t stepping(struct noise *noise, uint64_t i)
{
    (void)noise;
    return 1000 + 7 * i;
}

START_TEST(a_constant_step_is_a_lag_alarm)
{
    struct bench *b = new_bench(500, 1, ns_clock);
    struct judge_outcome o = first_alarm(b, stepping);

    ck_assert_int_eq(o.event, JUDGE_PERMANENT);
    ck_assert_int_eq(o.test, ALARM_LAG);
    end(b);
}
END_TEST

static uint64_t microseconds(struct noise *noise, uint64_t i)
{
    return good(noise, i) * 1000;
}

START_TEST(samples_in_whole_microseconds_are_refused)
{
    struct bench *b = new_bench(500, 1, ns_clock);
    struct judge_outcome o = feed(b, microseconds, CLEAN);

    ck_assert_int_eq(o.event, JUDGE_REFUSED);
    ck_assert_str_eq(o.why.text,
                     "clock granularity of 1000 ns, must be below 1000 ns");
    ck_assert_uint_eq(source_available(&b->source), 0);
    end(b);
}
END_TEST

START_TEST(a_clock_that_steps_by_a_microsecond_is_refused)
{
    struct bench *b = new_bench(500, 1000, ns_clock);
    struct judge_outcome o = feed(b, good, CLEAN);

    ck_assert_int_eq(o.event, JUDGE_REFUSED);
    end(b);
    b = new_bench(500, 999, ns_clock);
    o = feed(b, good, CLEAN);
    ck_assert_int_eq(o.event, JUDGE_PASSED);
    end(b);
}
END_TEST

static uint64_t two_values(struct noise *noise, uint64_t i)
{
    (void)i;
    return noise_below(noise, 3) ? 42 : 41;
}

static unsigned values;

static uint64_t few_values(struct noise *noise, uint64_t i)
{
    (void)i;
    return 41 + noise_below(noise, values);
}

START_TEST(fewer_than_16_symbols_are_refused)
{
    struct bench *b = new_bench(500, 41, ns_clock);
    struct judge_outcome o = feed(b, two_values, CLEAN);

    ck_assert_int_eq(o.event, JUDGE_REFUSED);
    ck_assert_str_eq(o.why.text,
                     "2 distinct symbols in 1024 samples, must be 16 or more");
    end(b);
    for (values = 15; values <= 16; values++) {
        b = new_bench(500, 41, ns_clock);
        o = feed(b, few_values, CLEAN);
        ck_assert_int_eq(o.event, values == 15 ? JUDGE_REFUSED : JUDGE_PASSED);
        end(b);
    }
}
END_TEST

START_TEST(after_a_refusal_nothing_is_judged_until_a_restart)
{
    struct bench *b = new_bench(500, 1, ns_clock);

    (void)feed(b, microseconds, CLEAN);
    ck_assert_int_eq(feed(b, good, 5000).event, JUDGE_NOTHING);
    ck_assert_uint_eq(source_available(&b->source), 0);
    ck_assert_uint_eq(b->source.discarded_total, b->source.samples_total);
    judge_restart(b->judge);
    pass(b);
    end(b);
}
END_TEST

/* Faults that come later. */

static uint64_t bad_value = 1u << 20; /* far above every good sample */

static uint64_t stuck_bad(struct noise *noise, uint64_t i)
{
    (void)noise;
    (void)i;
    return bad_value;
}

START_TEST(nothing_of_an_alarms_window_or_run_reaches_the_ring)
{
    /* The fault begins at every place of a window, the last ones included, so
     * that its run crosses the border. */
    for (uint64_t start = 0; start < 512; start++) {
        struct bench *b = new_bench(500, 1, ns_clock);
        struct judge_outcome o;

        pass(b);
        (void)feed(b, good, 512 + start);
        for (int i = 0; i < 60; i++) {
            o = feed(b, stuck_bad, 1);
            ck_assert_int_eq(o.event, JUDGE_NOTHING);
            /* A lone last symbol of a window is not a run: at most that. */
            (void)drain(b, bad_value + (start == 511));
        }
        o = feed(b, stuck_bad, 1);
        ck_assert_int_eq(o.event, JUDGE_INTERMITTENT);
        ck_assert_int_eq(o.test, ALARM_RCT);
        ck_assert_uint_eq(source_available(&b->source), 0);
        end(b);
    }
}
END_TEST

START_TEST(an_alarm_flushes_what_waits_in_the_ring)
{
    struct bench *b = new_bench(500, 1, ns_clock);

    pass(b);
    (void)feed(b, good, 5120);
    ck_assert_uint_ge(source_available(&b->source), 5120);
    ck_assert_int_eq(feed(b, stuck_bad, 100).event, JUDGE_INTERMITTENT);
    ck_assert_uint_eq(source_available(&b->source), 0);
    source_sweep(&b->source);
    ck_assert_uint_eq(b->source.discarded_total, b->source.samples_total);
    end(b);
}
END_TEST

START_TEST(a_run_that_goes_on_becomes_permanent_at_its_own_cutoff)
{
    struct bench *b = new_bench(500, 1, ns_clock);
    struct judge_outcome o;

    pass(b);
    (void)feed(b, good, 700);
    ck_assert_int_eq(feed(b, stuck_bad, 61).event, JUDGE_INTERMITTENT);
    ck_assert_int_eq(feed(b, stuck_bad, 59).event, JUDGE_NOTHING);
    o = feed(b, stuck_bad, 1);
    ck_assert_int_eq(o.event, JUDGE_PERMANENT);
    ck_assert_int_eq(o.test, ALARM_RCT);
    ck_assert_int_eq(o.level, ALARM_PERMANENT);
    ck_assert_uint_eq(alarms(b, ALARM_RCT, ALARM_INTERMITTENT), 1);
    ck_assert_uint_eq(alarms(b, ALARM_RCT, ALARM_PERMANENT), 1);
    end(b);
}
END_TEST

START_TEST(a_window_that_goes_on_becomes_permanent_at_its_own_cutoff)
{
    struct bench *b = new_bench(500, 1, ns_clock);
    struct judge_outcome o;

    pass(b); /* windows begin with the next sample */
    b->next = 0;
    o = feed(b, one_value_95, 512);
    ck_assert_int_eq(o.event, JUDGE_INTERMITTENT);
    ck_assert_int_eq(o.test, ALARM_APT);
    o = feed(b, one_value_95, 512 - b->next);
    ck_assert_int_eq(o.event, JUDGE_PERMANENT);
    ck_assert_int_eq(o.test, ALARM_APT);
    ck_assert_int_eq(o.level, ALARM_PERMANENT);
    end(b);
}
END_TEST

START_TEST(a_source_recovers_by_a_start_up_test_on_fresh_samples)
{
    struct bench *b = new_bench(500, 1, ns_clock);
    struct judge_outcome o;
    uint64_t alarm_at;

    pass(b);
    (void)feed(b, good, 512 + 300);
    o = feed(b, stuck_bad, 61);
    ck_assert_int_eq(o.event, JUDGE_INTERMITTENT);
    alarm_at = b->next;
    o = feed(b, good, 4096);
    ck_assert_int_eq(o.event, JUDGE_PASSED);
    /* First to the end of the window it was in, then warm-up and test. */
    ck_assert_uint_eq(b->next - alarm_at, 512 - 300 - 61 + CLEAN);
    ck_assert_uint_gt(drain(b, bad_value), 1000);
    end(b);
}
END_TEST

/* One intermittent alarm, then back to health. */
static struct judge_outcome alarm_and_recover(struct bench *b)
{
    struct judge_outcome o = feed(b, stuck_bad, 61);

    if (o.event == JUDGE_INTERMITTENT)
        ck_assert_int_eq(feed(b, good, 4096).event, JUDGE_PASSED);
    return o;
}

START_TEST(the_third_alarm_in_2_to_the_20_samples_is_a_failure)
{
    struct bench *b = new_bench(500, 1, ns_clock);
    struct judge_outcome o;

    pass(b);
    ck_assert_int_eq(alarm_and_recover(b).event, JUDGE_INTERMITTENT);

    uint64_t first = b->next;

    ck_assert_int_eq(alarm_and_recover(b).event, JUDGE_INTERMITTENT);
    (void)feed(b, good, JUDGE_ALARM_MEMORY - 10000 - (b->next - first));
    o = feed(b, stuck_bad, 61);
    ck_assert_int_eq(o.event, JUDGE_PERMANENT);
    ck_assert_int_eq(o.level, ALARM_INTERMITTENT);
    ck_assert_int_eq(o.test, ALARM_RCT);
    ck_assert_uint_eq(alarms(b, ALARM_RCT, ALARM_INTERMITTENT), 3);
    ck_assert_uint_eq(alarms(b, ALARM_RCT, ALARM_PERMANENT), 0);
    end(b);
}
END_TEST

START_TEST(the_third_alarm_later_than_that_is_not)
{
    struct bench *b = new_bench(500, 1, ns_clock);

    pass(b);
    (void)alarm_and_recover(b);
    (void)alarm_and_recover(b);
    (void)feed(b, good, JUDGE_ALARM_MEMORY);
    ck_assert_int_eq(alarm_and_recover(b).event, JUDGE_INTERMITTENT);
    /* But now there were two in short time: the next one fails it. */
    ck_assert_int_eq(alarm_and_recover(b).event, JUDGE_INTERMITTENT);
    judge_restart(b->judge); /* which forgets no alarm */
    pass(b);
    ck_assert_int_eq(alarm_and_recover(b).event, JUDGE_PERMANENT);
    end(b);
}
END_TEST

/* Pauses, selftests, restarts. */

START_TEST(a_pause_drops_a_warm_up_and_keeps_what_was_held)
{
    struct bench *b = new_bench(500, 1, ns_clock);
    size_t before;

    pass(b);
    (void)feed(b, good, 500);
    before = source_available(&b->source);
    judge_resumed(b->judge);
    (void)feed(b, stuck_bad, JUDGE_WARM_UP); /* stale: never looked at */
    ck_assert_uint_eq(source_available(&b->source), before);
    (void)feed(b, good, 12);
    ck_assert_uint_ge(source_available(&b->source), before + 510);
    (void)drain(b, bad_value);
    end(b);
}
END_TEST

START_TEST(a_pause_restarts_a_start_up_test)
{
    struct bench *b = new_bench(500, 1, ns_clock);

    (void)feed(b, good, CLEAN - 1);
    judge_resumed(b->judge);
    ck_assert_int_eq(feed(b, good, CLEAN - 1).event, JUDGE_NOTHING);
    ck_assert_int_eq(feed(b, good, 1).event, JUDGE_PASSED);
    end(b);
}
END_TEST

START_TEST(a_passed_selftest_flushes_nothing)
{
    struct bench *b = new_bench(500, 1, ns_clock);
    size_t before;

    pass(b);
    (void)feed(b, good, 333);
    before = source_available(&b->source);
    judge_selftest(b->judge);
    ck_assert_int_eq(feed(b, good, 100).event, JUDGE_NOTHING);
    judge_selftest(b->judge); /* joins the one that runs */
    ck_assert_int_eq(feed(b, good, STARTUP_TEST_SAMPLES - 101).event,
                     JUDGE_NOTHING);
    ck_assert_int_eq(feed(b, good, 1).event, JUDGE_PASSED);
    ck_assert_uint_ge(source_available(&b->source), before + 1000);
    ck_assert_uint_eq(b->source.starts, 2);
    ck_assert_int_eq(feed(b, good, 5000).event, JUDGE_NOTHING);
    end(b);
}
END_TEST

START_TEST(a_selftest_finds_too_few_symbols)
{
    struct bench *b = new_bench(250, 1, ns_clock);

    pass(b);
    judge_selftest(b->judge);
    values = 15;
    ck_assert_int_eq(feed(b, few_values, STARTUP_TEST_SAMPLES).event,
                     JUDGE_REFUSED);
    ck_assert_uint_eq(source_available(&b->source), 0);
    end(b);
}
END_TEST

START_TEST(a_selftest_has_windows_of_its_own)
{
    struct bench *b = new_bench(500, 1, ns_clock);
    struct judge_outcome o;

    /* 95 % of one value, half in one window of the running tests and half in
     * the next: they do not mind, the selftest does. */
    pass(b);
    (void)feed(b, good, 256);
    judge_selftest(b->judge);
    b->next = 0;
    o = feed(b, one_value_95, 512);
    ck_assert_int_eq(o.event, JUDGE_INTERMITTENT);
    ck_assert_int_eq(o.test, ALARM_APT);
    /* Its window goes on. */
    o = feed(b, one_value_95, 512 - b->next);
    ck_assert_int_eq(o.event, JUDGE_PERMANENT);
    end(b);
}
END_TEST

START_TEST(a_restart_flushes_and_tests_again)
{
    struct bench *b = new_bench(500, 1, ns_clock);

    pass(b);
    (void)feed(b, good, 2000);
    judge_restart(b->judge);
    ck_assert_uint_eq(source_available(&b->source), 0);
    ck_assert_uint_eq(b->source.estimate_millibits, 0);
    pass(b);
    ck_assert_uint_eq(b->source.starts, 2);
    end(b);
}
END_TEST

START_TEST(room_counts_what_is_held_and_is_enough)
{
    struct bench *b = new_bench(500, 1, ns_clock);

    ck_assert_uint_eq(judge_room(b->judge), RING);
    (void)feed(b, good, JUDGE_WARM_UP + 10);
    ck_assert_uint_eq(judge_room(b->judge), RING - 10);
    pass(b);
    while (judge_room(b->judge) > 0)
        (void)feed(b, good,
                   judge_room(b->judge) < 200 ? judge_room(b->judge) : 200);
    ck_assert_uint_eq(b->source.discarded_total, JUDGE_WARM_UP);
    ck_assert_uint_ge(source_available(&b->source), RING - 1024);
    /* What is judged beyond is lost, and counted. */
    (void)feed(b, good, 2048);
    ck_assert_uint_gt(b->source.discarded_total, JUDGE_WARM_UP);
    end(b);
}
END_TEST

START_TEST(what_is_wanted_completes_the_start_up_test_or_a_window)
{
    struct bench *b = new_bench(500, 1, mhz24_clock);
    ck_assert_uint_eq(judge_wanted(b->judge), CLEAN);
    (void)feed(b, good, 10);
    ck_assert_uint_eq(judge_wanted(b->judge), CLEAN - 10);
    struct judge_outcome o = feed(b, good, CLEAN - 10);
    ck_assert_int_eq(o.event, JUDGE_PASSED);
    for (int window = 0; window < 20; window++) {
        ck_assert_uint_eq(judge_wanted(b->judge), CUTOFF_APT_WINDOW);
        uint64_t before = source_available(&b->source);
        (void)feed(b, good, CUTOFF_APT_WINDOW - 1);
        ck_assert_uint_eq(judge_wanted(b->judge), 1);
        ck_assert_uint_eq(source_available(&b->source), before);
        (void)feed(b, good, 1);
        ck_assert_uint_gt(source_available(&b->source), before);
        (void)drain(b, UINT64_MAX);
    }
    judge_resumed(b->judge);
    ck_assert_uint_eq(judge_wanted(b->judge),
                      JUDGE_WARM_UP + CUTOFF_APT_WINDOW);
    end(b);
}
END_TEST

START_TEST(batches_judge_as_single_samples_do)
{
    struct bench *b = new_bench(500, 1, ns_clock);
    uint64_t batch[300];
    uint64_t handed = 0;
    struct judge_outcome o;

    while (handed < 5000) {
        size_t n = 1 + noise_below(&b->noise, 300);

        for (size_t i = 0; i < n; i++)
            batch[i] = good(&b->noise, i);
        for (size_t done = 0; done < n; done += o.used) {
            judge_samples(b->judge, batch + done, n - done, &o);
            ck_assert_uint_ge(o.used, 1);
            if (o.event == JUDGE_PASSED)
                ck_assert_uint_eq(handed + done + o.used, CLEAN);
            else
                ck_assert_uint_eq(done + o.used, n);
        }
        handed += n;
    }
    ck_assert_uint_eq(b->source.samples_total, handed);
    end(b);
}
END_TEST

/* ENTROPYD_GOOD_SAMPLES asks for more of them (run once with 100000000). */
START_TEST(good_noise_raises_no_alarm)
{
    const char *wanted =
        getenv("ENTROPYD_GOOD_SAMPLES"); /* NOLINT: one thread */
    long n = wanted ? strtol(wanted, NULL, 10) : scaled(1000000);
    struct bench *b = new_bench(500, 1, mhz24_clock);

    pass(b);
    for (long done = 0; done < n; done += 32768) {
        struct judge_outcome o = feed(b, good, 32768);

        ck_assert_msg(o.event == JUDGE_NOTHING, "sample %ld: %s", done,
                      o.why.text);
        (void)drain(b, UINT64_MAX);
    }
    ck_assert_uint_ge(b->source.estimate_millibits, 3000);
    ck_assert_uint_eq(source_credit_millibits(&b->source), 500);
    end(b);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(samples_count_once_the_start_up_test_is_passed),
        TEST(the_warm_up_never_reaches_the_ring),
        TEST(the_divisor_of_the_samples_is_found_and_published),
        TEST(a_24_mhz_clock_in_whole_ns_has_the_granularity_of_its_step),
        TEST(the_live_estimate_lowers_the_credit_while_every_test_passes),
        TEST(a_stuck_source_fails_by_repetition_before_anything_else),
        TEST(one_value_80_percent_of_the_time_is_an_intermittent_apt_alarm),
        TEST(one_value_95_percent_of_the_time_is_a_permanent_apt_alarm),
        TEST(every_period_from_2_to_128_is_predicted),
        TEST(a_constant_step_is_a_lag_alarm),
        TEST(samples_in_whole_microseconds_are_refused),
        TEST(a_clock_that_steps_by_a_microsecond_is_refused),
        TEST(fewer_than_16_symbols_are_refused),
        TEST(after_a_refusal_nothing_is_judged_until_a_restart),
        TEST(nothing_of_an_alarms_window_or_run_reaches_the_ring),
        TEST(an_alarm_flushes_what_waits_in_the_ring),
        TEST(a_run_that_goes_on_becomes_permanent_at_its_own_cutoff),
        TEST(a_window_that_goes_on_becomes_permanent_at_its_own_cutoff),
        TEST(a_source_recovers_by_a_start_up_test_on_fresh_samples),
        TEST(the_third_alarm_in_2_to_the_20_samples_is_a_failure),
        TEST(the_third_alarm_later_than_that_is_not),
        TEST(a_pause_drops_a_warm_up_and_keeps_what_was_held),
        TEST(a_pause_restarts_a_start_up_test),
        TEST(a_passed_selftest_flushes_nothing),
        TEST(a_selftest_finds_too_few_symbols),
        TEST(a_selftest_has_windows_of_its_own),
        TEST(a_restart_flushes_and_tests_again),
        TEST(room_counts_what_is_held_and_is_enough),
        TEST(what_is_wanted_completes_the_start_up_test_or_a_window),
        TEST(batches_judge_as_single_samples_do),
        TEST(good_noise_raises_no_alarm),
        {0},
    };
    return run_tests("judge", tests);
}
