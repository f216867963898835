/* SPDX-License-Identifier: MIT */
/* The behaviour of an event collector, for either kernel. */

#include "tests/collectors/events/event_pair.h"

#include "base/reason.h"
#include "base/ticks.h"
#include "tests/support/patience.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define C     event_pair_collector
#define BATCH 256

static void sleep_ms(long ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000,
                                   .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

START_TEST(can_run_here)
{
    struct reason why = {.text = ""};
    int result = C->probe(&why);
    ck_assert_msg(result == 0, "probe: %d, %s", result, why.text);
}
END_TEST

START_TEST(sees_every_kind_of_event)
{
    void *self = event_pair_open(NULL);
    while (event_pair_counter(self, "file_events") < 3)
        event_pair_collect(self, BATCH);
    ck_assert_uint_gt(event_pair_counter(self, "timer_events"), 0);
    ck_assert_uint_gt(event_pair_counter(self, "socket_events"), 0);
    ck_assert_uint_gt(event_pair_counter(self, "stimuli"), 0);
    ck_assert_uint_eq(event_pair_counter(self, "wait_errors"), 0);
    C->close(self);
}
END_TEST

START_TEST(counts_each_sample_once)
{
    void *self = event_pair_open(NULL);
    event_pair_collect(self, scaled(20000));
    ck_assert_uint_eq(event_pair_events(self), (uint64_t)scaled(20000));
    C->close(self);
}
END_TEST

START_TEST(takes_no_sample_from_a_time_out)
{
    /* A timer each 49 to 50 ms: most waits of 1 ms end in nothing. */
    void *self =
        event_pair_open("num_timers", 1, "num_sockets", 0, "num_file_watchers",
                        0, "timer_min_us", 49000, "timer_max_us", 50000, NULL);
    event_pair_collect(self, 5);
    ck_assert_uint_eq(event_pair_events(self), 5);
    ck_assert_uint_gt(event_pair_counter(self, "timeouts"), 5);
    C->close(self);
}
END_TEST

START_TEST(times_the_wait_itself)
{
    /* One timer each 10 ms and room to wait: each sample but the first, which
     * ends at a random phase, is about a period less the time in between. The
     * bound is what a millisecond wait could never reach. */
    void *self = event_pair_open("num_timers", 1, "num_sockets", 0,
                                 "num_file_watchers", 0, "timer_min_us", 10000,
                                 "timer_max_us", 10010, "timeout_ms", 90, NULL);
    uint64_t ticks[20];
    int count = 0;
    while (count < 20)
        count +=
            event_pair_collect_once(self, ticks + count, (size_t)(20 - count));
    uint64_t longest = 0;
    for (int i = 1; i < 20; i++)
        longest = ticks[i] > longest ? ticks[i] : longest;
    ck_assert_uint_gt(longest, 2000000 / 42); /* 2 ms at 24 MHz */
    C->close(self);
}
END_TEST

START_TEST(what_happened_between_two_calls_is_not_a_sample)
{
    void *self =
        event_pair_open("num_timers", 0, "num_sockets", 1, "num_file_watchers",
                        0, "poke_us", 10000, "timeout_ms", 100, NULL);
    int waited = 0;
    for (int i = 0; i < 20; i++) {
        uint64_t ticks;
        uint64_t dropped = event_pair_counter(self, "dropped_events");
        uint64_t sent = event_pair_counter(self, "stimuli");
        while (event_pair_counter(self, "stimuli") < sent + 2)
            sleep_ms(1);
        /* On a busy machine the next byte may be later than a call waits. */
        while (event_pair_collect_once(self, &ticks, 1) == 0)
            ;
        ck_assert_uint_gt(event_pair_counter(self, "dropped_events"), dropped);
        waited += ticks_to_ns(ticks) > 500000;
    }
    ck_assert_uint_eq(event_pair_events(self), 20);
    /* The next byte is as far off as chance has it, up to 10 ms. Where the old
     * one were taken, none would have been waited for. */
    ck_assert_int_ge(waited, 10);
    C->close(self);
}
END_TEST

START_TEST(returns_without_events)
{
    void *self = event_pair_open(NULL);
    C->pause(self);
    uint64_t ticks[BATCH];
    /* What had happened before the pause may still be reported, and on a busy
     * machine the stimulus may have yet to park. */
    while (event_pair_collect_once(self, ticks, BATCH) > 0)
        ;
    ck_assert_uint_gt(event_pair_counter(self, "timeouts"), 0);
    C->close(self);
}
END_TEST

START_TEST(works_with_only_one_kind)
{
    void *timers = event_pair_open("num_timers", 1, "num_sockets", 0,
                                   "num_file_watchers", 0, NULL);
    event_pair_collect(timers, 20);
    ck_assert_uint_eq(event_pair_counter(timers, "timer_events"), 20);
    ck_assert_uint_eq(C->helper_cpu_ns(timers), 0);
    C->close(timers);
    void *sockets = event_pair_open("num_timers", 0, "num_sockets", 1,
                                    "num_file_watchers", 0, NULL);
    event_pair_collect(sockets, 20);
    ck_assert_uint_eq(event_pair_counter(sockets, "socket_events"), 20);
    ck_assert_uint_gt(C->helper_cpu_ns(sockets), 0);
    C->close(sockets);
    void *files = event_pair_open("num_timers", 0, "num_sockets", 0,
                                  "num_file_watchers", 1, NULL);
    event_pair_collect(files, 5);
    ck_assert_uint_eq(event_pair_counter(files, "file_events"), 5);
    C->close(files);
}
END_TEST

START_TEST(works_at_the_ends_of_its_ranges)
{
    void *most = event_pair_open("num_timers", 64, "num_sockets", 64,
                                 "num_file_watchers", 64, "timeout_ms", 100,
                                 "timer_min_us", 20, "timer_max_us", 30,
                                 "poke_us", 50, NULL);
    event_pair_collect(most, scaled(20000));
    C->close(most);
    void *least =
        event_pair_open("num_timers", 1, "num_sockets", 1, "num_file_watchers",
                        1, "timeout_ms", 1, "timer_min_us", 49990,
                        "timer_max_us", 50000, "poke_us", 10000, NULL);
    event_pair_collect(least, 20);
    C->close(least);
}
END_TEST

START_TEST(refuses_nothing_to_wait_for)
{
    struct reason why = {.text = ""};
    ck_assert_int_eq(event_pair_check(&why, "num_timers", 0, "num_sockets", 0,
                                      "num_file_watchers", 0, NULL),
                     -EINVAL);
    ck_assert_ptr_nonnull(strstr(why.text, "num_timers"));
    ck_assert_ptr_nonnull(strstr(why.text, "num_sockets"));
    ck_assert_ptr_nonnull(strstr(why.text, "num_file_watchers"));
    ck_assert_ptr_nonnull(strstr(why.text, "1 to 64"));
}
END_TEST

START_TEST(refuses_crossed_periods)
{
    struct reason why = {.text = ""};
    ck_assert_int_eq(
        event_pair_check(&why, "timer_min_us", 500, "timer_max_us", 509, NULL),
        -EINVAL);
    ck_assert_ptr_nonnull(strstr(why.text, "timer_max_us"));
    ck_assert_ptr_nonnull(strstr(why.text, "509"));
    ck_assert_int_eq(
        event_pair_check(&why, "timer_min_us", 500, "timer_max_us", 510, NULL),
        0);
}
END_TEST

START_TEST(costs_nothing_while_paused)
{
    void *self = event_pair_open(NULL);
    event_pair_collect(self, BATCH);
    C->pause(self);
    C->pause(self);
    uint64_t helper_ns;
    uint64_t stimuli;
    int waited_ms = 0;
    /* On a busy machine the stimulus may have yet to park. One that never does
     * uses some time in each second, even there. */
    do {
        ck_assert_int_lt(waited_ms, PATIENCE_MS);
        helper_ns = C->helper_cpu_ns(self);
        stimuli = event_pair_counter(self, "stimuli");
        sleep_ms(1000);
        waited_ms += 1000;
    } while (C->helper_cpu_ns(self) != helper_ns ||
             event_pair_counter(self, "stimuli") != stimuli);
    C->close(self);
}
END_TEST

START_TEST(goes_on_after_a_pause)
{
    void *self = event_pair_open(NULL);
    event_pair_collect(self, BATCH);
    C->pause(self);
    sleep_ms(20);
    uint64_t before[3] = {event_pair_counter(self, "timer_events"),
                          event_pair_counter(self, "socket_events"),
                          event_pair_counter(self, "file_events")};
    event_pair_resume(self);
    event_pair_resume(self);
    while (event_pair_counter(self, "timer_events") == before[0] ||
           event_pair_counter(self, "socket_events") == before[1] ||
           event_pair_counter(self, "file_events") == before[2])
        event_pair_collect(self, BATCH);
    C->close(self);
}
END_TEST

const struct test_entry event_pair_tests[] = {
    TEST(can_run_here),
    TEST(sees_every_kind_of_event),
    TEST(counts_each_sample_once),
    TEST(takes_no_sample_from_a_time_out),
    TEST(times_the_wait_itself),
    TEST(what_happened_between_two_calls_is_not_a_sample),
    TEST(returns_without_events),
    TEST(works_with_only_one_kind),
    TEST(works_at_the_ends_of_its_ranges),
    TEST(refuses_nothing_to_wait_for),
    TEST(refuses_crossed_periods),
    TEST(costs_nothing_while_paused),
    TEST(goes_on_after_a_pause),
    {0},
};
