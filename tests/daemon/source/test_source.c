/* SPDX-License-Identifier: MIT */
/* A source between its two threads: moves, commands, credit, parking. */

#include "daemon/source/source.h"

#include "base/monotonic.h"
#include "tests/support/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RING 1024u

static const struct collector collector = {.name = "test"};

static void open_source(struct source *s)
{
    bool is_locked = true;

    ck_assert_int_eq(source_init(s, &collector, 500, RING, SOURCE_STARTING,
                                 NULL, &is_locked),
                     0);
}

static void publish(struct source *s, size_t n)
{
    uint64_t ticks[2 * RING] = {0};

    ck_assert_uint_le(n, sizeof(ticks) / sizeof(ticks[0]));
    source_publish(s, ticks, n);
}

START_TEST(wrong_arguments_are_refused)
{
    struct source s;
    bool is_locked = true;

    ck_assert_int_eq(
        source_init(&s, NULL, 500, RING, SOURCE_STARTING, "", &is_locked),
        -EINVAL);
    ck_assert_int_eq(
        source_init(&s, &collector, 0, RING, SOURCE_STARTING, "", &is_locked),
        -EINVAL);
    ck_assert_int_eq(source_init(&s, &collector, 1001, RING, SOURCE_STARTING,
                                 "", &is_locked),
                     -EINVAL);
    ck_assert_int_eq(
        source_init(&s, &collector, 500, 1000, SOURCE_STARTING, "", &is_locked),
        -EINVAL);
    ck_assert_int_eq(
        source_init(&s, &collector, 500, RING, SOURCE_HEALTHY, "", &is_locked),
        -EINVAL);
    source_fini(&s); /* zeroed: allowed */
}
END_TEST

START_TEST(an_unavailable_source_has_a_reason_and_nothing_else)
{
    struct source s;
    bool is_locked = true;
    char reason[SOURCE_REASON_MAX];
    uint64_t sample;

    ck_assert_int_eq(source_init(&s, &collector, 500, RING, SOURCE_UNAVAILABLE,
                                 "no such kernel", &is_locked),
                     0);
    ck_assert_int_eq(source_state(&s), SOURCE_UNAVAILABLE);
    source_reason(&s, reason, sizeof(reason));
    ck_assert_str_eq(reason, "no such kernel");
    ck_assert_ptr_null(s.ring);
    ck_assert_uint_eq(source_available(&s), 0);
    ck_assert_uint_eq(source_space(&s), 0);
    ck_assert_uint_eq(source_take(&s, &sample, 1), 0);
    ck_assert(!source_is_low(&s));
    source_fini(&s);
}
END_TEST

START_TEST(moves_arrive_in_order_with_their_reasons)
{
    struct source s;
    struct source_move move;
    uint64_t lost;
    char reason[SOURCE_REASON_MAX];

    open_source(&s);
    ck_assert(!source_next_move(&s, &move, &lost));
    source_move(&s, SOURCE_HEALTHY, NULL);
    source_move(&s, SOURCE_SUSPECT, "too many sevens");
    ck_assert(source_next_move(&s, &move, &lost));
    ck_assert_int_eq(move.from, SOURCE_STARTING);
    ck_assert_int_eq(move.to, SOURCE_HEALTHY);
    ck_assert_str_eq(move.reason, "");
    ck_assert_uint_ge(move.at_ms, 1);
    ck_assert(source_next_move(&s, &move, &lost));
    ck_assert_int_eq(move.to, SOURCE_SUSPECT);
    ck_assert_str_eq(move.reason, "too many sevens");
    ck_assert_uint_eq(lost, 0);
    ck_assert(!source_next_move(&s, &move, &lost));
    source_reason(&s, reason, sizeof(reason));
    ck_assert_str_eq(reason, "too many sevens");
    source_fini(&s);
}
END_TEST

