/* epoll_events when calls fail. */

#include "collectors/epoll_events.h"
#include "collectors/watch_files.h"
#include "tests/collectors/event_faults.h"
#include "tests/support/resources.h"
#include "tests/support/run.h"

#include <errno.h>

/* One test a call: open(), or resume(), passes its failure on. */
#define FAILS(what, name, call)                                                \
    START_TEST(what##_survives_a_failed_##name)                                \
    {                                                                          \
        event_faults_fail_##what(&epoll_events_collector, call);               \
    }                                                                          \
    END_TEST

/* clang-format off */
FAILS(open, calloc, FAULT_CALLOC)
FAILS(open, socketpair, FAULT_SOCKETPAIR)
FAILS(open, fcntl, FAULT_FCNTL)
FAILS(open, mkdtemp, FAULT_MKDTEMP)
FAILS(open, open, FAULT_OPEN)
FAILS(open, openat, FAULT_OPENAT)
FAILS(open, unlinkat, FAULT_UNLINKAT)
FAILS(open, rmdir, FAULT_RMDIR)
FAILS(open, getentropy, FAULT_GETENTROPY)
FAILS(open, pthread_create, FAULT_PTHREAD_CREATE)
FAILS(open, read, FAULT_READ)
FAILS(open, epoll_create1, FAULT_EPOLL_CREATE1)
FAILS(open, epoll_ctl, FAULT_EPOLL_CTL)
FAILS(open, timerfd_create, FAULT_TIMERFD_CREATE)
FAILS(open, timerfd_settime, FAULT_TIMERFD_SETTIME)
FAILS(open, inotify_init1, FAULT_INOTIFY_INIT1)
FAILS(open, inotify_add_watch, FAULT_INOTIFY_ADD_WATCH)
FAILS(resume, read, FAULT_READ)
FAILS(resume, getentropy, FAULT_GETENTROPY)
FAILS(resume, timerfd_settime, FAULT_TIMERFD_SETTIME)
/* clang-format on */

START_TEST(interrupted_wait_is_no_sample)
{
    event_faults_interrupted_wait_is_no_sample(&epoll_events_collector,
                                               FAULT_EPOLL_WAIT);
}
END_TEST

START_TEST(failed_wait_ends_it)
{
    event_faults_failed_wait_ends_it(&epoll_events_collector, FAULT_EPOLL_WAIT);
}
END_TEST

START_TEST(unreadable_event_ends_it)
{
    event_faults_unreadable_event_ends_it(&epoll_events_collector);
}
END_TEST

START_TEST(hanging_poker_ends_it)
{
    event_faults_hanging_poker_ends_it(&epoll_events_collector);
}
END_TEST

START_TEST(full_socket_is_no_failure)
{
    event_faults_full_socket_is_no_failure(&epoll_events_collector);
}
END_TEST

START_TEST(failed_write_of_the_poker_ends_it)
{
    event_faults_failed_poke_ends_it(&epoll_events_collector, FAULT_WRITE);
}
END_TEST

START_TEST(failed_touch_of_the_poker_ends_it)
{
    event_faults_failed_poke_ends_it(&epoll_events_collector, FAULT_FUTIMENS);
}
END_TEST

START_TEST(watched_files_come_all_or_not_at_all)
{
    int fds[3] = {0};
    char why[COLLECTOR_WHY_MAX] = "";
    struct resources before = resources_now();
    fault_arm(FAULT_OPENAT, 1, EMFILE);
    ck_assert_int_eq(watch_files_open(fds, 3, why, sizeof(why)), -EMFILE);
    ck_assert(fault_struck());
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(fds[i], -1);
    ck_assert_int_eq(resources_now().descriptors, before.descriptors);
    ck_assert_int_eq(resources_now().temp_files, before.temp_files);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(open_survives_a_failed_calloc),
        TEST(open_survives_a_failed_socketpair),
        TEST(open_survives_a_failed_fcntl),
        TEST(open_survives_a_failed_mkdtemp),
        TEST(open_survives_a_failed_open),
        TEST(open_survives_a_failed_openat),
        TEST(open_survives_a_failed_unlinkat),
        TEST(open_survives_a_failed_rmdir),
        TEST(open_survives_a_failed_getentropy),
        TEST(open_survives_a_failed_pthread_create),
        TEST(open_survives_a_failed_read),
        TEST(open_survives_a_failed_epoll_create1),
        TEST(open_survives_a_failed_epoll_ctl),
        TEST(open_survives_a_failed_timerfd_create),
        TEST(open_survives_a_failed_timerfd_settime),
        TEST(open_survives_a_failed_inotify_init1),
        TEST(open_survives_a_failed_inotify_add_watch),
        TEST(resume_survives_a_failed_read),
        TEST(resume_survives_a_failed_getentropy),
        TEST(resume_survives_a_failed_timerfd_settime),
        TEST(interrupted_wait_is_no_sample),
        TEST(failed_wait_ends_it),
        TEST(unreadable_event_ends_it),
        TEST(hanging_poker_ends_it),
        TEST(full_socket_is_no_failure),
        TEST(failed_write_of_the_poker_ends_it),
        TEST(failed_touch_of_the_poker_ends_it),
        TEST(watched_files_come_all_or_not_at_all),
        {0},
    };
    return run_tests("epoll_events faults", tests);
}
