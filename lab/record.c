/* SPDX-License-Identifier: MIT */
/*
 * Open, warm up, collect, write, judge the copy, close; for a restart matrix
 * all of it once a row. Signals are kept pending and looked for between
 * batches: nothing here needs a handler.
 */

#include "lab/record.h"

#include "base/monotonic.h"
#include "base/progress.h"
#include "base/quote.h"
#include "base/reason.h"
#include "base/ticks.h"
#include "daemon/health/judge.h"
#include "lab/stop_signals.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>

/* Samples that are asked for at a time: a worker's batch. */
#define BATCH 512u

/* Clock readings for the smallest step, like a worker's. */
#define STEP_READS 1000u

#define NS_PER_MS UINT64_C(1000000)

struct recorder {
    struct recording recording;
    struct progress progress;
    struct reason why;
    uint64_t ticks[BATCH];
    uint64_t quiet_ns; /* collecting time since the last sample */
};

/* Up to n samples into r->ticks: their count, which may be 0. A recording that
 * cannot go on is -errno, the reason in recording.stopped. */
static int collect(struct recorder *r, void *self, size_t n)
{
    struct recording *rec = &r->recording;
    const char *signal_name = stop_signals_pending();
    if (signal_name != NULL) {
        reason_set(&rec->stopped, "%s", signal_name);
        return -EINTR;
    }
    uint64_t before = ticks_now();
    int count = rec->request->collector->collect(
        self, r->ticks, n < BATCH ? n : BATCH, &rec->stopped);
    if (count > 0)
        r->quiet_ns = 0;
    else
        r->quiet_ns += ticks_to_ns(ticks_now() - before);
    if (count == 0 && r->quiet_ns > rec->request->stall_ms * NS_PER_MS) {
        reason_set(&rec->stopped, "no sample in %u ms of collecting",
                   rec->request->stall_ms);
        count = -ETIMEDOUT;
    }
    if (count < 0)
        record_verdicts_stall(&rec->verdicts, rec->stopped.text);
    return count;
}

static int warm_up(struct recorder *r, void *self)
{
    for (size_t done = 0; done < JUDGE_WARM_UP;) {
        int count = collect(r, self, JUDGE_WARM_UP - done);
        if (count < 0)
            return count;
        record_verdicts_warm_up(&r->recording.verdicts, r->ticks,
                                (size_t)count);
        done += (size_t)count;
    }
    return 0;
}

void record_marks_add(struct record_marks *marks, uint64_t samples,
                      uint64_t ticks)
{
    uint64_t call = marks->calls++;
    if (marks->stride == 0)
        marks->stride = 1;
    if (call % marks->stride != 0)
        return;
    if (marks->count == RECORD_MARKS_MAX) {
        marks->count /= 2;
        marks->stride *= 2;
        for (unsigned i = 0; i < marks->count; i++)
            marks->all[i] = marks->all[(size_t)2 * i];
    }
    if (call % marks->stride != 0)
        return;
    marks->all[marks->count++] = (struct record_mark){samples, ticks};
}

/* n samples into the files. A failed write is -EIO, the reason in r->why. */
static int take(struct recorder *r, void *self, uint32_t n)
{
    struct recording *rec = &r->recording;
    record_marks_add(&rec->marks, rec->taken, ticks_now());
    for (uint32_t done = 0; done < n;) {
        int count = collect(r, self, n - done);
        if (count < 0)
            return count;
        if (record_files_add(&rec->files, r->ticks, (size_t)count, &r->why) < 0)
            return -EIO;
        record_verdicts_add(&rec->verdicts, r->ticks, (size_t)count);
        done += (uint32_t)count;
        rec->taken += (uint64_t)count;
        if (count > 0)
            record_marks_add(&rec->marks, rec->taken, ticks_now());
        progress_show(&r->progress, rec->taken);
    }
    return 0;
}

static void add_counters(struct recording *rec, void *self)
{
    uint64_t counters[SOURCE_COUNTER_MAX] = {0};
    rec->request->collector->counters(self, counters);
    for (size_t i = 0; i < SOURCE_COUNTER_MAX; i++)
        rec->counters[i] += counters[i];
}

/* One life of the collector: a whole recording, or a row. */
static int take_run(struct recorder *r, uint32_t n)
{
    struct recording *rec = &r->recording;
    void *self;
    int rc = rec->request->collector->open(&self, rec->request->tunables,
                                           &rec->stopped);
    if (rc < 0)
        return rc;
    rc = warm_up(r, self);
    if (rc == 0)
        rc = take(r, self, n);
    record_verdicts_end_row(&rec->verdicts);
    add_counters(rec, self);
    rec->request->collector->close(self);
    return rc;
}