START_TEST(a_remark_keeps_the_state_and_reports_a_new_reason)
{
    struct source s;
    struct source_move move;
    uint64_t lost;
    char reason[SOURCE_REASON_MAX];

    open_source(&s);
    source_remark(&s, "could not be opened");
    ck_assert_int_eq(source_state(&s), SOURCE_STARTING);
    source_reason(&s, reason, sizeof(reason));
    ck_assert_str_eq(reason, "could not be opened");
    ck_assert(source_next_move(&s, &move, &lost));
    ck_assert_int_eq(move.from, SOURCE_STARTING);
    ck_assert_int_eq(move.to, SOURCE_STARTING);
    ck_assert_str_eq(move.reason, "could not be opened");
    source_fini(&s);
}
END_TEST

START_TEST(moves_beyond_the_queue_are_counted)
{
    struct source s;
    struct source_move move;
    uint64_t lost;
    uint64_t seen = 0;
    uint64_t lost_total = 0;

    open_source(&s);
    for (int i = 0; i < SOURCE_MOVE_MAX + 5; i++)
        source_move(&s, i % 2 ? SOURCE_STARTING : SOURCE_HEALTHY, NULL);
    while (source_next_move(&s, &move, &lost)) {
        seen++;
        lost_total += lost;
    }
    ck_assert_uint_eq(seen, SOURCE_MOVE_MAX);
    ck_assert_uint_eq(lost_total, 5);
    source_fini(&s);
}
END_TEST

START_TEST(commands_gather_and_are_taken_once)
{
    struct source s;

    open_source(&s);
    ck_assert_uint_eq(source_take_commands(&s), 0);
    source_command(&s, SOURCE_SELFTEST);
    source_command(&s, SOURCE_STOP);
    ck_assert_uint_eq(source_take_commands(&s), SOURCE_SELFTEST | SOURCE_STOP);
    ck_assert_uint_eq(source_take_commands(&s), 0);
    source_fini(&s);
}
END_TEST

START_TEST(the_estimate_lowers_the_credit_and_never_raises_it)
{
    struct source s;

    open_source(&s);
    ck_assert_uint_eq(source_credit_millibits(&s), 500);
    atomic_store(&s.estimate_millibits, 6200);
    ck_assert_uint_eq(source_credit_millibits(&s), 500);
    atomic_store(&s.estimate_millibits, 499);
    ck_assert_uint_eq(source_credit_millibits(&s), 499);
    source_fini(&s);
}
END_TEST

START_TEST(alarms_are_counted_by_test_and_level)
{
    struct source s;

    open_source(&s);
    source_alarm(&s, ALARM_APT, ALARM_INTERMITTENT);
    source_alarm(&s, ALARM_APT, ALARM_INTERMITTENT);
    source_alarm(&s, ALARM_STALL, ALARM_PERMANENT);
    ck_assert_uint_eq(s.alarms[ALARM_APT].raised[ALARM_INTERMITTENT], 2);
    ck_assert_uint_eq(s.alarms[ALARM_APT].raised[ALARM_PERMANENT], 0);
    ck_assert_uint_eq(s.alarms[ALARM_STALL].raised[ALARM_PERMANENT], 1);
    ck_assert_uint_ge(s.alarms[ALARM_STALL].last_ms, 1);
    ck_assert_uint_eq(s.alarms[ALARM_RCT].last_ms, 0);
    source_fini(&s);
}
END_TEST

START_TEST(what_does_not_fit_or_is_flushed_counts_as_discarded)
{
    struct source s;
    uint64_t sample;

    open_source(&s);
    publish(&s, RING + 7);
    ck_assert_uint_eq(s.discarded_total, 7);
    ck_assert_uint_eq(source_take(&s, &sample, 1), 1);
    source_flush(&s);
    ck_assert_uint_eq(source_available(&s), 0);
    ck_assert_uint_eq(source_space(&s), 1);
    source_sweep(&s);
    ck_assert_uint_eq(source_space(&s), RING);
    ck_assert_uint_eq(s.discarded_total, 7 + RING - 1);
    source_fini(&s);
}
END_TEST

START_TEST(a_wait_ends_by_its_time_limit)
{
    struct source s;
    uint64_t before = monotonic_now_ms();

    open_source(&s);
    ck_assert_int_eq(source_wait(&s, 0), -ETIMEDOUT);
    ck_assert_int_eq(source_wait(&s, 1100), -ETIMEDOUT);
    ck_assert_uint_ge(monotonic_now_ms() - before, 1100);
    source_fini(&s);
}
END_TEST

