/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_CORRELATION_H
#define ENTROPYD_LAB_CORRELATION_H

/*
 * Do two recordings that were made at the same time depend on each other? Two
 * looks, neither of which is part of SP 800-90B:
 *
 *   durations   the mean logarithm of the durations in slots of 10 ms, cross-
 *               correlated at lags up to 320 ms: a load that both are under
 *               shows here
 *   symbols     each sample with the one of the other recording that ended
 *               first after it, and with its neighbours: how many bits the one
 *               tells of the other (mutual information of the upper halves of
 *               both symbols). It matters for credit.
 *
 * One thread.
 */

#include "base/reason.h"
#include "lab/dataset.h"

#include <stdbool.h>

#define CORRELATION_SLOT_MS 10
#define CORRELATION_SLOTS   32 /* largest lag, in slots, either way */
#define CORRELATION_PAIRS   16 /* largest lag, in samples, either way */

/* Overlap that is asked for: enough slots to say something of 65 lags. */
#define CORRELATION_SECONDS_MIN 2.0

/* Longest overlap that is taken, two days, which bounds the memory. */
#define CORRELATION_SECONDS_MAX (48 * 3600.0)

/* Symbols are called dependent where one tells more of another than this many
 * bits beyond what chance does: a fiftieth of the default claim. */
#define CORRELATION_BITS_MAX 0.01

struct correlation {
    double seconds; /* that both were recording */
    size_t slots;
    double durations[2 * CORRELATION_SLOTS + 1]; /* lag of b behind a: from
                                                  * -CORRELATION_SLOTS on */
    double bound;     /* 99 of 100 pairs of independent recordings with these
                       * autocorrelations stay below it at all lags (Bartlett) */
    int duration_lag; /* in slots: of the largest */
    size_t pairs;
    double bits[2 * CORRELATION_PAIRS + 1]; /* told, of each lag */
    double chance_bits;                     /* by chance alone, on average */
    int symbol_lag;                         /* of the most */
    bool are_durations_correlated, are_symbols_dependent;
};

/*
 * Compares two recordings. 0; -ENOMEM; -EINVAL with the reason in `why`: one
 * has no times of its samples, or they were not made at the same time.
 */
int correlation_run(struct correlation *c, const struct dataset *a,
                    const struct dataset *b, struct reason *why);

#endif
