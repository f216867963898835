/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_TICKS_H
#define ENTROPYD_BASE_TICKS_H

/*
 * The clock that samples are taken with, in its own ticks, and what it takes
 * to understand them. One file a platform: mach_absolute_time() on macOS,
 * CLOCK_MONOTONIC_RAW in nanoseconds on Linux. Neither is slewed,
 * and neither needs a system call on ordinary hardware. Any thread.
 */

#include <stdint.h>

/* Now. Cannot fail; costs some 20 ns. */
uint64_t ticks_now(void);

/* A tick's length is numerator / denominator nanoseconds (1/1 on Linux and
 * Intel Macs, 125/3 on Apple Silicon). */
void ticks_timebase(uint32_t *numerator, uint32_t *denominator);

/* The clock's name, for status: "mach_absolute_time", "CLOCK_MONOTONIC_RAW". */
const char *ticks_clock_name(void);

/* ticks as nanoseconds; saturates at UINT64_MAX. */
uint64_t ticks_to_ns(uint64_t ticks);

/* The same by a given timebase: ticks * numerator / denominator, rounded down,
 * without an overflow on the way. Neither number is 0. */
uint64_t ticks_scale(uint64_t ticks, uint32_t numerator, uint32_t denominator);

/* The smallest non-zero step between back-to-back readings, out of `reads`
 * (>= 2) of them; 0 if the clock never moved. Some 20 ns a reading. */
uint64_t ticks_smallest_step(unsigned reads);

#endif
