/* SPDX-License-Identifier: MIT */
/* A message that only an unlucky machine shows: who holds all instances. */

#include "tests/support/assert_has.h"
#include "tests/support/inotify.h"
#include "tests/support/neighbour.h"
#include "tests/support/run.h"

#include <sys/prctl.h>

#define CANNOT "only root can become another user, who has instances of his own"

/* A change of user hides a process's descriptors from that user. */
static void hold_openly(void)
{
    (void)prctl(PR_SET_DUMPABLE, 1);
    neighbour_holds_inotify();
}

START_TEST(who_holds_all_inotify_instances_is_named)
{
    struct neighbour neighbour;
    char why[512];
    char holder[64];
    if (!neighbour_become_user(4096))
        SKIP(CANNOT);
    ck_assert(inotify_is_left(why, sizeof(why)));
    neighbour_start(&neighbour, hold_openly);
    neighbour_hold(&neighbour);
    ck_assert(!inotify_is_left(why, sizeof(why)));
    (void)snprintf(holder, sizeof(holder), "by test_inotify (pid %ld);",
                   (long)neighbour.pid);
    assert_has(why, holder);
    assert_has(why, "sudo sysctl fs.inotify.max_user_instances=");
    neighbour_end(&neighbour);
    ck_assert(inotify_is_left(why, sizeof(why)));
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(who_holds_all_inotify_instances_is_named),
        {0},
    };
    return run_tests("inotify", tests);
}
