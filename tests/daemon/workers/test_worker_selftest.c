/* SPDX-License-Identifier: MIT */
/* The on-demand test of a source in every state. */

#include "tests/daemon/workers/worker_rig.h"

#include "tests/support/run.h"

#define RING 4096

static uint64_t starts(const struct rig *r)
{
    return atomic_load(&r->source.starts);
}

static uint64_t selftests(const struct rig *r)
{
    return atomic_load(&r->source.selftests_done);
}

/* A good source whose ring is full, so that its worker is parked. */
static void start_parked(struct rig *r)
{
    rig_init(r, "good");
    rig_start(r, RING);
    rig_await_parked(r);
}

START_TEST(a_passed_selftest_of_a_healthy_source_flushes_nothing)
{
    struct rig r;
    rig_init(&r, "good");
    rig_tune(&r, "rate_hz", 20000);
    rig_start(&r, 65536);
    rig_await_state(&r, SOURCE_HEALTHY);
    size_t available = source_available(&r.source);
    source_command(&r.source, SOURCE_SELFTEST);
    rig_await_selftests(&r, 1);
    ck_assert_uint_ge(source_available(&r.source), available);
    ck_assert_uint_eq(starts(&r), 2);
    ck_assert_uint_eq(r.move_count, 1); /* healthy all the time */
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_parked_source_is_tested_and_parks_again)
{
    struct rig r;
    start_parked(&r);
    size_t available = source_available(&r.source);
    source_command(&r.source, SOURCE_SELFTEST);
    rig_await_selftests(&r, 1);
    rig_await_parked(&r);
    ck_assert_uint_ge(source_available(&r.source), available);
    ck_assert_uint_eq(starts(&r), 2);
    ck_assert_uint_eq(r.move_count, 1);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_selftest_finds_the_fault_of_a_parked_source)
{
    struct rig r;
    rig_init(&r, "stuck");
    rig_tune(&r, "onset", -1);
    rig_start(&r, RING);
    rig_await_parked(&r);
    fault_turn(FAULTS_ON);
    source_command(&r.source, SOURCE_SELFTEST);
    rig_await_selftests(&r, 1);
    rig_await_state(&r, SOURCE_FAILED);
    rig_assert_move(&r, r.move_count - 1, SOURCE_FAILED, "permanent rct alarm");
    ck_assert_uint_eq(source_available(&r.source), 0);
    (void)rig_stop(&r);
}
END_TEST

/* One that failed, and its worker asleep. */
static void start_failed(struct rig *r, const char *fault)
{
    rig_init(r, fault);
    r->takes = true;
    rig_start(r, RING);
    rig_await_state(r, SOURCE_FAILED);
}

static void comes_back(const char *fault)
{
    struct rig r;
    start_failed(&r, fault);
    size_t moves = r.move_count;
    fault_turn(FAULTS_OFF);
    source_command(&r.source, SOURCE_SELFTEST);
    rig_await_selftests(&r, 1);
    rig_await_moves(&r, moves + 2);
    rig_assert_move(&r, moves, SOURCE_STARTING, "on-demand test");
    rig_assert_move(&r, moves + 1, SOURCE_HEALTHY, "");
    rig_await_taken(&r, 1);
    ck_assert_uint_eq(r.stuck, 0);
    (void)rig_stop(&r);
}

START_TEST(a_failed_source_that_is_good_again_recovers)
{
    comes_back("stuck");
}
END_TEST

START_TEST(a_stalled_source_recovers_automatically)
{
    struct rig r;
    rig_init(&r, "erring");
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_STALLED);
    fault_turn(FAULTS_OFF);
    rig_await_moves(&r, 3);
    rig_assert_move(&r, 1, SOURCE_STARTING, "");
    rig_assert_move(&r, 2, SOURCE_HEALTHY, "");
    (void)rig_stop(&r);
}
END_TEST

/* It would wait for a minute. */
static void start_stalled(struct rig *r)
{
    rig_init(r, "erring");
    r->options.retry_min_ms = 60000;
    r->options.retry_max_ms = 60000;
    r->takes = true;
    rig_start(r, RING);
    rig_await_state(r, SOURCE_STALLED);
}

START_TEST(a_selftest_tries_a_stalled_source_at_once)
{
    struct rig r;
    start_stalled(&r);
    fault_turn(FAULTS_OFF);
    source_command(&r.source, SOURCE_SELFTEST);
    rig_await_selftests(&r, 1);
    rig_await_moves(&r, 3);
    rig_assert_move(&r, 1, SOURCE_STARTING, "");
    rig_assert_move(&r, 2, SOURCE_HEALTHY, "");
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_selftest_ends_where_a_source_is_still_stalled)
{
    struct rig r;
    start_stalled(&r);
    source_command(&r.source, SOURCE_SELFTEST);
    rig_await_selftests(&r, 1);
    rig_await_remarks(&r, 1);
    ck_assert_uint_eq(r.move_count, 1);
    ck_assert_uint_eq(atomic_load(&fault_history(r.collector)->opens), 2);
    (void)rig_stop(&r);
}
END_TEST

static void stays_failed(const char *fault, const char *reason)
{
    struct rig r;
    start_failed(&r, fault);
    source_command(&r.source, SOURCE_SELFTEST);
    rig_await_selftests(&r, 1);
    rig_await_moves(&r, 3);
    rig_assert_move(&r, 1, SOURCE_STARTING, "on-demand test");
    rig_assert_move(&r, 2, SOURCE_FAILED, reason);
    ck_assert_uint_eq(r.taken, 0);
    (void)rig_stop(&r);
}

