/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HEALTH_HEALTH_H
#define ENTROPYD_DAEMON_HEALTH_HEALTH_H

/*
 * The continuous health tests of one stream of symbols: repetition count and
 * adaptive proportion (SP 800-90B 4.4), and the two predictors, each at two
 * levels: intermittent, 2^-30, and permanent, 2^-60. It only counts; the judge
 * draws the conclusions. One thread.
 */

#include "base/reason.h"
#include "daemon/health/predictors.h"

struct health {
    unsigned rct_cutoff[ALARM_LEVEL_COUNT];
    unsigned apt_cutoff[ALARM_LEVEL_COUNT];
    unsigned run; /* equal symbols in a row, up to now; 0: no symbol yet */
    uint8_t run_symbol; /* which */
    uint8_t apt_symbol; /* the first of this window */
    unsigned apt_seen;  /* symbols of this window */
    unsigned apt_count; /* of these, equal to the first */
    struct lag lag;
    struct markov markov;
};

/* Begins, for a claim in thousandths of a bit (1..8000) and the source's own
 * period (lag_init()). */
void health_init(struct health *h, unsigned claim_millibits, unsigned period);

/* Begins again: everything seen is forgotten. */
void health_reset(struct health *h);

/* One more symbol; bits of enum note. */
unsigned health_insert(struct health *h, uint8_t symbol);

/* The test behind the alarms in notes, of which there is at least one; the
 * first in the order of enum alarm_test where there are several. */
enum alarm_test health_test_of(unsigned notes);

/* The same as text, with the count and its cut-off. */
void health_describe(const struct health *h, unsigned notes,
                     struct reason *why);

#endif
