/* SPDX-License-Identifier: MIT */
/* What follows from the clock alone, the same on every platform. */

#include "base/ticks.h"

/* Whole multiples of the denominator and the rest are scaled apart: both
 * products of the rest stay below 2^64. */
uint64_t ticks_scale(uint64_t ticks, uint32_t numerator, uint32_t denominator)
{
    uint64_t whole = ticks / denominator;
    uint64_t rest = ticks % denominator;
    if (whole > UINT64_MAX / numerator)
        return UINT64_MAX;
    uint64_t scaled_whole = whole * numerator;
    uint64_t scaled_rest = rest * numerator / denominator;
    if (scaled_rest > UINT64_MAX - scaled_whole)
        return UINT64_MAX;
    return scaled_whole + scaled_rest;
}

uint64_t ticks_to_ns(uint64_t ticks)
{
    uint32_t numerator;
    uint32_t denominator;
    ticks_timebase(&numerator, &denominator);
    return ticks_scale(ticks, numerator, denominator);
}

uint64_t ticks_smallest_step(unsigned reads)
{
    uint64_t smallest = 0;
    uint64_t before = ticks_now();
    for (unsigned i = 1; i < reads; i++) {
        uint64_t now = ticks_now();
        uint64_t step = now - before;
        before = now;
        if (step != 0 && (smallest == 0 || step < smallest))
            smallest = step;
    }
    return smallest;
}
