/* SPDX-License-Identifier: MIT */
/* kqueue_events on the kernel's kqueue, or on the fake one where there is none.
 */

#include "collectors/events/event_tunables.h"
#include "tests/collectors/events/event_pair.h"

const struct collector *const event_pair_collector = &kqueue_events_collector;

int main(void)
{
    const struct test_entry tests[] = {
        TESTS(event_pair_tests),
        TESTS(event_pair_resource_tests),
        {0},
    };
    return run_tests("kqueue_events", tests);
}