START_TEST(a_wait_ends_by_a_command_that_came_before_it)
{
    struct source s;

    open_source(&s);
    source_command(&s, SOURCE_SELFTEST);
    ck_assert_int_eq(source_wait(&s, SOURCE_WAIT_FOREVER), 0);
    ck_assert_uint_eq(source_take_commands(&s), SOURCE_SELFTEST);
    source_fini(&s);
}
END_TEST

static void *wait_for_command(void *argument)
{
    ck_assert_int_eq(source_wait(argument, SOURCE_WAIT_FOREVER), 0);
    return NULL;
}

START_TEST(low_water_ends_no_wait_but_a_command_does)
{
    struct source s;
    pthread_t worker;
    uint64_t sample;

    open_source(&s);
    publish(&s, 10);
    ck_assert_int_eq(pthread_create(&worker, NULL, wait_for_command, &s), 0);
    for (int i = 0; i < 10; i++)
        ck_assert_uint_eq(source_take(&s, &sample, 1), 1);
    source_command(&s, SOURCE_STOP);
    ck_assert_int_eq(pthread_join(worker, NULL), 0);
    source_fini(&s);
}
END_TEST

/* A worker that fills the ring and parks until it is low, many times. */
static void *park_again_and_again(void *argument)
{
    struct source *s = argument;

    while (!(source_take_commands(s) & SOURCE_STOP)) {
        publish(s, source_space(s));
        source_park(s);
    }
    return NULL;
}

/* A wake-up that gets lost shows as a test that never ends. */
START_TEST(no_wake_up_of_a_parked_worker_is_lost)
{
    struct source s;
    pthread_t worker;
    uint64_t ticks[300];
    uint64_t wanted = (uint64_t)scaled(20000) * RING;

    open_source(&s);
    ck_assert_int_eq(pthread_create(&worker, NULL, park_again_and_again, &s),
                     0);
    for (uint64_t taken = 0; taken < wanted;)
        taken += source_take(&s, ticks, 1 + taken % 300);
    source_command(&s, SOURCE_STOP);
    ck_assert_int_eq(pthread_join(worker, NULL), 0);
    source_fini(&s);
}
END_TEST

/* The ring is full of flushed samples when the worker parks: the loop's look
 * at the moves must free it. */
START_TEST(a_worker_parked_on_a_flushed_ring_is_freed_by_the_loop)
{
    struct source s;
    struct source_move move;
    uint64_t lost;
    pthread_t worker;

    open_source(&s);
    publish(&s, RING);
    source_flush(&s);
    ck_assert_int_eq(pthread_create(&worker, NULL, park_again_and_again, &s),
                     0);
    while (source_available(&s) == 0)
        (void)source_next_move(&s, &move, &lost);
    source_command(&s, SOURCE_STOP);
    ck_assert_int_eq(pthread_join(worker, NULL), 0);
    source_fini(&s);
}
END_TEST

/* A source that should give samples, and gives none. */
static void watch_until_starved(struct source *s)
{
    for (unsigned ms = 0; ms < 5000; ms += 1000) {
        ck_assert(source_watch(s, 1000, 5000));
        ck_assert_int_eq(source_state(s),
                         ms < 4000 ? SOURCE_STARTING : SOURCE_STALLED);
    }
}

START_TEST(a_worker_that_gives_nothing_is_seen_from_the_loop)
{
    struct source s;
    struct source_move move;
    uint64_t lost;
    open_source(&s);
    (void)source_watch(&s, 0, 5000);
    watch_until_starved(&s);
    ck_assert(source_next_move(&s, &move, &lost));
    ck_assert_int_eq(move.from, SOURCE_STARTING);
    ck_assert_int_eq(move.to, SOURCE_STALLED);
    ck_assert_str_eq(move.reason,
                     "no sample for 5000 ms: its thread does not run");
    ck_assert_uint_eq(s.alarms[ALARM_STALL].raised[ALARM_INTERMITTENT], 1);
    ck_assert(source_watch(&s, 1000, 5000));
    ck_assert(!source_next_move(&s, &move, &lost)); /* told once */

    atomic_fetch_add(&s.samples_total, 256);
    ck_assert(source_watch(&s, 1000, 5000));
    ck_assert_int_eq(source_state(&s), SOURCE_STARTING);
    ck_assert(source_next_move(&s, &move, &lost));
    ck_assert_int_eq(move.from, SOURCE_STALLED);
    ck_assert_int_eq(move.to, SOURCE_STARTING);
    source_fini(&s);
}
END_TEST

