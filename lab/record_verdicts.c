/* SPDX-License-Identifier: MIT */
/* The judge on a copy of the samples, with a source that serves no pool. */

#include "lab/record_verdicts.h"

#include "base/reason.h"
#include "base/ticks.h"
#include "daemon/health/granularity.h"
#include "daemon/health/judge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The smallest ring; it is emptied as it fills. */
#define RING_SAMPLES 1024u

int record_verdicts_init(struct record_verdicts *v,
                         const struct record_request *request,
                         uint64_t clock_step_ticks)
{
    const struct collector *c = request->collector;
    bool memory_locked;
    memset(v, 0, sizeof(*v));
    v->is_rows = request->restarts > 0;
    int rc = source_init(&v->source, c, request->claim_millibits, RING_SAMPLES,
                         SOURCE_STARTING, NULL, &memory_locked);
    if (rc < 0)
        return rc;
    if (c->period != NULL)
        v->source.period = c->period(request->tunables);
    health_init(&v->health, request->claim_millibits, v->source.period);
    v->judge = judge_create(&v->source, clock_step_ticks, ticks_to_ns);
    return v->judge != NULL ? 0 : -ENOMEM;
}

void record_verdicts_fini(struct record_verdicts *v)
{
    judge_destroy(v->judge);
    source_fini(&v->source);
    memset(v, 0, sizeof(*v));
}

static void note(struct record_verdicts *v, uint64_t sample, const char *test,
                 const char *level, const char *why)
{
    if (v->alarm_total++ >= RECORD_ALARMS_MAX)
        return;
    struct record_alarm *alarm = &v->alarms[v->alarm_total - 1];
    *alarm =
        (struct record_alarm){.sample = sample, .test = test, .level = level};
    (void)snprintf(alarm->why, sizeof(alarm->why), "%.*s",
                   SOURCE_REASON_MAX - 1, why);
}

/* What the judge said of samples that end with number `sample`. */
static void hear(struct record_verdicts *v, const struct judge_outcome *outcome,
                 uint64_t sample)
{
    switch (outcome->event) {
    case JUDGE_NOTHING:
        return;
    case JUDGE_PASSED:
        v->starts++;
        return;
    case JUDGE_INTERMITTENT:
    case JUDGE_PERMANENT:
        note(v, sample, alarm_test_name(outcome->test),
             alarm_level_name(outcome->level), outcome->why.text);
        break;
    case JUDGE_REFUSED:
        note(v, sample, "granularity", alarm_level_name(ALARM_PERMANENT),
             outcome->why.text);
        break;
    }
    if (outcome->event != JUDGE_INTERMITTENT)
        judge_restart(v->judge);
}

static void empty_ring(struct record_verdicts *v)
{
    uint64_t ticks[RING_SAMPLES];
    (void)source_take(&v->source, ticks, RING_SAMPLES);
    source_sweep(&v->source);
}

static void look_at_estimate(struct record_verdicts *v)
{
    unsigned now = atomic_load_explicit(&v->source.estimate_millibits,
                                        memory_order_relaxed);
    if (now > 0 && (v->estimate_millibits == 0 || now < v->estimate_millibits))
        v->estimate_millibits = now;
}

/* `before` is the number of samples that came before these. */
static void judge_all(struct record_verdicts *v, const uint64_t *ticks,
                      size_t n, uint64_t before)
{
    while (n > 0) {
        struct judge_outcome outcome;
        size_t portion = n < RING_SAMPLES / 2 ? n : RING_SAMPLES / 2;
        judge_samples(v->judge, ticks, portion, &outcome);
        before += outcome.used;
        ticks += outcome.used;
        n -= outcome.used;
        hear(v, &outcome, before > 0 ? before - 1 : 0);
        look_at_estimate(v);
        empty_ring(v);
    }
}

void record_verdicts_warm_up(struct record_verdicts *v, const uint64_t *ticks,
                             size_t n)
{
    if (!v->is_rows)
        judge_all(v, ticks, n, 0);
}

static void test_row(struct record_verdicts *v, uint64_t sample, uint8_t symbol)
{
    unsigned notes = health_insert(&v->health, symbol);
    unsigned permanent = notes & NOTES_PERMANENT;
    unsigned alarms = permanent != 0 ? permanent : notes & NOTES_INTERMITTENT;
    struct reason why;
    if (alarms == 0)
        return;
    health_describe(&v->health, alarms, &why);
    note(
        v, sample, alarm_test_name(health_test_of(alarms)),
        alarm_level_name(permanent != 0 ? ALARM_PERMANENT : ALARM_INTERMITTENT),
        why.text);
}

static void test_samples(struct record_verdicts *v, const uint64_t *ticks,
                         size_t n)
{
    for (size_t i = 0; i < n; i++)
        test_row(v, v->seen++, source_symbol(ticks[i], v->step_q16));
}

/* Finds the row's step, and tests what waited for it. */
static void settle_head(struct record_verdicts *v)
{
    v->step_q16 = granularity_step_q16(v->head, v->head_count);
    test_samples(v, v->head, v->head_count);
}

static void add_to_row(struct record_verdicts *v, const uint64_t *ticks,
                       size_t n)
{
    size_t at = 0;
    while (at < n && v->head_count < STARTUP_TEST_SAMPLES)
        v->head[v->head_count++] = ticks[at++];
    if (v->head_count < STARTUP_TEST_SAMPLES)
        return;
    if (v->step_q16 == 0)
        settle_head(v);
    test_samples(v, ticks + at, n - at);
}

void record_verdicts_add(struct record_verdicts *v, const uint64_t *ticks,
                         size_t n)
{
    if (v->is_rows) {
        add_to_row(v, ticks, n);
        return;
    }
    judge_all(v, ticks, n, v->seen);
    v->seen += n;
}

void record_verdicts_end_row(struct record_verdicts *v)
{
    if (!v->is_rows)
        return;
    if (v->step_q16 == 0)
        settle_head(v);
    v->step_q16 = 0;
    v->head_count = 0;
    health_reset(&v->health);
}

void record_verdicts_stall(struct record_verdicts *v, const char *why)
{
    note(v, v->seen, alarm_test_name(ALARM_STALL),
         alarm_level_name(ALARM_PERMANENT), why);
}
