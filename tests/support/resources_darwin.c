/* SPDX-License-Identifier: MIT */
/* From the kernel's task and descriptor tables. */

#include "tests/support/resources.h"

#include <check.h>
#include <mach/mach.h>
#include <stdlib.h>

static int count_threads(void)
{
    thread_act_array_t threads;
    mach_msg_type_number_t count = 0;
    kern_return_t kr = task_threads(mach_task_self(), &threads, &count);
    ck_assert_int_eq(kr, KERN_SUCCESS);
    for (mach_msg_type_number_t i = 0; i < count; i++)
        mach_port_deallocate(mach_task_self(), threads[i]);
    vm_deallocate(mach_task_self(), (vm_address_t)threads,
                  count * sizeof(*threads));
    return (int)count;
}

struct resources resources_now(void)
{
    const char *temp = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe) */
    return (struct resources){
        .descriptors = resources_count("/dev/fd", "") - 1,
        .threads = count_threads(),
        .mappings = -1,
        .temp_files = resources_count(temp != NULL ? temp : "/tmp", "entropyd"),
    };
}
