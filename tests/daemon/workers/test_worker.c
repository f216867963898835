/* SPDX-License-Identifier: MIT */
/* A worker's rest: parking while the ring is full, naps for its duty, and how
 * it stops. */

#include "tests/daemon/workers/worker_rig.h"

#include "base/monotonic.h"
#include "tests/support/patience.h"
#include "tests/support/run.h"

#include <sched.h>
#include <time.h>

#define RING 4096

static const struct fault_history *history(const struct rig *r)
{
    return fault_history(r->collector);
}

static uint64_t pauses(const struct rig *r)
{
    return atomic_load(&history(r)->pauses);
}

START_TEST(a_full_ring_parks_the_worker_and_pauses_the_collector)
{
    struct rig r;
    rig_init(&r, "good");
    rig_start(&r, RING);
    rig_await_parked(&r);
    ck_assert_uint_gt(source_available(&r.source), RING / 2);
    ck_assert_uint_eq(pauses(&r), 1);
    ck_assert_uint_eq(atomic_load(&history(&r)->resumes), 0);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_parked_worker_uses_no_processor_time)
{
    struct rig r;
    const struct timespec time = {.tv_nsec = 300000000};
    rig_init(&r, "good");
    rig_start(&r, RING);
    rig_await_parked(&r);
    uint64_t collects = atomic_load(&history(&r)->collects);
    unsigned wakeups = atomic_load(&r.wakeups);
    uint64_t used = rig_cpu_ms();
    (void)nanosleep(&time, NULL);
    ck_assert_uint_le(rig_cpu_ms() - used, 10);
    ck_assert_uint_eq(atomic_load(&history(&r)->collects), collects);
    ck_assert_uint_eq(atomic_load(&r.wakeups), wakeups);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(it_resumes_at_the_low_water_mark_not_before)
{
    struct rig r;
    uint64_t ticks[RING];
    rig_init(&r, "good");
    rig_start(&r, RING);
    rig_await_parked(&r);
    size_t above = source_available(&r.source) - r.source.low_water;
    ck_assert_uint_eq(source_take(&r.source, ticks, above - 1), above - 1);
    rig_go_on(&r, 20);
    ck_assert_uint_eq(atomic_load(&history(&r)->resumes), 0);
    ck_assert_uint_eq(source_take(&r.source, ticks, 1), 1);
    while (atomic_load(&history(&r)->resumes) == 0)
        rig_go_on(&r, 1);
    rig_await_parked(&r);
    ck_assert_uint_gt(source_available(&r.source), RING / 2);
    ck_assert_uint_eq(pauses(&r), 2);
    (void)rig_stop(&r);
}
END_TEST

/* Takes what is above the mark now, in portions of 1 to 97. */
static void take_to_low_water(struct rig *r, unsigned *state)
{
    uint64_t ticks[97];
    size_t left = source_available(&r->source) - r->source.low_water;
    while (left > 0) {
        *state = *state * 1103515245u + 12345u;
        size_t n = 1 + (*state >> 16) % 97;
        size_t taken = source_take(&r->source, ticks, n < left ? n : left);
        ck_assert_uint_gt(taken, 0);
        left -= taken;
    }
}

/* Not by a sleep, so that the worker is met on its way to its own. */
static void await_filling(struct rig *r)
{
    uint64_t until = monotonic_now_ms() + PATIENCE_MS;
    while (source_available(&r->source) <= r->source.low_water) {
        ck_assert_msg(monotonic_now_ms() < until, "a wake-up was lost");
        (void)sched_yield();
    }
}

START_TEST(no_wake_up_at_the_low_water_mark_is_lost)
{
    struct rig r;
    unsigned state = 1;
    rig_init(&r, "good");
    rig_start(&r, 1024);
    /* By turns when it surely sleeps, and when it may just be about to. */
    for (long i = 0; i < scaled(20000); i++) {
        if (i % 16 == 0)
            rig_await_parked(&r);
        await_filling(&r);
        take_to_low_water(&r, &state);
    }
    rig_await_parked(&r);
    rig_look(&r);
    ck_assert_uint_eq(r.move_count, 1);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(the_loop_is_woken_once_for_credit_that_is_wanted)
{
    struct rig r;
    uint64_t ticks[RING];
    rig_init(&r, "good");
    rig_start(&r, RING);
    rig_await_parked(&r);
    uint64_t wakeups = atomic_load(&r.wakeups);
    atomic_store(&r.wakeup.is_credit_wanted, true);
    (void)source_take(&r.source, ticks, RING);
    while (atomic_load(&r.wakeup.is_credit_wanted))
        rig_go_on(&r, 1);
    rig_await_parked(&r);
    ck_assert_uint_eq(atomic_load(&r.wakeups), wakeups + 1);
    (void)rig_stop(&r);
}
END_TEST

/* A ring that holds what such a source collects in 10 s of processor time or
 * more: the worker does not park before its naps, however late the ring is
 * emptied. */
#define COSTLY_RING 1048576

/* A source whose samples cost so much processor time. */
static void start_costly(struct rig *r, bool is_seeded, unsigned duty_percent,
                         int64_t cost_ns)
{
    rig_init(r, "good");
    rig_tune(r, "cost_ns", cost_ns);
    atomic_store(&r->wakeup.is_seeded, is_seeded);
    r->options.duty_percent = duty_percent;
    r->takes = true;
    rig_start(r, COSTLY_RING);
    rig_await_state(r, SOURCE_HEALTHY);
}

/* Until it has napped `n` times. The duty is a small one, because who gets less
 * of a busy processor than its duty has nothing to sleep for. */
static void await_pauses(struct rig *r, uint64_t n)
{
    uint64_t until = monotonic_now_ms() + PATIENCE_MS;
    while (pauses(r) < n) {
        ck_assert_uint_lt(monotonic_now_ms(), until);
        rig_go_on(r, 1);
    }
}

START_TEST(a_duty_of_2_percent_is_roughly_kept_by_naps)
{
    struct rig r;
    start_costly(&r, true, 2, 10000);
    uint64_t from = monotonic_now_ms();
    uint64_t samples = atomic_load(&history(&r)->samples);
    await_pauses(&r, pauses(&r) + 5);
    uint64_t used = (atomic_load(&history(&r)->samples) - samples) / 100;
    uint64_t passed = monotonic_now_ms() - from;
    ck_assert_uint_gt(used, 0);
    ck_assert_uint_lt(used, passed / 10);
    ck_assert_uint_eq(r.move_count, 1); /* naps are not alarms */
    (void)rig_stop(&r);
}
END_TEST

START_TEST(before_the_first_seed_there_are_no_naps)
{
    struct rig r;
    start_costly(&r, false, 1, 10000);
    uint64_t until = monotonic_now_ms() + PATIENCE_MS;
    while (atomic_load(&history(&r)->samples) < 20000) {
        ck_assert_uint_lt(monotonic_now_ms(), until);
        rig_go_on(&r, 1);
    }
    ck_assert_uint_eq(pauses(&r), 0);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_start_up_test_finishes_before_a_nap)
{
    struct rig r;
    /* 1,088 samples cost 11 ms, the nap is 1.1 s. */
    start_costly(&r, true, 1, 10000);
    ck_assert_uint_eq(atomic_load(&r.source.starts), 1);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_new_duty_holds_at_once)
{
    struct rig r;
    start_costly(&r, true, 100, 10000);
    rig_go_on(&r, 50);
    ck_assert_uint_eq(pauses(&r), 0);
    worker_change_duty(r.worker, 1);
    await_pauses(&r, 1);
    (void)rig_stop(&r);
}
END_TEST

/* Bounds are loose: the point is that no sleep is slept to its end. */

START_TEST(a_parked_worker_stops_at_once)
{
    struct rig r;
    rig_init(&r, "good");
    rig_start(&r, RING);
    rig_await_parked(&r);
    ck_assert_uint_lt(rig_stop(&r), PATIENCE_MS);
}
END_TEST

START_TEST(a_napping_worker_stops_at_once)
{
    struct rig r;
    start_costly(&r, true, 1, 200000); /* 1,088 samples: it naps for 20 s */
    await_pauses(&r, 1);
    ck_assert_uint_lt(rig_stop(&r), 10000);
}
END_TEST

START_TEST(a_worker_stops_after_the_call_that_it_is_in)
{
    struct rig r;
    rig_init(&r, "stalling");
    r.options.stall_ms = 2 * PATIENCE_MS;
    rig_start(&r, RING);
    rig_go_on(&r, 20);
    ck_assert_uint_lt(rig_stop(&r), PATIENCE_MS);
}
END_TEST

START_TEST(a_worker_that_waits_to_open_again_stops_at_once)
{
    struct rig r;
    rig_init(&r, "erring");
    r.options.retry_min_ms = 2 * PATIENCE_MS;
    rig_start(&r, RING);
    while (rig_alarms(&r, ALARM_STALL, ALARM_INTERMITTENT) < 1)
        rig_go_on(&r, 1);
    ck_assert_uint_lt(rig_stop(&r), PATIENCE_MS);
}
END_TEST

START_TEST(a_worker_whose_source_failed_stops_at_once)
{
    struct rig r;
    rig_init(&r, "stuck");
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_FAILED);
    ck_assert_uint_lt(rig_stop(&r), PATIENCE_MS);
}
END_TEST

START_TEST(a_stop_before_the_first_sample_is_heard)
{
    for (long i = 0; i < scaled(100); i++) {
        struct rig r;
        rig_init(&r, "good");
        rig_start(&r, RING);
        (void)rig_stop(&r);
    }
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_full_ring_parks_the_worker_and_pauses_the_collector),
        TEST(a_parked_worker_uses_no_processor_time),
        TEST(it_resumes_at_the_low_water_mark_not_before),
        TEST(no_wake_up_at_the_low_water_mark_is_lost),
        TEST(the_loop_is_woken_once_for_credit_that_is_wanted),
        TEST(a_duty_of_2_percent_is_roughly_kept_by_naps),
        TEST(before_the_first_seed_there_are_no_naps),
        TEST(a_start_up_test_finishes_before_a_nap),
        TEST(a_new_duty_holds_at_once),
        TEST(a_parked_worker_stops_at_once),
        TEST(a_napping_worker_stops_at_once),
        TEST(a_worker_stops_after_the_call_that_it_is_in),
        TEST(a_worker_that_waits_to_open_again_stops_at_once),
        TEST(a_worker_whose_source_failed_stops_at_once),
        TEST(a_stop_before_the_first_sample_is_heard),
        {0},
    };
    return run_tests("worker", tests);
}
