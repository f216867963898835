/* Whole multiples of the denominator and the rest are scaled apart: both
 * products of the rest stay below 2^64. */

#include "base/ticks_scale.h"

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
