/* SPDX-License-Identifier: MIT */
/* A worker whose collector fails, stalls or cannot be opened: it opens it again
 * after a pause, for ever. */

#include "tests/daemon/workers/worker_rig.h"

#include "base/monotonic.h"
#include "tests/support/assert_has.h"
#include "tests/support/run.h"

#include <string.h>

#define RING 16384

static uint64_t opens(const struct rig *r)
{
    return atomic_load(&fault_history(r->collector)->opens);
}

static uint64_t stalls(const struct rig *r, enum alarm_level level)
{
    return rig_alarms(r, ALARM_STALL, level);
}

/* From the first sample on, and for good: there is always another attempt. */
static void is_tried_for_ever(const char *fault, const char *reason)
{
    struct rig r;
    rig_init(&r, fault);
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_STALLED);
    rig_await_remarks(&r, 8);
    ck_assert_uint_eq(r.move_count, 1);
    rig_assert_move(&r, 0, SOURCE_STALLED, reason);
    assert_has(r.remarks[0].reason, reason);
    assert_has(r.remarks[0].reason, "; next attempt in 0.0 s");
    ck_assert_uint_ge(opens(&r), 9);
    ck_assert_uint_ge(stalls(&r, ALARM_INTERMITTENT), 9);
    ck_assert_uint_eq(stalls(&r, ALARM_PERMANENT), 0);
    ck_assert_uint_eq(rig_other_alarms(&r, ALARM_STALL), 0);
    ck_assert_uint_eq(r.taken, 0);
    (void)rig_stop(&r);
}

START_TEST(a_source_that_stalls_is_tried_for_ever)
{
    is_tried_for_ever("stalling", "no sample in 100 ms of collecting");
}
END_TEST

START_TEST(a_source_with_an_error_on_every_call_is_tried_for_ever)
{
    is_tried_for_ever("erring", "erring: ");
}
END_TEST

START_TEST(a_source_that_cannot_be_opened_is_tried_for_ever)
{
    is_tried_for_ever("open_fails", "cannot open open_fails: ");
}
END_TEST

START_TEST(a_stall_is_explained_by_what_was_counted_meanwhile)
{
    struct rig r;
    rig_init(&r, "stalling");
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_STALLED);
    rig_assert_move(&r, 0, SOURCE_STALLED,
                    "no sample in 100 ms of collecting, but faulty ");
    (void)rig_stop(&r);
}
END_TEST

START_TEST(pauses_grow_up_to_the_longest)
{
    struct rig r;
    rig_init(&r, "open_fails");
    r.options.retry_min_ms = 100;
    r.options.retry_max_ms = 350;
    uint64_t before = monotonic_now_ms();
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_STALLED);
    ck_assert_ptr_nonnull(strstr(r.moves[0].reason, "next attempt in 0.1 s"));
    rig_await_remarks(&r, 3);
    assert_has(r.remarks[0].reason, "next attempt in 0.2 s");
    assert_has(r.remarks[1].reason, "next attempt in 0.3 s");
    assert_has(r.remarks[2].reason, "next attempt in 0.3 s");
    ck_assert_uint_ge(monotonic_now_ms() - before, 100 + 200 + 350);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_stop_ends_a_pause)
{
    struct rig r;
    rig_init(&r, "open_fails");
    r.options.retry_min_ms = 60000;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_STALLED);
    ck_assert_uint_lt(rig_stop(&r), 10000);
}
END_TEST

/* `heal` calls fail, then it is good; `least` to `most` troubles of the worker.
 */
static void is_cured(const char *fault, int heal, unsigned least, unsigned most)
{
    struct rig r;
    rig_init(&r, fault);
    rig_tune(&r, "onset", 0);
    rig_tune(&r, "heal", heal);
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_HEALTHY);
    uint64_t troubles = stalls(&r, ALARM_INTERMITTENT);
    ck_assert_uint_ge(troubles, least);
    ck_assert_uint_le(troubles, most);
    ck_assert_uint_eq(opens(&r), 1 + troubles);
    ck_assert_uint_eq(stalls(&r, ALARM_PERMANENT), 0);
    ck_assert_uint_eq(rig_other_alarms(&r, ALARM_STALL), 0);
    rig_await_taken(&r, 10000);
    ck_assert_uint_eq(r.move_count, 3);
    rig_assert_move(&r, 0, SOURCE_STALLED, "");
    rig_assert_move(&r, 1, SOURCE_STARTING, "");
    rig_assert_move(&r, 2, SOURCE_HEALTHY, "");
    ck_assert_uint_eq(r.remark_count, troubles - 1); /* each one is told */
    (void)rig_stop(&r);
}

START_TEST(reopening_once_cures)
{
    is_cured("erring", 1, 1, 1);
}
END_TEST

START_TEST(reopening_three_times_cures)
{
    is_cured("dying", 3, 3, 3);
}
END_TEST

