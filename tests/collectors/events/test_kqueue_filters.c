/* SPDX-License-Identifier: MIT */
/* What kqueue_events registers, and that the fake kqueue, which tells, behaves
 * as XNU's does. */

#include "collectors/events/event_tunables.h"

#include "base/reason.h"
#include "collectors/events/watch_files.h"
#include "tests/collectors/events/event_pair.h"
#include "tests/fakes/kqueue/fake_kqueue.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_NOTES 64

const struct collector *const event_pair_collector = &kqueue_events_collector;

/* One second, and no time. */
static const struct timespec second = {.tv_sec = 1};
static const struct timespec at_once = {0};

static void change(int queue, uintptr_t ident, int16_t filter, uint16_t flags,
                   uint32_t fflags, intptr_t data)
{
    struct kevent wanted;
    EV_SET(&wanted, ident, filter, flags, fflags, data, NULL);
    ck_assert_int_eq(kevent(queue, &wanted, 1, NULL, 0, NULL), 0);
}

static int next(int queue, struct kevent *event, const struct timespec *limit)
{
    return kevent(queue, NULL, 0, event, 1, limit);
}

static unsigned count_filter(const struct kevent *notes, size_t count,
                             int16_t filter)
{
    unsigned found = 0;
    for (size_t i = 0; i < count; i++)
        found += notes[i].filter == filter;
    return found;
}

START_TEST(registers_what_the_tunables_ask_and_nothing_level_triggered)
{
    struct kevent notes[MAX_NOTES];
    void *self = event_pair_open(NULL);
    ck_assert_uint_eq(fake_kqueue_count(), 1);
    size_t count = fake_kqueue_registered(notes, MAX_NOTES);
    ck_assert_uint_eq(count, 16);
    ck_assert_uint_eq(count_filter(notes, count, EVFILT_TIMER), 8);
    ck_assert_uint_eq(count_filter(notes, count, EVFILT_READ), 4);
    ck_assert_uint_eq(count_filter(notes, count, EVFILT_VNODE), 4);
    ck_assert_uint_eq(count_filter(notes, count, EVFILT_WRITE), 0);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_ne(notes[i].flags & EV_CLEAR, 0);
        if (notes[i].filter == EVFILT_TIMER)
            ck_assert_uint_eq(notes[i].fflags, NOTE_NSECONDS | NOTE_CRITICAL);
        if (notes[i].filter == EVFILT_VNODE)
            ck_assert_uint_eq(notes[i].fflags, NOTE_WRITE | NOTE_ATTRIB);
    }
    kqueue_events_collector.close(self);
    ck_assert_uint_eq(fake_kqueue_count(), 0);
}
END_TEST

/* The intervals of the registered timers, by number. */
static void timer_intervals(int64_t out[8])
{
    struct kevent notes[MAX_NOTES];
    size_t count = fake_kqueue_registered(notes, MAX_NOTES);
    ck_assert_uint_eq(count_filter(notes, count, EVFILT_TIMER), 8);
    for (size_t i = 0; i < count; i++) {
        if (notes[i].filter == EVFILT_TIMER)
            out[notes[i].ident] = notes[i].data;
    }
}

START_TEST(timers_begin_at_random_phases)
{
    int64_t first[8] = {0};
    int64_t second_time[8] = {0};
    int64_t resumed[8] = {0};
    struct reason why = {.text = ""};
    void *self = event_pair_open(NULL);
    timer_intervals(first);
    kqueue_events_collector.pause(self);
    ck_assert_int_eq(kqueue_events_collector.resume(self, &why), 0);
    timer_intervals(resumed);
    kqueue_events_collector.close(self);
    self = event_pair_open(NULL);
    timer_intervals(second_time);
    kqueue_events_collector.close(self);
    ck_assert_mem_ne(first, second_time, sizeof(first));
    ck_assert_mem_ne(first, resumed, sizeof(first));
}
END_TEST

START_TEST(timers_go_on_with_their_periods)
{
    int64_t intervals[8] = {0};
    void *self = event_pair_open(NULL);
    event_pair_collect(self, 2000);
    timer_intervals(intervals);
    for (int i = 0; i < 8; i++) {
        ck_assert_int_ge(intervals[i], 100000);
        ck_assert_int_le(intervals[i], 732000);
        ck_assert(i == 0 || intervals[i] > intervals[i - 1]);
    }
    kqueue_events_collector.close(self);
}
END_TEST

START_TEST(a_pause_deletes_the_timers_only)
{
    struct kevent notes[MAX_NOTES];
    void *self = event_pair_open(NULL);
    kqueue_events_collector.pause(self);
    size_t count = fake_kqueue_registered(notes, MAX_NOTES);
    ck_assert_uint_eq(count, 8);
    ck_assert_uint_eq(count_filter(notes, count, EVFILT_TIMER), 0);
    kqueue_events_collector.close(self);
}
END_TEST

START_TEST(fake_write_filter_is_level_triggered)
{
    int pair[2];
    int queue = kqueue();
    struct kevent event;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    change(queue, (uintptr_t)pair[1], EVFILT_WRITE, EV_ADD, 0, 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(next(queue, &event, &second), 1);
        ck_assert_int_eq(event.filter, EVFILT_WRITE);
    }
    close(queue);
    close(pair[0]);
    close(pair[1]);
}
END_TEST

