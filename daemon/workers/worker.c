/* SPDX-License-Identifier: MIT */
/*
 * A worker is one loop, work(): open the collector; collect and judge in
 * batches; park while the ring is full; nap when more processor time was used
 * than duty allows; carry out commands in between. A source that failed keeps
 * its worker, asleep, to hear an on-demand test.
 */

#include "daemon/workers/worker.h"

#include "base/monotonic.h"
#include "base/reason.h"
#include "base/secret.h"
#include "base/thread.h"
#include "base/ticks.h"
#include "base/wipe.h"
#include "daemon/health/judge.h"
#include "daemon/host/process.h"
#include "daemon/host/suspend.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Back-to-back readings for the clock's own step: 0.1 ms of them. */
#define CLOCK_READS 4096

/* Counters and the rate are published this often while collecting. */
#define PUBLISH_NS UINT64_C(50000000)

/* An open() takes ten seconds at most. */
#define OPEN_MAX_MS 10000

/* Counters that a reason names at most. */
#define CAUSES_MAX 3

struct worker {
    /* constant */
    struct source *source;
    struct worker_wakeup *wakeup;
    unsigned stall_ms;
    unsigned retry_min_ms;
    unsigned retry_max_ms;
    bool is_locked; /* its memory, which samples pass through */
    struct tunable_value *tunables;
    pthread_t thread;

    /* shared, relaxed: the loop sets it, the worker looks now and then */
    atomic_uint duty_percent;

    /* shared: the worker sets it at its end, the loop looks */
    atomic_bool has_ended;

    /* worker */
    struct judge *judge;
    void *self; /* the open collector, or NULL */
    bool is_stopping;
    bool is_selftest_due; /* an on-demand test has not ended */
    uint64_t stalled_ns;  /* collecting time since the last sample */
    unsigned pause_ms;    /* after the last failure */
    uint64_t failed_ms;   /* monotonic_now_ms() of the last failure; 0: none */
    /* the collector's counters while samples came */
    uint64_t counters[SOURCE_COUNTER_MAX];
    bool is_below_claim;   /* as last told */
    uint64_t slept_ms;     /* suspend_total_ms() when last looked at */
    uint64_t duty_wall_ns; /* start of the stretch that duty is kept over */
    uint64_t duty_cpu_ns;
    uint64_t rate_ns; /* collecting time since the last publication */
    uint64_t rate_samples;
    uint64_t ticks[WORKER_BATCH];
};

static uint64_t now_ns(void)
{
    return ticks_to_ns(ticks_now());
}

/* Processor time of the worker and of the collector's helpers. */
static uint64_t cpu_ns(struct worker *w)
{
    return thread_cpu_ns(pthread_self()) +
           w->source->collector->helper_cpu_ns(w->self);
}

/* The state that this worker gave its source, whatever the loop thinks. */
static enum source_state state_of(const struct worker *w)
{
    return (enum source_state)atomic_load_explicit(&w->source->state,
                                                   memory_order_relaxed);
}

static void wake_loop(struct worker *w)
{
    w->wakeup->send(w->wakeup->context);
}

/* Moves the state; where it is there already, the reason is still told. */
static void move(struct worker *w, enum source_state to, const char *why)
{
    if (state_of(w) != to)
        source_move(w->source, to, why);
    else if (why != NULL)
        source_remark(w->source, why);
    else
        return;
    wake_loop(w);
}

/* An on-demand test that was asked for has ended, one way or the other. */
static void end_selftest(struct worker *w)
{
    if (!w->is_selftest_due)
        return;
    w->is_selftest_due = false;
    atomic_fetch_add_explicit(&w->source->selftests_done, 1,
                              memory_order_relaxed);
    wake_loop(w);
}

static void fail(struct worker *w, const char *why)
{
    move(w, SOURCE_FAILED, why);
    end_selftest(w);
}

/* Duty is kept from here on; what was used before is forgiven. */
static void restart_duty(struct worker *w)
{
    w->duty_wall_ns = now_ns();
    w->duty_cpu_ns = cpu_ns(w);
}

/* Begins with warm-up and start-up test, and says why. */
static void start_over(struct worker *w, const char *why)
{
    judge_restart(w->judge);
    move(w, SOURCE_STARTING, why);
}

static void store(atomic_uint_least64_t *fact, uint64_t value)
{
    atomic_store_explicit(fact, value, memory_order_relaxed);
}

