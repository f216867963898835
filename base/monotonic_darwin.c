/* SPDX-License-Identifier: MIT */
/* Running time on macOS: CLOCK_UPTIME_RAW, for CLOCK_MONOTONIC counts sleep
 * there. Condition variables know no clock but the wall's, so a wait is
 * relative (pthread_cond_timedwait_relative_np). */

#include "base/monotonic.h"

#include <errno.h>
#include <time.h>

/* Longer waits wait without limit: a thousand years, far from any overflow. */
#define LONGEST_MS (UINT64_C(1000) * 365 * 24 * 60 * 60 * 1000)

uint64_t monotonic_now_ms(void)
{
    return clock_gettime_nsec_np(CLOCK_UPTIME_RAW) / 1000000 + 1;
}

int monotonic_cond_init(pthread_cond_t *cond)
{
    return -pthread_cond_init(cond, NULL);
}

int monotonic_wait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                   uint64_t timeout_ms)
{
    if (timeout_ms > LONGEST_MS)
        return -pthread_cond_wait(cond, mutex);

    struct timespec span = {.tv_sec = (time_t)(timeout_ms / 1000),
                            .tv_nsec = (long)(timeout_ms % 1000) * 1000000};

    return -pthread_cond_timedwait_relative_np(cond, mutex, &span);
}
