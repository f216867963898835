/* SPDX-License-Identifier: MIT */
/* A worker whose machine sleeps: the test says how long it has slept. */

#include "daemon/host/suspend.h"
#include "tests/daemon/workers/worker_rig.h"
#include "tests/support/run.h"

#define A_SLEEP_MS 3600000

static atomic_uint_least64_t slept_ms;

/* In place of the one that asks the kernel. */
uint64_t suspend_total_ms(void)
{
    return atomic_load_explicit(&slept_ms, memory_order_relaxed);
}

static void sleep_for(uint64_t ms)
{
    atomic_fetch_add_explicit(&slept_ms, ms, memory_order_relaxed);
}

static struct rig rig;

static void start(bool takes)
{
    rig_init(&rig, "good");
    rig.takes = takes;
    rig_start(&rig, 4096);
    rig_await_state(&rig, SOURCE_HEALTHY);
    ck_assert_uint_eq(rig.move_count, 1);
}

/* Stops; how many samples the collector gave that the judge never saw. */
static uint64_t stop(void)
{
    worker_stop(rig.worker);
    worker_join(rig.worker);
    rig.worker = NULL;
    uint64_t given = atomic_load_explicit(
        &fault_history(rig.collector)->samples, memory_order_relaxed);
    uint64_t judged =
        atomic_load_explicit(&rig.source.samples_total, memory_order_relaxed);
    (void)rig_stop(&rig);
    return given - judged;
}

START_TEST(what_was_collected_over_a_sleep_is_dropped_and_the_source_tested)
{
    start(true);
    for (size_t i = 1; i <= 3; i++) {
        sleep_for(A_SLEEP_MS);
        rig_await_moves(&rig, 1 + 2 * i);
        rig_assert_move(&rig, 2 * i - 1, SOURCE_STARTING, "the machine slept");
        rig_assert_move(&rig, 2 * i, SOURCE_HEALTHY, "");
    }
    /* One batch each; after a park it may be the rest of an APT window only. */
    uint64_t dropped = stop();
    ck_assert_uint_ge(dropped, 3);
    ck_assert_uint_le(dropped, (uint64_t)3 * WORKER_BATCH);
}
END_TEST

START_TEST(it_counts_as_no_alarm)
{
    start(true);
    for (size_t i = 1; i <= 5; i++) {
        sleep_for(A_SLEEP_MS);
        rig_await_moves(&rig, 1 + 2 * i);
    }
    for (int test = 0; test < ALARM_TEST_COUNT; test++) {
        ck_assert_uint_eq(
            rig_alarms(&rig, (enum alarm_test)test, ALARM_INTERMITTENT), 0);
        ck_assert_uint_eq(
            rig_alarms(&rig, (enum alarm_test)test, ALARM_PERMANENT), 0);
    }
    (void)rig_stop(&rig);
}
END_TEST

START_TEST(two_clocks_that_differ_a_little_are_not_a_sleep)
{
    start(true);
    sleep_for(SUSPEND_NOISE_MS);
    uint64_t taken = rig.taken;
    rig_await_taken(&rig, taken + (uint64_t)16 * WORKER_BATCH);
    ck_assert_uint_eq(rig.move_count, 1);
    ck_assert_uint_eq(stop(), 0);
}
END_TEST

START_TEST(a_parked_worker_finds_out_when_it_goes_on)
{
    start(false);
    rig_await_parked(&rig);
    sleep_for(A_SLEEP_MS);
    rig_go_on(&rig, 20);
    ck_assert_uint_eq(rig.move_count, 1); /* a sleep wakes no worker */
    rig.takes = true;
    rig_await_moves(&rig, 3);
    rig_assert_move(&rig, 1, SOURCE_STARTING, "the machine slept");
    rig_assert_move(&rig, 2, SOURCE_HEALTHY, "");
    (void)rig_stop(&rig);
}
END_TEST

START_TEST(a_flush_of_a_full_ring_does_not_keep_it_parked)
{
    start(false);
    for (long i = 0; i < scaled(200); i++) {
        rig_await_parked(&rig);
        size_t moves = rig.move_count;
        sleep_for(A_SLEEP_MS);
        source_command(&rig.source, SOURCE_SELFTEST);
        rig_await_moves(&rig, moves + 2);
        rig.move_count = 0;
    }
    (void)rig_stop(&rig);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(what_was_collected_over_a_sleep_is_dropped_and_the_source_tested),
        TEST(it_counts_as_no_alarm),
        TEST(two_clocks_that_differ_a_little_are_not_a_sleep),
        TEST(a_parked_worker_finds_out_when_it_goes_on),
        TEST(a_flush_of_a_full_ring_does_not_keep_it_parked),
        {0},
    };
    return run_tests("suspend_worker", tests);
}