static void publish_counters(struct worker *w)
{
    uint64_t counters[SOURCE_COUNTER_MAX] = {0};
    const struct collector *c = w->source->collector;
    c->counters(w->self, counters);
    for (size_t i = 0; i < collector_counter_count(c); i++)
        store(&w->source->counters[i], counters[i]);
    if (w->stalled_ns == 0)
        memcpy(w->counters, counters, sizeof(counters));
    if (w->rate_ns > 0) {
        double hertz = (double)w->rate_samples * 1e9 / (double)w->rate_ns;
        store(&w->source->rate_millihertz, (uint64_t)(hertz * 1000));
    }
    w->rate_ns = 0;
    w->rate_samples = 0;
}

static void close_collector(struct worker *w)
{
    if (w->self == NULL)
        return;
    publish_counters(w);
    w->source->collector->close(w->self);
    w->self = NULL;
}

/* No sample came: says so, and what the collector counted most meanwhile. */
static void explain_stall(struct worker *w, struct reason *why)
{
    const struct collector *c = w->source->collector;
    size_t count = collector_counter_count(c);
    uint64_t grown[SOURCE_COUNTER_MAX] = {0};
    c->counters(w->self, grown);
    for (size_t i = 0; i < count; i++)
        grown[i] -= w->counters[i];
    reason_set(why, "no sample in %u ms of collecting", w->stall_ms);
    for (int n = 0; n < CAUSES_MAX; n++) {
        size_t most = 0;
        for (size_t i = 0; i < count; i++)
            most = grown[i] > grown[most] ? i : most;
        if (grown[most] == 0)
            return;
        size_t length = strlen(why->text);
        (void)snprintf(why->text + length, sizeof(why->text) - length,
                       "%s %s %" PRIu64, n == 0 ? ", but" : ",",
                       c->info->counters[most], grown[most]);
        grown[most] = 0;
    }
}

static unsigned next_pause_ms(struct worker *w)
{
    uint64_t now = monotonic_now_ms();
    unsigned pause_ms = w->retry_min_ms;
    if (w->failed_ms != 0 && now - w->failed_ms < WORKER_RETRY_FORGET_MS)
        pause_ms = w->pause_ms < w->retry_max_ms / 2 ? 2 * w->pause_ms
                                                     : w->retry_max_ms;
    w->failed_ms = now;
    w->pause_ms = pause_ms;
    return pause_ms;
}

/* The collector failed, or no sample came: closes it and waits. The caller
 * returns to work(), which opens it again. An on-demand test that is due ends
 * here: it wakes a worker that waits, which tries once. */
static void retry_later(struct worker *w, const struct reason *why)
{
    struct reason reason;
    unsigned pause_ms = next_pause_ms(w);
    close_collector(w);
    judge_restart(w->judge);
    w->stalled_ns = 0;
    memset(w->counters, 0, sizeof(w->counters));
    source_alarm(w->source, ALARM_STALL, ALARM_INTERMITTENT);
    reason_set(&reason, "%s; next attempt in %u.%u s", why->text,
               pause_ms / 1000, pause_ms % 1000 / 100);
    move(w, SOURCE_STALLED, reason.text);
    end_selftest(w);
    (void)source_wait(w->source, pause_ms);
}

static void open_collector(struct worker *w)
{
    struct reason why = {.text = ""};
    const struct collector *c = w->source->collector;
    source_idle(w->source, OPEN_MAX_MS);
    int rc = c->open(&w->self, w->tunables, &why);
    source_idle(w->source, 0);
    if (rc < 0) {
        w->self = NULL;
        retry_later(w, &why);
        return;
    }
    w->slept_ms = suspend_total_ms();
    restart_duty(w);
}

static void pause_collector(struct worker *w)
{
    publish_counters(w);
    w->source->collector->pause(w->self);
}

static void resume_collector(struct worker *w)
{
    struct reason why = {.text = ""};
    if (w->source->collector->resume(w->self, &why) < 0) {
        retry_later(w, &why);
        return;
    }
    judge_resumed(w->judge);
    restart_duty(w);
}

static void raise_alarm(struct worker *w, const struct judge_outcome *outcome)
{
    if (outcome->event == JUDGE_INTERMITTENT) {
        move(w, SOURCE_SUSPECT, outcome->why.text);
        return;
    }
    close_collector(w);
    judge_restart(w->judge);
    fail(w, outcome->why.text);
}