START_TEST(a_worker_that_goes_on_ends_the_starvation_itself)
{
    struct source s;
    struct source_move move;
    uint64_t lost;
    open_source(&s);
    (void)source_watch(&s, 0, 5000);
    watch_until_starved(&s);
    source_move(&s, SOURCE_HEALTHY, NULL);
    ck_assert_int_eq(source_state(&s), SOURCE_HEALTHY);
    ck_assert(source_next_move(&s, &move, &lost));
    ck_assert(source_next_move(&s, &move, &lost));
    ck_assert_int_eq(move.from, SOURCE_STALLED);
    ck_assert_int_eq(move.to, SOURCE_HEALTHY);
    source_fini(&s);
}
END_TEST

START_TEST(a_source_that_need_give_nothing_is_not_starved)
{
    struct source s;
    open_source(&s);
    publish(&s, RING);
    for (int i = 0; i < 20; i++)
        ck_assert(!source_watch(&s, 1000, 5000));
    ck_assert_int_eq(source_state(&s), SOURCE_STARTING);
    source_flush(&s);
    source_sweep(&s);
    source_idle(&s, 60000);
    for (int i = 0; i < 20; i++)
        (void)source_watch(&s, 1000, 5000);
    ck_assert_int_eq(source_state(&s), SOURCE_STARTING);
    source_idle(&s, 0);
    for (int i = 0; i < 20; i++) { /* a few at a time are enough */
        atomic_fetch_add(&s.samples_total, 1);
        (void)source_watch(&s, 4000, 5000);
    }
    ck_assert_int_eq(source_state(&s), SOURCE_STARTING);
    source_move(&s, SOURCE_FAILED, NULL);
    ck_assert(!source_watch(&s, 60000, 5000));
    ck_assert_int_eq(source_state(&s), SOURCE_FAILED);
    source_fini(&s);
}
END_TEST

/* Its thread stopped running while it waited for the ring to empty, and so
 * shows that it waits for ever. */
START_TEST(a_worker_that_stays_parked_beside_an_empty_ring_is_starved)
{
    struct source s;
    open_source(&s);
    publish(&s, RING);
    atomic_store(&s.is_parked, true);
    ck_assert(!source_watch(&s, 1000, 5000));
    source_flush(&s);
    source_sweep(&s);
    watch_until_starved(&s);
    source_fini(&s);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(wrong_arguments_are_refused),
        TEST(an_unavailable_source_has_a_reason_and_nothing_else),
        TEST(moves_arrive_in_order_with_their_reasons),
        TEST(a_remark_keeps_the_state_and_reports_a_new_reason),
        TEST(moves_beyond_the_queue_are_counted),
        TEST(commands_gather_and_are_taken_once),
        TEST(the_estimate_lowers_the_credit_and_never_raises_it),
        TEST(alarms_are_counted_by_test_and_level),
        TEST(what_does_not_fit_or_is_flushed_counts_as_discarded),
        TEST(a_wait_ends_by_its_time_limit),
        TEST(a_wait_ends_by_a_command_that_came_before_it),
        TEST(low_water_ends_no_wait_but_a_command_does),
        TEST(no_wake_up_of_a_parked_worker_is_lost),
        TEST(a_worker_parked_on_a_flushed_ring_is_freed_by_the_loop),
        TEST(a_worker_that_gives_nothing_is_seen_from_the_loop),
        TEST(a_worker_that_goes_on_ends_the_starvation_itself),
        TEST(a_source_that_need_give_nothing_is_not_starved),
        TEST(a_worker_that_stays_parked_beside_an_empty_ring_is_starved),
        {0},
    };
    return run_tests("source", tests);
}
