/* SPDX-License-Identifier: MIT */
/* A worker over each fault source: the alarm that comes first, and the states
 * that follow. */

#include "tests/daemon/workers/worker_rig.h"

#include "daemon/health/judge.h"
#include "tests/support/run.h"

#include <string.h>

#define RING 16384

/* What a fault of the noise itself leads to. */
struct case_of {
    const char *fault;
    enum alarm_test test;
    const char *at_once; /* reason of the only move, with the fault at once */
    const char *first;   /* of the first one after a good start */
    const char *last;    /* of the failure that follows */
};

static const struct case_of cases[] = {
    {"stuck", ALARM_RCT, "permanent rct alarm", "intermittent rct alarm",
     "permanent rct alarm"},
    {"biased_95", ALARM_APT, "permanent apt alarm", "intermittent apt alarm",
     "permanent apt alarm"},
    {"periodic", ALARM_MARKOV, "permanent markov alarm",
     "intermittent markov alarm", "permanent markov alarm"},
    {"step", ALARM_LAG, "permanent lag alarm", "intermittent lag alarm",
     "permanent lag alarm"},
};
#define CASES (sizeof(cases) / sizeof(*cases))

/* The fault is there from the first sample on. */
static void fails_at_once(const struct case_of *c, int64_t period)
{
    struct rig r;
    rig_init(&r, c->fault);
    if (period > 0)
        rig_tune(&r, "period", period);
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_FAILED);
    ck_assert_uint_eq(r.move_count, 1);
    rig_assert_move(&r, 0, SOURCE_FAILED, c->at_once);
    ck_assert_uint_eq(rig_alarms(&r, c->test, ALARM_PERMANENT), 1);
    ck_assert_uint_eq(rig_other_alarms(&r, c->test), 0);
    ck_assert_uint_eq(r.taken, 0);
    (void)rig_stop(&r);
}

/* The source is good before. */
static void fails_later(const struct case_of *c, int64_t period)
{
    struct rig r;
    rig_init(&r, c->fault);
    rig_tune(&r, "onset", 20000);
    if (period > 0)
        rig_tune(&r, "period", period);
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_FAILED);
    ck_assert_uint_eq(r.move_count, 3);
    rig_assert_move(&r, 0, SOURCE_HEALTHY, "");
    rig_assert_move(&r, 1, SOURCE_SUSPECT, c->first);
    rig_assert_move(&r, 2, SOURCE_FAILED, c->last);
    ck_assert_uint_eq(rig_alarms(&r, c->test, ALARM_INTERMITTENT), 1);
    ck_assert_uint_eq(rig_alarms(&r, c->test, ALARM_PERMANENT), 1);
    ck_assert_uint_eq(rig_other_alarms(&r, c->test), 0);
    ck_assert_uint_gt(r.taken, 0);
    ck_assert_uint_eq(source_available(&r.source), 0);
    (void)rig_stop(&r);
}

START_TEST(a_fault_at_once_raises_its_own_alarm_and_gives_nothing)
{
    for (size_t i = 0; i < CASES; i++) {
        if (strcmp(cases[i].fault, "periodic") != 0)
            fails_at_once(&cases[i], 0);
    }
}
END_TEST

START_TEST(a_fault_that_sets_in_later_raises_its_own_alarm_first)
{
    for (size_t i = 0; i < CASES; i++) {
        if (strcmp(cases[i].fault, "periodic") != 0)
            fails_later(&cases[i], 0);
    }
}
END_TEST

static const struct case_of *periodic(void)
{
    return &cases[2];
}

START_TEST(every_period_from_2_to_16_is_found_at_once)
{
    for (int period = 2; period <= 16; period++)
        fails_at_once(periodic(), period);
}
END_TEST

/* Each in a process of its own: onset counts over all opens of one. */
START_TEST(a_short_period_is_found_when_it_sets_in)
{
    fails_later(periodic(), 2);
}
END_TEST

START_TEST(a_long_period_is_found_when_it_sets_in)
{
    fails_later(periodic(), 16);
}
END_TEST