START_TEST(a_stuck_source_stays_failed)
{
    stays_failed("stuck", "permanent rct alarm");
}
END_TEST

START_TEST(a_coarse_source_stays_failed)
{
    stays_failed("coarse", "clock granularity of");
}
END_TEST

START_TEST(a_failed_source_costs_nothing_until_it_is_asked)
{
    struct rig r;
    start_failed(&r, "stuck");
    uint64_t collects = atomic_load(&fault_history(r.collector)->collects);
    uint64_t opens = atomic_load(&fault_history(r.collector)->opens);
    rig_go_on(&r, 100);
    ck_assert_uint_eq(atomic_load(&fault_history(r.collector)->collects),
                      collects);
    ck_assert_uint_eq(atomic_load(&fault_history(r.collector)->opens), opens);
    ck_assert_uint_eq(opens, atomic_load(&fault_history(r.collector)->closes));
    (void)rig_stop(&r);
}
END_TEST

/* What was commanded before is taken once two more calls have begun. */
static void await_two_calls(struct rig *r)
{
    const struct fault_history *h = fault_history(r->collector);
    uint64_t before = atomic_load(&h->faulty);
    while (atomic_load(&h->faulty) < before + 2)
        rig_go_on(r, 1);
}

/* No test ends while no sample comes. */
START_TEST(a_request_during_the_start_up_test_joins_it)
{
    struct rig r;
    rig_init(&r, "stalling");
    r.options.stall_ms = 60000;
    rig_start(&r, RING);
    for (int i = 0; i < 2; i++) {
        source_command(&r.source, SOURCE_SELFTEST);
        await_two_calls(&r);
    }
    fault_turn(FAULTS_OFF);
    rig_await_selftests(&r, 1);
    ck_assert_uint_eq(starts(&r), 1); /* the start-up test answers all */
    ck_assert_uint_eq(selftests(&r), 1);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_request_while_one_runs_joins_it)
{
    struct rig r;
    rig_init(&r, "stalling");
    rig_tune(&r, "onset", -1);
    r.options.stall_ms = 60000;
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_HEALTHY);
    fault_turn(FAULTS_ON);
    for (int i = 0; i < 3; i++) {
        source_command(&r.source, SOURCE_SELFTEST);
        await_two_calls(&r);
    }
    fault_turn(FAULTS_OFF);
    rig_await_selftests(&r, 1);
    rig_go_on(&r, 10);
    ck_assert_uint_eq(selftests(&r), 1);
    ck_assert_uint_eq(starts(&r), 2);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_low_duty_does_not_keep_a_selftest_from_its_end)
{
    struct rig r;
    rig_init(&r, "good");
    rig_tune(&r, "cost_ns", 20000); /* 1,024 samples cost 20 ms */
    atomic_store(&r.wakeup.is_seeded, true);
    r.options.duty_percent = 10;
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_HEALTHY);
    source_command(&r.source, SOURCE_SELFTEST);
    rig_await_selftests(&r, 1);
    ck_assert_uint_eq(starts(&r), 2);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(commands_in_a_storm_all_end)
{
    struct rig r;
    rig_init(&r, "good");
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_HEALTHY);
    for (long i = 0; i < scaled(2000); i++) {
        source_command(&r.source, SOURCE_SELFTEST);
        if (i % 7 == 0)
            rig_look(&r);
        r.move_count = 0; /* how many there were does not matter */
    }
    rig_go_on(&r, 20);
    uint64_t done = selftests(&r);
    source_command(&r.source, SOURCE_SELFTEST);
    rig_await_selftests(&r, done + 1);
    ck_assert_int_eq(source_state(&r.source), SOURCE_HEALTHY);
    for (int test = 0; test < ALARM_TEST_COUNT; test++)
        ck_assert_uint_eq(rig_other_alarms(&r, (enum alarm_test)test), 0);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_stop_ends_a_selftest_that_runs)
{
    struct rig r;
    rig_init(&r, "good");
    rig_tune(&r, "rate_hz", 2000);
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_HEALTHY);
    source_command(&r.source, SOURCE_SELFTEST);
    rig_go_on(&r, 30);
    worker_stop(r.worker);
    rig_await_selftests(&r, 1);
    (void)rig_stop(&r);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_passed_selftest_of_a_healthy_source_flushes_nothing),
        TEST(a_parked_source_is_tested_and_parks_again),
        TEST(a_selftest_finds_the_fault_of_a_parked_source),
        TEST(a_failed_source_that_is_good_again_recovers),
        TEST(a_stalled_source_recovers_automatically),
        TEST(a_selftest_tries_a_stalled_source_at_once),
        TEST(a_selftest_ends_where_a_source_is_still_stalled),
        TEST(a_stuck_source_stays_failed),
        TEST(a_coarse_source_stays_failed),
        TEST(a_failed_source_costs_nothing_until_it_is_asked),
        TEST(a_request_during_the_start_up_test_joins_it),
        TEST(a_request_while_one_runs_joins_it),
        TEST(a_low_duty_does_not_keep_a_selftest_from_its_end),
        TEST(commands_in_a_storm_all_end),
        TEST(a_stop_ends_a_selftest_that_runs),
        {0},
    };
    return run_tests("worker_selftest", tests);
}
