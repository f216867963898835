/* SPDX-License-Identifier: MIT */
/* epoll_events when calls fail. */

#include "collectors/events/event_tunables.h"

#include "base/reason.h"
#include "collectors/events/watch_files.h"
#include "tests/collectors/events/event_faults.h"
#include "tests/collectors/events/event_pair.h"
#include "tests/support/inotify.h"
#include "tests/support/resources.h"

#include <errno.h>

const struct collector *const event_pair_collector = &epoll_events_collector;
const enum fault_call event_faults_wait = FAULT_EPOLL_WAIT;

/* clang-format off */
EVENT_FAULT(open, epoll_create1, FAULT_EPOLL_CREATE1)
EVENT_FAULT(open, epoll_ctl, FAULT_EPOLL_CTL)
EVENT_FAULT(open, timerfd_create, FAULT_TIMERFD_CREATE)
EVENT_FAULT(open, timerfd_settime, FAULT_TIMERFD_SETTIME)
FILE_FAULT(inotify_init1, FAULT_INOTIFY_INIT1)
FILE_FAULT(inotify_add_watch, FAULT_INOTIFY_ADD_WATCH)
EVENT_FAULT(resume, timerfd_settime, FAULT_TIMERFD_SETTIME)
/* clang-format on */

START_TEST(watched_files_come_all_or_not_at_all)
{
    int fds[3] = {0};
    struct reason why = {.text = ""};
    struct resources before = resources_now();
    fault_arm(FAULT_OPENAT, 1, EMFILE);
    ck_assert_int_eq(watch_files_open(fds, 3, &why), -EMFILE);
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
        TESTS(event_faults_tests),
        TEST(open_survives_a_failed_epoll_create1),
        TEST(open_survives_a_failed_epoll_ctl),
        TEST(open_survives_a_failed_timerfd_create),
        TEST(open_survives_a_failed_timerfd_settime),
        TEST(files_are_lost_by_a_failed_inotify_init1),
        TEST(files_are_lost_by_a_failed_inotify_add_watch),
        TEST(resume_survives_a_failed_timerfd_settime),
        TEST(watched_files_come_all_or_not_at_all),
        {0},
    };
    if (!inotify_is_left_for("epoll_faults"))
        return INOTIFY_SKIPPED;
    return run_tests("epoll_events faults", tests);
}
