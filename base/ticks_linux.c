/* SPDX-License-Identifier: MIT */
/* CLOCK_MONOTONIC_RAW: nanoseconds that NTP does not slew, read in user space
 * by the vDSO. */

#include "base/ticks.h"

#include <time.h>

#define NS_PER_S UINT64_C(1000000000)

uint64_t ticks_now(void)
{
    struct timespec now;
    /* Fails only for an unknown clock or a bad pointer. */
    (void)clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void ticks_timebase(uint32_t *numerator, uint32_t *denominator)
{
    *numerator = 1;
    *denominator = 1;
}

const char *ticks_clock_name(void)
{
    return "CLOCK_MONOTONIC_RAW";
}