static void act_on(struct worker *w, const struct judge_outcome *outcome)
{
    switch (outcome->event) {
    case JUDGE_NOTHING:
        break;
    case JUDGE_PASSED:
        move(w, SOURCE_HEALTHY, NULL);
        end_selftest(w);
        break;
    case JUDGE_INTERMITTENT:
    case JUDGE_PERMANENT:
    case JUDGE_REFUSED:
        raise_alarm(w, outcome);
        break;
    }
}

/* Tells the loop that the live estimate has fallen below the claim, or has come
 * back: a healthy source's health word depends on it. */
static void tell_estimate(struct worker *w)
{
    const struct source *s = w->source;
    struct reason why = {.text = ""};
    if (source_is_below_claim(s) == w->is_below_claim ||
        state_of(w) != SOURCE_HEALTHY)
        return;
    w->is_below_claim = !w->is_below_claim;
    if (w->is_below_claim)
        reason_set(&why, "the live estimate is below the claim of %u.%03u bit",
                   s->claim_millibits / 1000, s->claim_millibits % 1000);
    source_remark(w->source, why.text);
    wake_loop(w);
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
    tell_estimate(w);
    /* Releases what was published to the loop's exchange, which comes before
     * its look at the rings (daemon/server/dispatch_get.c, try_to_seed() in
     * daemon/daemon_events.c): either we see that it wants credit, or it sees
     * the credit. A load would not do: it may be carried out before the ring's
     * store. */
    if (source_available(w->source) > 0 &&
        atomic_exchange_explicit(&w->wakeup->is_credit_wanted, false,
                                 memory_order_acq_rel))
        wake_loop(w);
}

/* The machine slept: the batch at hand may span it. Drop it, test again. */
static bool has_slept(struct worker *w)
{
    uint64_t slept_ms = suspend_total_ms();
    bool is_longer = slept_ms > w->slept_ms + SUSPEND_NOISE_MS;
    if (is_longer)
        w->slept_ms = slept_ms;
    return is_longer;
}

static void collect(struct worker *w)
{
    struct reason why = {.text = ""};
    size_t wanted = judge_wanted(w->judge);
    if (wanted > WORKER_BATCH)
        wanted = WORKER_BATCH;
    uint64_t before = now_ns();
    int n = w->source->collector->collect(w->self, w->ticks, wanted, &why);
    uint64_t took = now_ns() - before;
    if (n < 0) {
        retry_later(w, &why);
        return;
    }
    if (has_slept(w)) {
        wipe(w->ticks, (size_t)n * sizeof(*w->ticks));
        start_over(w, "the machine slept");
        return;
    }
    /* A call that hangs is source_watch()'s to find. */
    w->stalled_ns = n > 0 ? 0 : w->stalled_ns + collector_collecting_ns(took);
    if (w->stalled_ns >= w->stall_ms * 1000000ull) {
        explain_stall(w, &why);
        retry_later(w, &why);
        return;
    }
    w->rate_ns += took;
    w->rate_samples += (uint64_t)n;
    if (n > 0)
        store(&w->source->last_sample_ms, monotonic_now_ms());
    if (n > 0 && state_of(w) == SOURCE_STALLED)
        move(w, SOURCE_STARTING, NULL);
    if (w->rate_ns >= PUBLISH_NS)
        publish_counters(w);
    judge_batch(w, (size_t)n);
}

/* Is there no place for another batch? An on-demand test collects all the
 * same: its samples may be lost, not its verdict. So does a ring at its
 * low-water mark, where parking would end at once: the smallest ring has no
 * place for a batch beside what the judge holds back, and would never be
 * filled. */
static bool wants_room(const struct worker *w)
{
    return !w->is_selftest_due && judge_room(w->judge) < WORKER_BATCH &&
           !source_is_low(w->source);
}

/* Sleeps until the ring has fallen to its low-water mark, or a command came. */
static void park(struct worker *w)
{
    pause_collector(w);
    source_park(w->source);
    resume_collector(w);
}

/* How long the worker must sleep for its duty, in milliseconds; 0: not yet.
 * Only a healthy source sleeps: start-up and on-demand test want consecutive
 * samples, and at a low duty would begin again after each nap, for ever. */
