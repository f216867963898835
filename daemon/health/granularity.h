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

#endif
