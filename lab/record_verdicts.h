/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_RECORD_VERDICTS_H
#define ENTROPYD_LAB_RECORD_VERDICTS_H

/*
 * What the daemon's own judge says of a recording: it gets a copy of every
 * sample and its alarms are noted. Nothing of it decides about what is
 * recorded. After an alarm that would end a source it begins again, as after a
 * selftest. Rows of a restart matrix are too short for a start-up test; each is
 * put through the continuous tests separately, on symbols by its own step, as
 * the daemon finds the step again at each start. One thread.
 */

#include "base/reason.h"
#include "daemon/health/health.h"
#include "daemon/health/startup_test.h"
#include "daemon/source/source.h"
#include "lab/record_options.h"

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
    /* the present row's first samples, which wait for its step */
    uint64_t head[STARTUP_TEST_SAMPLES];
    size_t head_count;
    uint64_t step_q16; /* of the present row; 0: not known yet */
    uint64_t seen;     /* samples, warm-up not counted */
    uint64_t alarm_total;
    struct record_alarm alarms[RECORD_ALARMS_MAX];
    uint64_t starts;             /* start-up tests passed */
    unsigned estimate_millibits; /* the lowest that was shown; 0: none */
};

/* Begins, for what is requested. clock_step_ticks is ticks_smallest_step(). 0
 * or -errno. */
int record_verdicts_init(struct record_verdicts *v,
                         const struct record_request *request,
                         uint64_t clock_step_ticks);

/* Frees. A zeroed one is allowed. */
void record_verdicts_fini(struct record_verdicts *v);

/* A warm-up sample each: only the judge sees them. */
void record_verdicts_warm_up(struct record_verdicts *v, const uint64_t *ticks,
                             size_t n);

/* Recorded samples. */
void record_verdicts_add(struct record_verdicts *v, const uint64_t *ticks,
                         size_t n);

/* The row is over, and another may begin. Does nothing without rows. */
void record_verdicts_end_row(struct record_verdicts *v);

/* Notes a stall or an error, as text. */
void record_verdicts_stall(struct record_verdicts *v, const char *why);

#endif