static unsigned nap_ms(struct worker *w)
{
    if (state_of(w) != SOURCE_HEALTHY || w->is_selftest_due ||
        !atomic_load_explicit(&w->wakeup->is_seeded, memory_order_relaxed))
        return 0;
    unsigned duty =
        atomic_load_explicit(&w->duty_percent, memory_order_relaxed);
    uint64_t used = cpu_ns(w) - w->duty_cpu_ns;
    uint64_t passed = now_ns() - w->duty_wall_ns;
    uint64_t earned_at = used / duty * 100;
    if (earned_at < passed + WORKER_NAP_MIN_MS * 1000000ull)
        return 0;
    return (unsigned)((earned_at - passed) / 1000000);
}

static void nap(struct worker *w, unsigned ms)
{
    pause_collector(w);
    source_idle(w->source, ms);
    (void)source_wait(w->source, ms);
    resume_collector(w);
}

static void begin_selftest(struct worker *w)
{
    w->is_selftest_due = true;
    switch (state_of(w)) {
    case SOURCE_HEALTHY:
        judge_selftest(w->judge);
        break;
    case SOURCE_FAILED:
        start_over(w, "on-demand test");
        break;
    default: /* its start-up test runs or is due anyway: join it */
        break;
    }
}

static void take_commands(struct worker *w)
{
    unsigned commands = source_take_commands(w->source);
    if ((commands & SOURCE_STOP) != 0)
        w->is_stopping = true;
    if ((commands & SOURCE_SELFTEST) != 0)
        begin_selftest(w);
}

static void work(struct worker *w)
{
    for (;;) {
        take_commands(w);
        if (w->is_stopping)
            return;
        unsigned ms;
        if (state_of(w) == SOURCE_FAILED)
            (void)source_wait(w->source, SOURCE_WAIT_FOREVER);
        else if (w->self == NULL)
            open_collector(w);
        else if (wants_room(w))
            park(w);
        else if ((ms = nap_ms(w)) > 0)
            nap(w, ms);
        else
            collect(w);
    }
}

static void *run(void *argument)
{
    struct worker *w = argument;
    process_worker_thread();
    work(w);
    close_collector(w);
    end_selftest(w);
    atomic_store_explicit(&w->has_ended, true, memory_order_release);
    return NULL;
}

static void free_worker(struct worker *w)
{
    judge_destroy(w->judge);
    free(w->tunables);
    secret_free(w, sizeof(*w));
}

int worker_start(struct worker **worker, struct source *s,
                 const struct worker_options *options,
                 struct worker_wakeup *wakeup)
{
    size_t tunables_size =
        collector_tunable_count(s->collector) * sizeof(struct tunable_value);
    bool is_locked = true;
    struct worker *w = secret_alloc(sizeof(*w), &is_locked);
    if (w == NULL)
        return -ENOMEM;
    int rc = -ENOMEM;
    w->source = s;
    w->wakeup = wakeup;
    w->stall_ms = options->stall_ms;
    w->retry_min_ms = options->retry_min_ms;
    w->retry_max_ms = options->retry_max_ms;
    atomic_init(&w->duty_percent, options->duty_percent);
    atomic_init(&w->has_ended, false);
    w->judge = judge_create(s, ticks_smallest_step(CLOCK_READS), ticks_to_ns);
    w->tunables = malloc(tunables_size);
    if (w->judge == NULL || w->tunables == NULL)
        goto fail;
    w->is_locked = is_locked && judge_memory_locked(w->judge);
    memcpy(w->tunables, options->tunables, tunables_size);
    rc = thread_start(&w->thread, run, w);
    if (rc < 0)
        goto fail;
    *worker = w;
    return 0;

fail:
    free_worker(w);
    return rc;
}

bool worker_memory_locked(const struct worker *w)
{
    return w->is_locked;
}

void worker_change_duty(struct worker *w, unsigned duty_percent)
{
    atomic_store_explicit(&w->duty_percent, duty_percent, memory_order_relaxed);
}

void worker_stop(struct worker *w)
{
    if (w != NULL)
        source_command(w->source, SOURCE_STOP);
}

bool worker_has_ended(const struct worker *w)
{
    return w == NULL ||
           atomic_load_explicit(&w->has_ended, memory_order_acquire);
}

void worker_join(struct worker *w)
{
    if (w == NULL)
        return;
    pthread_join(w->thread, NULL);
    free_worker(w);
}
