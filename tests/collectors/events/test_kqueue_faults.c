/* SPDX-License-Identifier: MIT */
/* kqueue_events when calls fail. */

#include "collectors/events/event_tunables.h"
#include "tests/collectors/events/event_faults.h"
#include "tests/collectors/events/event_pair.h"

const struct collector *const event_pair_collector = &kqueue_events_collector;
const enum fault_call event_faults_wait = FAULT_KEVENT;

/* clang-format off */
EVENT_FAULT(open, kqueue, FAULT_KQUEUE)
EVENT_FAULT(open, kevent, FAULT_KEVENT)
EVENT_FAULT(resume, kevent, FAULT_KEVENT)
/* clang-format on */

int main(void)
{
    const struct test_entry tests[] = {
        TESTS(event_faults_tests),
        TEST(open_survives_a_failed_kqueue),
        TEST(open_survives_a_failed_kevent),
        TEST(resume_survives_a_failed_kevent),
        {0},
    };
    return run_tests("kqueue_events faults", tests);
}
