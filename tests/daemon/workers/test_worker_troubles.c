/* A worker whose collector fails, stalls or cannot be opened: it opens it again
 * after 10, 100 and 1000 ms, and then gives up. */

#include "tests/daemon/workers/worker_rig.h"

#include "base/monotonic.h"
#include "tests/support/run.h"

#include <string.h>

#define RING 16384

/* Troubles that reopening cures, before the fourth ends it. */
#define REOPENINGS 3

static uint64_t opens(const struct rig *r)
{
    return atomic_load(&fault_history(r->collector)->opens);
}

static uint64_t stalls(const struct rig *r, enum alarm_level level)
{
    return rig_alarms(r, ALARM_STALL, level);
}

/* From the first sample on, and for good. */
static void is_given_up(const char *fault, const char *reason)
{
    struct rig r;
    rig_init(&r, fault);
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_FAILED);
    ck_assert_uint_eq(r.move_count, 1);
    rig_assert_move(&r, 0, SOURCE_FAILED,
                    "permanent stall alarm: opened 3 times in vain: ");
    ck_assert_ptr_nonnull(strstr(r.moves[0].reason, reason));
    ck_assert_uint_eq(opens(&r), 1 + REOPENINGS);
    ck_assert_uint_eq(stalls(&r, ALARM_INTERMITTENT), REOPENINGS);
    ck_assert_uint_eq(stalls(&r, ALARM_PERMANENT), 1);
    ck_assert_uint_eq(rig_other_alarms(&r, ALARM_STALL), 0);
    ck_assert_uint_eq(r.taken, 0);
    (void)rig_stop(&r);
}

START_TEST(a_source_that_stalls_is_given_up_after_three_reopenings)
{
    is_given_up("stalling", "no sample in 100 ms of collecting");
}
END_TEST

START_TEST(a_source_with_an_error_on_every_call_is_given_up)
{
    is_given_up("erring", "erring: ");
}
END_TEST

START_TEST(a_source_that_cannot_be_opened_is_given_up)
{
    is_given_up("open_fails", "cannot open open_fails: ");
}
END_TEST

/* `heal` calls fail, then it is good; `troubles` of the worker. */
static void is_cured(const char *fault, int heal, unsigned troubles)
{
    struct rig r;
    rig_init(&r, fault);
    rig_tune(&r, "onset", 0);
    rig_tune(&r, "heal", heal);
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_HEALTHY);
    ck_assert_uint_eq(opens(&r), 1 + troubles);
    ck_assert_uint_eq(stalls(&r, ALARM_INTERMITTENT), troubles);
    ck_assert_uint_eq(stalls(&r, ALARM_PERMANENT), 0);
    ck_assert_uint_eq(rig_other_alarms(&r, ALARM_STALL), 0);
    rig_await_taken(&r, 10000);
    ck_assert_uint_eq(r.move_count, 1);
    ck_assert_uint_eq(r.remark_count, troubles); /* each one is told */
    (void)rig_stop(&r);
}

START_TEST(reopening_once_cures)
{
    is_cured("erring", 1, 1);
}
END_TEST

START_TEST(reopening_three_times_cures)
{
    is_cured("dying", REOPENINGS, REOPENINGS);
}
END_TEST

START_TEST(an_open_that_succeeds_the_third_time_cures)
{
    is_cured("open_fails", 2, 2);
}
END_TEST

START_TEST(a_stall_that_ends_is_no_failure)
{
    is_cured("stalling", 3, 1); /* two calls of 50 ms are a stall, one is not */
}
END_TEST

START_TEST(a_short_pause_is_no_stall)
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

START_TEST(a_healthy_source_that_dies_says_why_and_is_given_up)
{
    struct rig r;
    rig_init(&r, "dying");
    rig_tune(&r, "onset", 20000);
    r.takes = true;
    rig_start(&r, RING);
    rig_await_state(&r, SOURCE_FAILED);
    ck_assert_uint_eq(r.move_count, 3);
    rig_assert_move(&r, 0, SOURCE_HEALTHY, "");
    rig_assert_move(&r, 1, SOURCE_STARTING,
                    "intermittent stall alarm: dying: ");
    rig_assert_move(&r, 2, SOURCE_FAILED,
                    "permanent stall alarm: opened 3 times in vain: dying: ");
    ck_assert_uint_gt(r.taken, 0);
    (void)rig_stop(&r);
}
END_TEST

START_TEST(a_source_that_dies_and_comes_back_is_tested_again)
{
    struct rig r;
    rig_init(&r, "dying");
    rig_tune(&r, "onset", 20000);
    rig_tune(&r, "heal", 1);
    r.takes = true;
    rig_start(&r, RING);
    rig_await_moves(&r, 3);
    rig_assert_move(&r, 1, SOURCE_STARTING,
                    "intermittent stall alarm: dying: ");
    rig_assert_move(&r, 2, SOURCE_HEALTHY, "");
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
    rig_assert_move(&r, 1, SOURCE_STARTING,
                    "intermittent stall alarm: dying: ");
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
        TEST(a_source_that_stalls_is_given_up_after_three_reopenings),
        TEST(a_source_with_an_error_on_every_call_is_given_up),
        TEST(a_source_that_cannot_be_opened_is_given_up),
        TEST(reopening_once_cures),
        TEST(reopening_three_times_cures),
        TEST(an_open_that_succeeds_the_third_time_cures),
        TEST(a_stall_that_ends_is_no_failure),
        TEST(a_short_pause_is_no_stall),
        TEST(a_healthy_source_that_dies_says_why_and_is_given_up),
        TEST(a_source_that_dies_and_comes_back_is_tested_again),
        TEST(what_was_not_taken_when_a_source_died_is_not_handed_out),
        TEST(a_slow_start_is_waited_for),
        {0},
    };
    return run_tests("worker_troubles", tests);
}