START_TEST(an_open_that_succeeds_the_third_time_cures)
{
    is_cured("open_fails", 2, 2, 2);
}
END_TEST

START_TEST(a_stall_that_ends_is_not_a_failure)
{
    /* Two calls of 50 ms are a stall, one is not, unless the machine is so busy
     * that it takes twice as long. */
    is_cured("stalling", 3, 1, 3);
}
END_TEST

START_TEST(a_short_pause_is_not_a_stall)
{
    struct rig r;
    rig_init(&r, "stalling");
    rig_tune(&r, "onset", 0);
    rig_tune(&r, "heal", 1);
    r.options.stall_ms = 2000; /* one call takes 50, more on a busy machine */
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_HEALTHY);
    ck_assert_uint_eq(opens(&r), 1);
    ck_assert_uint_eq(stalls(&r, ALARM_INTERMITTENT), 0);
    ck_assert_uint_eq(r.remark_count, 0);
    (void)rig_stop(&r);
}
END_TEST

/* As it is for a process that is stopped within a call, and goes on later. */
START_TEST(a_call_kept_from_the_processor_is_not_a_stall)
{
    struct rig r;
    rig_init(&r, "hanging");
    fault_turn(FAULTS_OFF);
    r.options.stall_ms = 300;
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_HEALTHY);
    fault_turn(FAULTS_ON);
    while (atomic_load(&fault_history(r.collector)->faulty) == 0)
        rig_go_on(&r, 1);
    rig_go_on(&r, 600);
    fault_turn(FAULTS_OFF);
    rig_await_taken(&r, r.taken + RING);
    ck_assert_uint_eq(opens(&r), 1);
    ck_assert_uint_eq(stalls(&r, ALARM_INTERMITTENT), 0);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_healthy_source_that_dies_says_why)
{
    struct rig r;
    rig_init(&r, "dying");
    rig_tune(&r, "onset", 20000);
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_STALLED);
    rig_await_remarks(&r, 2);
    ck_assert_uint_eq(r.move_count, 2);
    rig_assert_move(&r, 0, SOURCE_HEALTHY, "");
    rig_assert_move(&r, 1, SOURCE_STALLED, "dying: ");
    ck_assert_uint_gt(r.taken, 0);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_source_that_dies_and_recovers_is_tested_again)
{
    struct rig r;
    rig_init(&r, "dying");
    rig_tune(&r, "onset", 20000);
    rig_tune(&r, "heal", 1);
    r.takes = true;
    rig_start(&r, RING);
    rig_await_moves(&r, 4);
    rig_assert_move(&r, 1, SOURCE_STALLED, "dying: ");
    rig_assert_move(&r, 2, SOURCE_STARTING, "");
    rig_assert_move(&r, 3, SOURCE_HEALTHY, "");
    uint64_t taken = r.taken;
    rig_await_taken(&r, taken + 10000);
    ck_assert_uint_eq(atomic_load(&r.source.starts), 2);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(what_was_not_taken_when_a_source_died_is_not_handed_out)
{
    struct rig r;
    rig_init(&r, "dying");
    rig_tune(&r, "onset", 10000);
    rig_start(&r, RING);
    rig_await_moves(&r, 2);
    rig_assert_move(&r, 1, SOURCE_STALLED, "dying: ");
    ck_assert_uint_eq(source_available(&r.source), 0);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_slow_start_is_waited_for)
{
    struct rig r;
    rig_init(&r, "slow");
    rig_tune(&r, "delay_ms", 300);
    rig_tune(&r, "rate_hz", 5000);
    r.options.stall_ms = 1000;
    uint64_t before = monotonic_now_ms();
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_HEALTHY);
    ck_assert_uint_ge(monotonic_now_ms() - before, 300);
    ck_assert_uint_eq(opens(&r), 1);
    ck_assert_uint_eq(stalls(&r, ALARM_INTERMITTENT), 0);
    (void)rig_stop(&r);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_source_that_stalls_is_tried_for_ever),
        TEST(a_source_with_an_error_on_every_call_is_tried_for_ever),
        TEST(a_source_that_cannot_be_opened_is_tried_for_ever),
        TEST(a_stall_is_explained_by_what_was_counted_meanwhile),
        TEST(pauses_grow_up_to_the_longest),
        TEST(a_stop_ends_a_pause),
        TEST(reopening_once_cures),
        TEST(reopening_three_times_cures),
        TEST(an_open_that_succeeds_the_third_time_cures),
        TEST(a_stall_that_ends_is_not_a_failure),
        TEST(a_short_pause_is_not_a_stall),
        TEST(a_call_kept_from_the_processor_is_not_a_stall),
        TEST(a_healthy_source_that_dies_says_why),
        TEST(a_source_that_dies_and_recovers_is_tested_again),
        TEST(what_was_not_taken_when_a_source_died_is_not_handed_out),
        TEST(a_slow_start_is_waited_for),
        {0},
    };
    return run_tests("worker_troubles", tests);
}
