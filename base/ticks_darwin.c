/* SPDX-License-Identifier: MIT */
/* mach_absolute_time(): the processor's own counter, 24 MHz on Apple Silicon,
 * read in user space by the commpage. It stops while the Mac sleeps. */

#include "base/ticks.h"

#include <mach/mach_time.h>

uint64_t ticks_now(void)
{
    return mach_absolute_time();
}

void ticks_timebase(uint32_t *numerator, uint32_t *denominator)
{
    mach_timebase_info_data_t timebase;
    /* Fails only for a bad pointer; libsystem keeps the answer. */
    (void)mach_timebase_info(&timebase);
    *numerator = timebase.numer;
    *denominator = timebase.denom;
}

const char *ticks_clock_name(void)
{
    return "mach_absolute_time";
}
