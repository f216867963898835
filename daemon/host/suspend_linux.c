/* SPDX-License-Identifier: MIT */
/* CLOCK_BOOTTIME counts sleep, CLOCK_MONOTONIC does not. */

#include "daemon/host/suspend.h"

#include <time.h>

static int64_t clock_ms(clockid_t id)
{
    struct timespec ts = {0};
    (void)clock_gettime(id, &ts); /* both clocks exist since Linux 2.6.39 */
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

uint64_t suspend_total_ms(void)
{
    int64_t slept = clock_ms(CLOCK_BOOTTIME) - clock_ms(CLOCK_MONOTONIC);
    return slept > 0 ? (uint64_t)slept : 0;
}
