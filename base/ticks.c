/* What follows from the clock alone, the same on every platform. */

#include "base/ticks.h"
#include "base/ticks_scale.h"

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
