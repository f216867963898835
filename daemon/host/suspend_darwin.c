/* SPDX-License-Identifier: MIT */
/* mach_continuous_time() counts sleep, mach_absolute_time() does not. */

#include "daemon/host/suspend.h"

#include "base/ticks.h"

#include <mach/mach_time.h>

uint64_t suspend_total_ms(void)
{
    uint64_t running = mach_absolute_time();
    uint64_t all = mach_continuous_time();
    return all > running ? ticks_to_ns(all - running) / 1000000 : 0;
}
