/*
 * A worker's life is one loop, work(): open the collector; collect and judge
 * in batches; park while the ring is full; nap when more processor time was
 * used than duty allows; carry out commands in between. A source that failed
 * keeps its worker, asleep, to hear a selftest.
 */

#include "daemon/workers/worker_parts.h"

#include "base/secret.h"
#include "base/thread_cpu.h"
#include "base/ticks.h"
#include "daemon/host/process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Back-to-back readings for the clock's own step: 0.1 ms of them. */
#define CLOCK_READS 4096

uint64_t worker_now_ns(void)
{
    return ticks_to_ns(ticks_now());
}

uint64_t worker_cpu_ns(struct worker *w)
{
    return thread_cpu_ns(pthread_self()) +
           w->source->collector->helper_cpu_ns(w->self);
}

void worker_wake_loop(struct worker *w)
{
    w->wakeup->send(w->wakeup->context);
}

void worker_move(struct worker *w, enum source_state to, const char *why)
{
    if (source_state(w->source) != to)
        source_move(w->source, to, why);
    else if (why != NULL)
        source_remark(w->source, why);
    else
        return;
    worker_wake_loop(w);
}

void worker_end_selftest(struct worker *w)
{
    if (!w->is_selftest_due)
        return;
    w->is_selftest_due = false;
    atomic_fetch_add_explicit(&w->source->selftests_done, 1,
                              memory_order_relaxed);
    worker_wake_loop(w);
}

void worker_fail(struct worker *w, const char *why)
{
    worker_move(w, SOURCE_FAILED, why);
    worker_end_selftest(w);
}

void worker_restart_duty(struct worker *w)
{
    w->duty_wall_ns = worker_now_ns();
    w->duty_cpu_ns = worker_cpu_ns(w);
}

void worker_start_over(struct worker *w, const char *why)
{
    judge_restart(w->judge);
    worker_move(w, SOURCE_STARTING, why);
}

/* Is there no place for another batch? A selftest collects all the same: its
 * samples may be lost, not its verdict. So does a ring at its low-water mark,
 * where parking would end at once: the smallest ring has no place for a batch
 * beside what the judge holds back, and would never be filled. */
static bool wants_room(const struct worker *w)
{
    return !w->is_selftest_due && judge_room(w->judge) < WORKER_BATCH &&
           !source_is_low(w->source);
}

/* Sleeps until the ring has fallen to its low-water mark, or a command came. */
static void park(struct worker *w)
{
    worker_pause(w);
    source_park(w->source);
    worker_resume(w);
}

/* How long the worker must sleep for its duty, in milliseconds; 0: not yet.
 * Only a healthy source sleeps: start-up test and selftest want consecutive
 * samples, and at a low duty would begin anew after each nap, without end. */
static unsigned nap_ms(struct worker *w)
{
    if (source_state(w->source) != SOURCE_HEALTHY || w->is_selftest_due ||
        !atomic_load_explicit(&w->wakeup->is_seeded, memory_order_relaxed))
        return 0;
    unsigned duty =
        atomic_load_explicit(&w->duty_percent, memory_order_relaxed);
    uint64_t used = worker_cpu_ns(w) - w->duty_cpu_ns;
    uint64_t passed = worker_now_ns() - w->duty_wall_ns;
    uint64_t earned_at = used / duty * 100;
    if (earned_at < passed + WORKER_NAP_MIN_MS * 1000000ull)
        return 0;
    return (unsigned)((earned_at - passed) / 1000000);
}

static void nap(struct worker *w, unsigned ms)
{
    worker_pause(w);
    (void)source_wait(w->source, ms);
    worker_resume(w);
}

static void begin_selftest(struct worker *w)
{
    w->is_selftest_due = true;
    switch (source_state(w->source)) {
    case SOURCE_HEALTHY:
        judge_selftest(w->judge);
        break;
    case SOURCE_FAILED:
        worker_start_over(w, "selftest");
        break;
    default: /* its start-up test runs or is due anyway: join it */
        break;
    }
}

static void take_commands(struct worker *w)
{
    struct source *s = w->source;
    unsigned commands = source_take_commands(s);
    if ((commands & SOURCE_STOP) != 0)
        w->is_stopping = true;
    if ((commands & SOURCE_SELFTEST) != 0)
        begin_selftest(w);
    if ((commands & SOURCE_RETEST) != 0 && source_state(s) != SOURCE_FAILED)
        worker_start_over(w, "asked to start over");
}

static void work(struct worker *w)
{
    for (;;) {
        take_commands(w);
        if (w->is_stopping)
            return;
        unsigned ms;
        if (source_state(w->source) == SOURCE_FAILED)
            (void)source_wait(w->source, SOURCE_WAIT_FOREVER);
        else if (w->self == NULL)
            worker_open(w);
        else if (wants_room(w))
            park(w);
        else if ((ms = nap_ms(w)) > 0)
            nap(w, ms);
        else
            worker_collect(w);
    }
}

static void *run(void *argument)
{
    struct worker *w = argument;
    process_worker_thread();
    work(w);
    worker_close(w);
    worker_end_selftest(w);
    return NULL;
}

static void free_worker(struct worker *w)
{
    judge_destroy(w->judge);
    free(w->tunables);
    secret_free(w, sizeof(*w));
}

/* Starts the thread with every signal blocked: they are the loop's. */
static int start_thread(struct worker *w)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    int rc = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (rc != 0)
        return -rc;
    rc = pthread_create(&w->thread, NULL, run, w);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -rc;
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
    atomic_init(&w->duty_percent, options->duty_percent);
    w->judge = judge_create(s, ticks_smallest_step(CLOCK_READS), ticks_to_ns);
    w->tunables = malloc(tunables_size);
    if (w->judge == NULL || w->tunables == NULL)
        goto fail;
    w->is_locked = is_locked && judge_memory_locked(w->judge);
    memcpy(w->tunables, options->tunables, tunables_size);
    rc = start_thread(w);
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

void worker_join(struct worker *w)
{
    if (w == NULL)
        return;
    pthread_join(w->thread, NULL);
    free_worker(w);
}
