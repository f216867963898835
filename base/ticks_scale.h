#ifndef ENTROPYD_BASE_TICKS_SCALE_H
#define ENTROPYD_BASE_TICKS_SCALE_H

/* The arithmetic of a timebase, apart from any clock. */

#include <stdint.h>

/* ticks * numerator / denominator, rounded down, without an overflow on the
 * way; saturates at UINT64_MAX. Neither number is 0. */
uint64_t ticks_scale(uint64_t ticks, uint32_t numerator, uint32_t denominator);

#endif
