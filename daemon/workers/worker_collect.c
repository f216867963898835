/*
 * Whatever goes wrong with a collector comes to trouble(), which opens it anew
 * a few times and then gives the source up.
 */

#include "daemon/workers/worker_parts.h"

#include "base/monotonic.h"
#include "base/reason.h"
#include "base/wipe.h"
#include "daemon/host/suspend.h"

#include <stdio.h>

/* Counters and the rate are published this often while collecting. */
#define PUBLISH_NS UINT64_C(50000000)

static const unsigned reopen_pauses_ms[] = WORKER_REOPEN_PAUSES_MS;
#define REOPEN_MAX (sizeof(reopen_pauses_ms) / sizeof(*reopen_pauses_ms))

static void store(atomic_uint_least64_t *fact, uint64_t value)
{
    atomic_store_explicit(fact, value, memory_order_relaxed);
}

static uint64_t load(atomic_uint_least64_t *fact)
{
    return atomic_load_explicit(fact, memory_order_relaxed);
}

static void publish_counters(struct worker *w)
{
    uint64_t counters[SOURCE_COUNTER_MAX] = {0};
    const struct collector *c = w->source->collector;
    c->counters(w->self, counters);
    for (size_t i = 0; i < collector_counter_count(c); i++)
        store(&w->source->counters[i], counters[i]);
    if (w->rate_ns > 0) {
        double hertz = (double)w->rate_samples * 1e9 / (double)w->rate_ns;
        store(&w->source->rate_millihertz, (uint64_t)(hertz * 1000));
    }
    w->rate_ns = 0;
    w->rate_samples = 0;
}

void worker_close(struct worker *w)
{
    if (w->self == NULL)
        return;
    publish_counters(w);
    w->source->collector->close(w->self);
    w->self = NULL;
}

/* Something failed for good, or no sample came: close, and open again later,
 * or give up. The caller returns to work(), which opens. */
static void trouble(struct worker *w, const char *why)
{
    char reason[SOURCE_REASON_MAX];
    struct source *s = w->source;
    worker_close(w);
    judge_restart(w->judge);
    w->stalled_ns = 0;

    uint64_t since = load(&s->samples_total) - w->trouble_at;
    if (since >= JUDGE_ALARM_MEMORY)
        w->troubles = 0;
    w->trouble_at = load(&s->samples_total);
    if (w->troubles == REOPEN_MAX) {
        w->troubles = 0; /* a selftest begins afresh */
        source_alarm(s, ALARM_STALL, ALARM_PERMANENT);
        (void)snprintf(reason, sizeof(reason),
                       "permanent stall alarm: opened %zu times in vain: %s",
                       REOPEN_MAX, why);
        worker_fail(w, reason);
        return;
    }
    source_alarm(s, ALARM_STALL, ALARM_INTERMITTENT);
    (void)snprintf(reason, sizeof(reason), "intermittent stall alarm: %s", why);
    worker_move(w, SOURCE_STARTING, reason);
    (void)source_wait(s, reopen_pauses_ms[w->troubles++]);
}

void worker_open(struct worker *w)
{
    struct reason why = {.text = ""};
    const struct collector *c = w->source->collector;
    if (c->open(&w->self, w->tunables, &why) < 0) {
        w->self = NULL;
        trouble(w, why.text);
        return;
    }
    w->slept_ms = suspend_total_ms();
    worker_restart_duty(w);
}

void worker_pause(struct worker *w)
{
    publish_counters(w);
    w->source->collector->pause(w->self);
}

void worker_resume(struct worker *w)
{
    struct reason why = {.text = ""};
    if (w->source->collector->resume(w->self, &why) < 0) {
        trouble(w, why.text);
        return;
    }
    judge_resumed(w->judge);
    worker_restart_duty(w);
}

static void raise_alarm(struct worker *w, const struct judge_outcome *outcome)
{
    if (outcome->event == JUDGE_INTERMITTENT) {
        worker_move(w, SOURCE_SUSPECT, outcome->why.text);
        return;
    }
    worker_close(w);
    judge_restart(w->judge);
    worker_fail(w, outcome->why.text);
}

static void act_on(struct worker *w, const struct judge_outcome *outcome)
{
    switch (outcome->event) {
    case JUDGE_NOTHING:
        break;
    case JUDGE_PASSED:
        worker_move(w, SOURCE_HEALTHY, NULL);
        worker_end_selftest(w);
        break;
    case JUDGE_INTERMITTENT:
    case JUDGE_PERMANENT:
    case JUDGE_REFUSED:
        raise_alarm(w, outcome);
        break;
    }
}

/* Judges a batch; an event that closes the collector ends it early. */
static void judge_batch(struct worker *w, size_t n)
{
    size_t done = 0;
    while (done < n && w->self != NULL) {
        struct judge_outcome outcome;
        judge_samples(w->judge, w->ticks + done, n - done, &outcome);
        done += outcome.used;
        act_on(w, &outcome);
    }
    wipe(w->ticks, n * sizeof(*w->ticks));
    /* Releases what was published to the loop's exchange, which comes before
     * its look at the rings (daemon/server/dispatch_get.c, try_to_seed() in
     * daemon/daemon_events.c): either we see that it wants credit, or it sees
     * the credit. A load would not do: it may be carried out before the ring's
     * store. */
    if (source_available(w->source) > 0 &&
        atomic_exchange_explicit(&w->wakeup->is_credit_wanted, false,
                                 memory_order_acq_rel))
        worker_wake_loop(w);
}

/* The machine slept: the batch at hand may span it. Drop it, test anew. */
static bool has_slept(struct worker *w)
{
    uint64_t slept_ms = suspend_total_ms();
    bool is_longer = slept_ms > w->slept_ms + SUSPEND_NOISE_MS;
    if (is_longer)
        w->slept_ms = slept_ms;
    return is_longer;
}

void worker_collect(struct worker *w)
{
    struct reason why = {.text = ""};
    uint64_t before = worker_now_ns();
    int n =
        w->source->collector->collect(w->self, w->ticks, WORKER_BATCH, &why);
    uint64_t took = worker_now_ns() - before;
    if (n < 0) {
        trouble(w, why.text);
        return;
    }
    if (has_slept(w)) {
        wipe(w->ticks, (size_t)n * sizeof(*w->ticks));
        worker_start_over(w, "the machine slept");
        return;
    }
    w->stalled_ns = n > 0 ? 0 : w->stalled_ns + took;
    if (w->stalled_ns >= w->stall_ms * 1000000ull) {
        reason_set(&why, "no sample in %u ms of collecting", w->stall_ms);
        trouble(w, why.text);
        return;
    }
    w->rate_ns += took;
    w->rate_samples += (uint64_t)n;
    if (n > 0)
        store(&w->source->last_sample_ms, monotonic_now_ms());
    if (w->rate_ns >= PUBLISH_NS)
        publish_counters(w);
    judge_batch(w, (size_t)n);
}
