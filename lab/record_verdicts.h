/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_RECORD_VERDICTS_H
#define ENTROPYD_LAB_RECORD_VERDICTS_H

/*
 * What the daemon's own judge says of a recording: it gets a copy of every
 * sample and its alarms are noted. Nothing of it decides about what is
 * recorded. After an alarm that would end a source it begins again, as after a
 * selftest. Rows of a restart matrix are too short for a start-up test; each is
 * put through the continuous tests separately. One thread.
 */

#include "base/reason.h"
#include "daemon/health/health.h"
#include "daemon/source/source.h"

#include <stdbool.h>

/* Alarms that are told in full; further ones are counted. */
#define RECORD_ALARMS_MAX 100u

struct record_alarm {
    uint64_t sample; /* index in the recording: the verdict fell with it */
    const char *test, *level;
    char why[SOURCE_REASON_MAX];
};

struct record_verdicts {
    struct source source;
    struct judge *judge;
    bool is_rows;
    struct health health; /* of rows */
    uint64_t seen;        /* samples, warm-up not counted */
    uint64_t alarm_total;
    struct record_alarm alarms[RECORD_ALARMS_MAX];
    uint64_t starts;             /* start-up tests passed */
    unsigned estimate_millibits; /* the lowest that was shown; 0: none */
};

/* Begins, for the collector's claim. 0 or -errno. */
int record_verdicts_init(struct record_verdicts *v, const struct collector *c,
                         unsigned claim_millibits, uint64_t clock_step_ticks,
                         bool is_rows);

/* Frees. A zeroed one is allowed. */
void record_verdicts_fini(struct record_verdicts *v);

/* A warm-up sample each: only the judge sees them. */
void record_verdicts_warm_up(struct record_verdicts *v, const uint64_t *ticks,
                             size_t n);

/* Recorded samples. gcd_ticks, at least 1, divides the symbols of rows. */
void record_verdicts_add(struct record_verdicts *v, const uint64_t *ticks,
                         size_t n, uint64_t gcd_ticks);

/* A new row begins. */
void record_verdicts_next_row(struct record_verdicts *v);

/* Notes a stall or an error, as text. */
void record_verdicts_stall(struct record_verdicts *v, const char *why);

#endif
