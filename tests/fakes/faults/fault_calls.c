/* SPDX-License-Identifier: MIT */
/* What differs between kinds is where faulty samples come from, or what a call
 * does instead of giving any. */

#include "tests/fakes/faults/fault_calls.h"

#include "base/reason.h"
#include "base/ticks.h"
#include "tests/fakes/faults/recording.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Longest sleep in one call. */
#define SLEEP_NS (COLLECT_MAX_MS / 2 * UINT64_C(1000000))

struct fault {
    const struct fault_kind *kind;
    pthread_t thread; /* that opened it */
    bool is_paused;
    int64_t set[TUNABLES_MAX];
    struct noise noise;
    struct recording recording; /* of "replay" */
    uint64_t first_at_ns;       /* when samples begin */
    uint64_t rate_from_ns;      /* since when the rate counts */
    uint64_t rate_given;
    uint64_t counts[COUNTERS];
};

static atomic_int switch_position;

void fault_must(bool is_so, const char *what)
{
    if (is_so)
        return;
    (void)fprintf(stderr, "fault source: %s\n", what);
    abort();
}

void fault_turn(enum fault_switch position)
{
    atomic_store_explicit(&switch_position, position, memory_order_relaxed);
}

static uint64_t load(const atomic_uint_least64_t *count)
{
    return atomic_load_explicit(count, memory_order_relaxed);
}

