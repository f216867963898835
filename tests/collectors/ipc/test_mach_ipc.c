/* SPDX-License-Identifier: MIT */
/* mach_ipc: on macOS against its kernel, on Linux against the fake one. */

#include "collectors/ipc/ipc_tunables.h"

#include "tests/collectors/ipc/ipc_pair.h"

#define C (&mach_ipc_collector)
const struct collector *const ipc_pair_collector = C;

int main(void)
{
    const struct test_entry tests[] = {
        TESTS(ipc_pair_tests),
        {0},
    };
    return run_tests("mach_ipc", tests);
}