START_TEST(a_value_that_comes_80_times_in_100_fails_at_the_third_alarm)
{
    struct rig r;
    rig_init(&r, "biased_80");
    rig_tune(&r, "onset", 5000);
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_FAILED);
    rig_assert_move(&r, 0, SOURCE_HEALTHY, "");
    rig_assert_move(&r, 1, SOURCE_SUSPECT, "intermittent apt alarm");
    rig_assert_move(&r, r.move_count - 1, SOURCE_FAILED,
                    "intermittent apt alarm");
    ck_assert_ptr_nonnull(
        strstr(r.moves[r.move_count - 1].reason, "the third alarm"));
    ck_assert_uint_eq(rig_alarms(&r, ALARM_APT, ALARM_INTERMITTENT), 3);
    ck_assert_uint_eq(rig_alarms(&r, ALARM_APT, ALARM_PERMANENT), 0);
    ck_assert_uint_eq(rig_other_alarms(&r, ALARM_APT), 0);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(no_sample_of_a_stuck_source_is_ever_handed_out)
{
    struct rig r;
    rig_init(&r, "stuck");
    rig_tune(&r, "onset", 123457);
    r.takes = true;
    rig_start(&r, 4096);
    rig_await_state(&r, SOURCE_FAILED);
    ck_assert_uint_gt(r.taken, 0);
    ck_assert_uint_eq(r.stuck, 0);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(an_alarm_that_passes_leaves_a_healthy_source)
{
    struct rig r;
    rig_init(&r, "stuck");
    /* 80 equal samples: above the intermittent cut-off of 61, below the
     * permanent one of 121. They come before the ring is full, for the 64
     * samples behind a pause are not judged. */
    rig_tune(&r, "onset", 10000);
    rig_tune(&r, "heal", 80);
    r.takes = true;
    rig_start(&r, RING);
    rig_await_moves(&r, 3);
    rig_assert_move(&r, 1, SOURCE_SUSPECT, "intermittent rct alarm");
    rig_assert_move(&r, 2, SOURCE_HEALTHY, "");
    uint64_t taken = r.taken;
    rig_await_taken(&r, taken + 10000);
    ck_assert_uint_eq(r.move_count, 3);
    ck_assert_uint_eq(r.stuck, 0);
    (void)rig_stop(&r);
}
END_TEST

static void is_refused(const char *fault, const char *reason)
{
    struct rig r;
    rig_init(&r, fault);
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_FAILED);
    ck_assert_uint_eq(r.move_count, 1);
    rig_assert_move(&r, 0, SOURCE_FAILED, reason);
    for (int test = 0; test < ALARM_TEST_COUNT; test++)
        ck_assert_uint_eq(rig_other_alarms(&r, (enum alarm_test)test), 0);
    ck_assert_uint_eq(r.taken, 0);
    (void)rig_stop(&r);
}

START_TEST(a_clock_of_microseconds_is_refused)
{
    is_refused("coarse", "clock granularity of 1000 ns");
}
END_TEST

START_TEST(a_clock_that_hides_its_steps_in_rounding_is_refused_by_its_symbols)
{
    is_refused("rounded", "8 distinct symbols");
}
END_TEST

static void stays_healthy(struct rig *r, uint64_t samples)
{
    r->takes = true;
    rig_start(r, RING);
    rig_await_taken(r, samples);
    ck_assert_uint_eq(r->move_count, 1);
    rig_assert_move(r, 0, SOURCE_HEALTHY, "");
    for (int test = 0; test < ALARM_TEST_COUNT; test++)
        ck_assert_uint_eq(rig_other_alarms(r, (enum alarm_test)test), 0);
    (void)rig_stop(r);
}

START_TEST(good_noise_raises_nothing)
{
    struct rig r;
    rig_init(&r, "good");
    stays_healthy(&r, (uint64_t)scaled(10000000));
}
END_TEST

START_TEST(recordings_of_real_collectors_at_24_mhz_raise_nothing)
{
    for (int recording = 0; recording < 4; recording++) {
        struct rig r;
        rig_init(&r, "replay");
        rig_tune(&r, "recording", recording);
        stays_healthy(&r, (uint64_t)scaled(300000));
    }
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_fault_at_once_raises_its_own_alarm_and_gives_nothing),
        TEST(a_fault_that_sets_in_later_raises_its_own_alarm_first),
        TEST(every_period_from_2_to_16_is_found_at_once),
        TEST(a_short_period_is_found_when_it_sets_in),
        TEST(a_long_period_is_found_when_it_sets_in),
        TEST(a_value_that_comes_80_times_in_100_fails_at_the_third_alarm),
        TEST(no_sample_of_a_stuck_source_is_ever_handed_out),
        TEST(an_alarm_that_passes_leaves_a_healthy_source),
        TEST(a_clock_of_microseconds_is_refused),
        TEST(
            a_clock_that_hides_its_steps_in_rounding_is_refused_by_its_symbols),
        TEST(good_noise_raises_nothing),
        TEST(recordings_of_real_collectors_at_24_mhz_raise_nothing),
        {0},
    };
    return run_tests("worker_alarms", tests);
}