static void add(atomic_uint_least64_t *count)
{
    (void)atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

static bool is_faulty(const struct fault_kind *kind,
                      const struct fault_history *h, const int64_t *set)
{
    if (kind->conduct == GIVES && kind->faulty == NULL)
        return false;
    int position = atomic_load_explicit(&switch_position, memory_order_relaxed);
    if (position != FAULTS_BY_COUNT)
        return position == FAULTS_ON;
    if (set[ONSET] < 0 || load(&h->samples) < (uint64_t)set[ONSET])
        return false;
    return set[HEAL] == 0 || load(&h->faulty) < (uint64_t)set[HEAL];
}

static void count_faulty(struct fault *f)
{
    f->counts[FAULTY]++;
    add(&f->kind->history->faulty);
}

static void sleep_ns(uint64_t ns)
{
    const struct timespec time = {.tv_nsec = (long)ns};
    (void)nanosleep(&time, NULL);
}

/* How many samples may be given now: waits for the first. */
static size_t samples_due(struct fault *f, size_t n)
{
    uint64_t now = ticks_to_ns(ticks_now());
    uint64_t rate = (uint64_t)f->set[RATE_HZ];
    uint64_t next = f->first_at_ns;
    if (now >= next && rate != 0)
        next = f->rate_from_ns + (f->rate_given + 1) * 1000000000 / rate;
    if (now < next) {
        sleep_ns(next - now < SLEEP_NS ? next - now : SLEEP_NS);
        now = ticks_to_ns(ticks_now());
    }
    if (now < next)
        return 0;
    if (rate == 0)
        return n;
    uint64_t due = (now - f->rate_from_ns) * rate / 1000000000 - f->rate_given;
    return due < n ? (size_t)due : n;
}

static void spend(const struct fault *f)
{
    uint64_t until = ticks_to_ns(ticks_now()) + (uint64_t)f->set[COST_NS];
    while (f->set[COST_NS] > 0 && ticks_to_ns(ticks_now()) < until)
        ;
}

static uint64_t good_sample(struct fault *f)
{
    return f->recording.ticks != NULL ? recording_next(&f->recording)
                                      : noise_good(&f->noise);
}

static int misbehave(struct fault *f, struct reason *why)
{
    count_faulty(f);
    if (f->kind->conduct == STALLS) {
        sleep_ns(SLEEP_NS);
        return 0;
    }
    if (f->kind->conduct == HANGS) {
        while (is_faulty(f->kind, f->kind->history, f->set))
            sleep_ns(1000000);
        return 0;
    }
    return reason_errno(EIO, why, "%s", f->kind->name);
}

static void check_caller(const struct fault *f)
{
    fault_must(pthread_equal(f->thread, pthread_self()) != 0,
               "called from a thread that did not open it");
}

int fault_collect(void *self, uint64_t *ticks, size_t n, struct reason *why)
{
    struct fault *f = self;
    check_caller(f);
    fault_must(!f->is_paused && n > 0, "collect() while paused, or of nothing");
    add(&f->kind->history->collects);

    size_t due = samples_due(f, n);
    size_t given = 0;
    while (given < due) {
        bool faulty = is_faulty(f->kind, f->kind->history, f->set);
        if (faulty && f->kind->conduct != GIVES) {
            if (given == 0)
                return misbehave(f, why);
            break;
        }
        spend(f);
        ticks[given++] = faulty ? f->kind->faulty(&f->noise) : good_sample(f);
        add(&f->kind->history->samples);
        if (faulty)
            count_faulty(f);
    }
    f->rate_given += given;
    return (int)given;
}

int fault_open(const struct fault_kind *kind, void **self,
               const struct tunable_value *values, struct reason *why)
{
    struct fault_history *history = kind->history;
    *self = NULL;
    fault_must(load(&history->opens) == load(&history->closes), "opened twice");
    add(&history->opens);

    struct fault *f = calloc(1, sizeof(*f));
    int rc = -ENOMEM;
    if (f == NULL)
        goto fail;
    f->kind = kind;
    f->thread = pthread_self();
    size_t count = OWN + (size_t)(kind->is_periodic || kind->is_sequence ||
                                  kind->is_replay);
    for (size_t i = 0; i < count; i++)
        f->set[i] = values[i].values[0];
    noise_seed(&f->noise, load(&history->opens) << 8 | kind->seed);
    f->noise.period = kind->is_periodic ? (unsigned)f->set[OWN] : 0;
    f->noise.sequence =
        kind->is_sequence ? (enum noise_sequence)f->set[OWN] : NOISE_CONSTANT;
    f->rate_from_ns = ticks_to_ns(ticks_now());
    f->first_at_ns = f->rate_from_ns + (uint64_t)f->set[DELAY_MS] * 1000000;
    if (kind->conduct == ERRS_OPENS && is_faulty(kind, history, f->set)) {
        count_faulty(f);
        rc = reason_errno(EIO, why, "cannot open %s", kind->name);
        goto fail;
    }
    rc = !kind->is_replay
             ? 0
             : recording_open(&f->recording, (enum recording_name)f->set[OWN],
                              why);
    if (rc < 0)
        goto fail;
    *self = f;
    return 0;

fail:
    add(&history->closes); /* nothing is left behind */
    free(f);
    return rc;
}

void fault_close(void *self)
{
    struct fault *f = self;
    if (f == NULL)
        return;
    check_caller(f);
    add(&f->kind->history->closes);
    recording_close(&f->recording);
    free(f);
}

void fault_pause(void *self)
{
    struct fault *f = self;
    check_caller(f);
    f->counts[PAUSES] += !f->is_paused;
    f->is_paused = true;
    add(&f->kind->history->pauses);
}

/* Nothing is wrong: 0, and no reason. */
static int well(struct reason *why)
{
    reason_clear(why);
    return 0;
}

int fault_resume(void *self, struct reason *why)
{
    struct fault *f = self;
    check_caller(f);
    f->counts[RESUMES] += f->is_paused;
    f->is_paused = false;
    f->rate_from_ns = ticks_to_ns(ticks_now());
    f->rate_given = 0;
    add(&f->kind->history->resumes);
    return well(why);
}

uint64_t fault_helper_cpu_ns(void *self)
{
    check_caller(self);
    return 0; /* it has no helper threads */
}

void fault_counters(void *self, uint64_t *out)
{
    const struct fault *f = self;
    memcpy(out, f->counts, sizeof(f->counts));
}

int fault_check(const struct tunable_value *values, struct reason *why)
{
    (void)values; /* all go together */
    return well(why);
}

int fault_probe(struct reason *why)
{
    return well(why);
}
