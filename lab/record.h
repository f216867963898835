/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_RECORD_H
#define ENTROPYD_LAB_RECORD_H

/*
 * One collector alone, no socket, no pacing. The samples are
 * consecutive and are written down before they are judged; the daemon's
 * judge sees a copy, in between, as in a worker. Main thread; it blocks until
 * the recording is done, SIGINT, SIGTERM or SIGHUP ends it early, or something
 * fails.
 */

#include "lab/record_files.h"
#include "lab/record_options.h"
#include "lab/record_verdicts.h"

#include <time.h>

/* Most marks of when samples were taken. */
#define RECORD_MARKS_MAX 1024u

/* By then so many samples had been recorded. */
struct record_mark {
    uint64_t samples, ticks; /* of ticks_now() */
};

/* When: before the first sample, and after every `stride` batches. Where there
 * is no more room, every second mark is dropped and the stride doubled. */
struct record_marks {
    struct record_mark all[RECORD_MARKS_MAX];
    unsigned count, stride; /* stride 0: 1 */
    uint64_t calls;
};

/* A recording, as record.json tells of it. */
struct recording {
    const struct record_request *request;
    struct record_files files;
    struct record_verdicts verdicts;
    uint64_t clock_step_ticks;
    uint64_t taken;                        /* samples recorded */
    struct record_marks marks;             /* of one sequence */
    time_t began;                          /* UTC */
    double seconds;                        /* collecting, start-ups included */
    double cpu_seconds;                    /* of all threads, meanwhile */
    double load_before[3], load_after[3];  /* 1, 5, 15 minutes; < 0: unknown */
    uint64_t counters[SOURCE_COUNTER_MAX]; /* summed over restarts */
    struct reason stopped; /* why it is not complete; "": it is */
};

/*
 * Records as the (checked) request says; tells stderr how it went. The
 * program's value: 0; EX_UNAVAILABLE where the source cannot run, or failed on
 * the way; EX_CANTCREAT or EX_IOERR for the files; EX_TEMPFAIL where a signal
 * ended it. What was taken before a signal or a failure of the source is kept
 * and marked as incomplete; a failed write leaves nothing.
 */
int record_run(const struct record_request *request);

/* Notes that so many samples have been recorded by `ticks`; called before the
 * first one and after each batch. */
void record_marks_add(struct record_marks *marks, uint64_t samples,
                      uint64_t ticks);

/* record.json's text, new, to be freed; NULL without memory. */
char *record_describe(const struct recording *recording);

#endif