START_TEST(fake_read_filter_with_clear_reports_new_bytes_once)
{
    int pair[2];
    int queue = kqueue();
    struct kevent event;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    change(queue, (uintptr_t)pair[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0);
    ck_assert_int_eq(next(queue, &event, &at_once), 0);
    ck_assert_int_eq(write(pair[1], "ab", 2), 2);
    ck_assert_int_eq(next(queue, &event, &second), 1);
    ck_assert_int_eq(event.data, 2);
    ck_assert_int_eq(next(queue, &event, &at_once), 0);
    ck_assert_int_eq(write(pair[1], "c", 1), 1);
    ck_assert_int_eq(next(queue, &event, &second), 1);
    ck_assert_int_eq(event.data, 3);
    close(pair[1]);
    ck_assert_int_eq(next(queue, &event, &second), 1);
    ck_assert_int_ne(event.flags & EV_EOF, 0);
    close(pair[0]);
    close(queue);
}
END_TEST

START_TEST(fake_vnode_filter_hears_touches_and_writes)
{
    int file;
    struct reason why = {.text = ""};
    int queue = kqueue();
    struct kevent event;
    ck_assert_int_eq(watch_files_open(&file, 1, &why), 0);
    change(queue, (uintptr_t)file, EVFILT_VNODE, EV_ADD | EV_CLEAR,
           NOTE_WRITE | NOTE_ATTRIB, 0);
    ck_assert_int_eq(next(queue, &event, &at_once), 0);
    ck_assert_int_eq(futimens(file, NULL), 0);
    ck_assert_int_eq(next(queue, &event, &second), 1);
    ck_assert_uint_eq(event.fflags, NOTE_ATTRIB);
    ck_assert_int_eq(next(queue, &event, &at_once), 0);
    ck_assert_int_eq(write(file, "x", 1), 1);
    ck_assert_int_eq(next(queue, &event, &second), 1);
    ck_assert_uint_eq(event.fflags, NOTE_WRITE);
    close(queue);
    close(file);
}
END_TEST

START_TEST(fake_timers_repeat_and_count_what_was_missed)
{
    int queue = kqueue();
    struct kevent event;
    change(queue, 7, EVFILT_TIMER, EV_ADD, NOTE_USECONDS, 2000);
    ck_assert_int_eq(next(queue, &event, &second), 1);
    ck_assert_uint_eq(event.ident, 7);
    const struct timespec pause = {.tv_nsec = 20000000};
    nanosleep(&pause, NULL);
    ck_assert_int_eq(next(queue, &event, &at_once), 1);
    ck_assert_int_ge(event.data, 9);
    /* A change restarts it. */
    change(queue, 7, EVFILT_TIMER, EV_ADD, NOTE_NSECONDS, 900000000000);
    ck_assert_int_eq(next(queue, &event, &at_once), 0);
    change(queue, 7, EVFILT_TIMER, EV_ADD | EV_ONESHOT, NOTE_NSECONDS, 1);
    change(queue, 7, EVFILT_TIMER, EV_DELETE, 0, 0);
    ck_assert_int_eq(next(queue, &event, &at_once), 0);
    change(queue, 8, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0, 1);
    ck_assert_int_eq(next(queue, &event, &second), 1);
    ck_assert_uint_eq(fake_kqueue_registered(&event, 1), 0);
    close(queue);
}
END_TEST

START_TEST(fake_user_events_wait_for_their_trigger)
{
    int queue = kqueue();
    struct kevent event;
    change(queue, 1, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0);
    ck_assert_int_eq(next(queue, &event, &at_once), 0);
    change(queue, 1, EVFILT_USER, 0, NOTE_TRIGGER, 0);
    ck_assert_int_eq(next(queue, &event, &at_once), 1);
    ck_assert_int_eq(next(queue, &event, &at_once), 0);
    close(queue);
}
END_TEST

START_TEST(fake_disabled_filters_hold_their_events)
{
    int queue = kqueue();
    struct kevent event;
    change(queue, 1, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0);
    change(queue, 1, EVFILT_USER, EV_DISABLE, NOTE_TRIGGER, 0);
    ck_assert_int_eq(next(queue, &event, &at_once), 0);
    change(queue, 1, EVFILT_USER, EV_ENABLE, 0, 0);
    ck_assert_int_eq(next(queue, &event, &at_once), 1);
    close(queue);
}
END_TEST

START_TEST(fake_refuses_as_the_kernel_does)
{
    int queue = kqueue();
    struct kevent wanted;
    struct kevent event;
    EV_SET(&wanted, 3, EVFILT_TIMER, EV_DELETE, 0, 0, NULL);
    ck_assert_int_eq(kevent(queue, &wanted, 1, NULL, 0, NULL), -1);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_int_eq(kevent(queue, &wanted, 1, &event, 1, &at_once), 1);
    ck_assert_int_ne(event.flags & EV_ERROR, 0);
    ck_assert_int_eq(event.data, ENOENT);
    const struct timespec bad = {.tv_nsec = 1000000000};
    ck_assert_int_eq(kevent(queue, NULL, 0, &event, 1, &bad), -1);
    ck_assert_int_eq(errno, EINVAL);
    close(queue);
    ck_assert_int_eq(kevent(queue, NULL, 0, &event, 1, &at_once), -1);
    ck_assert_int_eq(errno, EBADF);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(registers_what_the_tunables_ask_and_nothing_level_triggered),
        TEST(timers_begin_at_random_phases),
        TEST(timers_go_on_with_their_periods),
        TEST(a_pause_deletes_the_timers_only),
        TEST(fake_write_filter_is_level_triggered),
        TEST(fake_read_filter_with_clear_reports_new_bytes_once),
        TEST(fake_vnode_filter_hears_touches_and_writes),
        TEST(fake_timers_repeat_and_count_what_was_missed),
        TEST(fake_user_events_wait_for_their_trigger),
        TEST(fake_disabled_filters_hold_their_events),
        TEST(fake_refuses_as_the_kernel_does),
        {0},
    };
    return run_tests("kqueue_filters", tests);
}
