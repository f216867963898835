/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HEALTH_GRANULARITY_H
#define ENTROPYD_DAEMON_HEALTH_GRANULARITY_H

/*
 * How fine is the clock that took some samples? The greatest common divisor of
 * the samples, and the clock's own smallest step (a clock of 24 MHz rounded to
 * nanoseconds moves by 41 or 42 and hides from a divisor). Any thread.
 */

#include <stddef.h>
#include <stdint.h>

struct granularity {
    uint64_t gcd_ticks; /* of the samples so far; 0: none but zeros */
};

/* One more sample. */
void granularity_sample(struct granularity *g, uint64_t ticks);

/* The larger of divisor and clock step, in ticks. */
uint64_t granularity_ticks(const struct granularity *g,
                           uint64_t clock_step_ticks);

/*
 * The step of the clock that took n samples, in ticks, at least 1: their
 * greatest common divisor, times the step on whose multiples the rest lie. The
 * first 1,024 are looked at; some 2 ms of processor time.
 */
double granularity_step(const uint64_t *ticks, size_t n);

#endif
