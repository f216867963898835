#ifndef ENTROPYD_DAEMON_HEALTH_GRANULARITY_H
#define ENTROPYD_DAEMON_HEALTH_GRANULARITY_H

/*
 * Is the clock fine enough, and the noise varied enough, to be believed? The
 * greatest common divisor of the samples, the clock's own smallest step (a
 * clock of 24 MHz rounded to nanoseconds moves by 41 or 42 and hides from a
 * divisor), and how many different symbols there are. One thread.
 */

#include "base/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct granularity {
    uint64_t gcd_ticks; /* of the samples so far; 0: none but zeros */
    unsigned distinct;  /* different symbols so far */
    bool is_seen[256];  /* which */
};

/* Forgets everything. */
void granularity_reset(struct granularity *g);

/* One more sample, and one more symbol. Apart, for symbols need a divisor that
 * all samples have to be seen for. */
void granularity_sample(struct granularity *g, uint64_t ticks);
void granularity_symbol(struct granularity *g, uint8_t symbol);

/* The larger of divisor and clock step, in ticks. */
uint64_t granularity_ticks(const struct granularity *g,
                           uint64_t clock_step_ticks);

/* Are `ns` nanoseconds of granularity, and the symbols seen, good enough? If
 * not, says why in words. */
bool granularity_is_fine(const struct granularity *g, uint64_t ns,
                         struct reason *why);

#endif