static int take_all(struct recorder *r)
{
    const struct record_request *request = r->recording.request;
    if (request->restarts == 0)
        return take_run(r, request->samples);
    int rc = 0;
    for (uint32_t row = 0; row < request->restarts && rc == 0; row++)
        rc = take_run(r, request->row_samples);
    return rc;
}

static double cpu_seconds(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void ask_load(double load[3])
{
    if (getloadavg(load, 3) != 3)
        load[0] = load[1] = load[2] = -1;
}

static int measure(struct recorder *r)
{
    struct recording *rec = &r->recording;
    ask_load(rec->load_before);
    rec->began = time(NULL);
    uint64_t began_ms = monotonic_now_ms();
    double cpu = cpu_seconds();
    progress_start(&r->progress, rec->request->samples, "samples");
    int rc = take_all(r);
    progress_end(&r->progress);
    rec->seconds = (double)(monotonic_now_ms() - began_ms) / 1000;
    rec->cpu_seconds = cpu_seconds() - cpu;
    ask_load(rec->load_after);
    return rc;
}

/* Gives the files their names and writes record.json. */
static int keep(struct recorder *r)
{
    struct recording *rec = &r->recording;
    if (record_files_finish(&rec->files, &r->why) < 0)
        return -EIO;
    char *text = record_describe(rec);
    if (text == NULL) {
        reason_set(&r->why, "no memory for record.json");
        return -EIO;
    }
    int rc = record_files_describe(&rec->files, text, &r->why);
    free(text);
    return rc < 0 ? -EIO : 0;
}

static void tell(const struct recorder *r)
{
    const struct recording *rec = &r->recording;
    (void)fprintf(stderr,
                  "entropylab: %s: %" PRIu64 " of %" PRIu32
                  " samples in %.1f s, %" PRIu64 " alarms, in %s%s%s\n",
                  rec->request->collector->name, rec->taken,
                  rec->request->samples, rec->seconds,
                  rec->verdicts.alarm_total, rec->request->directory,
                  rec->stopped.text[0] != '\0' ? "; incomplete: " : "",
                  rec->stopped.text);
}

static int exit_status(int rc)
{
    return rc == 0 ? EX_OK : rc == -EINTR ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

/* Once the files are there. */
static int run(struct recorder *r)
{
    struct recording *rec = &r->recording;
    int rc = record_verdicts_init(&rec->verdicts, rec->request,
                                  rec->clock_step_ticks);
    if (rc < 0) {
        (void)fprintf(stderr, "entropylab: no memory for a judge\n");
        record_files_drop(&rec->files);
        return EX_OSERR;
    }
    rc = measure(r);
    if (rc == 0)
        reason_clear(&rec->stopped); /* a collector may write there in vain */
    if (rec->taken == 0 && r->why.text[0] == '\0') {
        (void)fprintf(stderr, "entropylab: %s: no sample was taken: %s\n",
                      rec->request->collector->name, rec->stopped.text);
        record_files_drop(&rec->files);
        return exit_status(rc);
    }
    if (r->why.text[0] == '\0')
        (void)keep(r);
    if (r->why.text[0] != '\0') {
        (void)fprintf(stderr, "entropylab: %s; nothing was kept\n",
                      r->why.text);
        record_files_drop(&rec->files);
        return EX_IOERR;
    }
    tell(r);
    return exit_status(rc);
}

static int record_source(struct recorder *r)
{
    struct recording *rec = &r->recording;
    struct reason why;
    struct stop_signals signals;
    if (!collector_can_run(rec->request->collector, &why)) {
        (void)fprintf(stderr, "entropylab: %s cannot run here: %s\n",
                      rec->request->collector->name, why.text);
        return EX_UNAVAILABLE;
    }
    if (record_files_create(&rec->files, rec->request->directory, &r->why) <
        0) {
        (void)fprintf(stderr, "entropylab: %s\n", r->why.text);
        return EX_CANTCREAT;
    }
    stop_signals_hold(&signals);
    rec->clock_step_ticks = ticks_smallest_step(STEP_READS);
    int status = run(r);
    record_verdicts_fini(&rec->verdicts);
    record_files_close(&rec->files);
    stop_signals_release(&signals);
    return status;
}

int record_run(const struct record_request *request)
{
    struct recorder *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        (void)fprintf(stderr, "entropylab: no memory to record with\n");
        return EX_OSERR;
    }
    r->recording.request = request;
    int status = record_source(r);
    free(r);
    return status;
}
