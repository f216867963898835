#ifndef ENTROPYD_DAEMON_WORKERS_WORKER_PARTS_H
#define ENTROPYD_DAEMON_WORKERS_WORKER_PARTS_H

/*
 * The inside of a worker, for the two files that it is made of:
 *   worker_life.c     the thread: its loop, parking, napping, commands
 *   worker_collect.c  the collector: opening, collecting, judging, trouble
 * Nobody else includes this. All of it runs in the worker's thread.
 */

#include "daemon/health/judge.h"
#include "daemon/workers/worker.h"

struct worker {
    /* constant */
    struct source *source;
    struct worker_wakeup *wakeup;
    unsigned stall_ms;
    bool is_locked; /* its memory, which samples pass through */
    struct tunable_value *tunables;
    pthread_t thread;

    /* shared, relaxed: the loop sets it, the worker looks now and then */
    atomic_uint duty_percent;

    /* worker */
    struct judge *judge;
    void *self; /* the open collector, or NULL */
    bool is_stopping;
    bool is_selftest_due;  /* a selftest was asked for and has not ended */
    uint64_t stalled_ns;   /* collecting time since the last sample */
    unsigned troubles;     /* in a row; a nap in between does not count */
    uint64_t trouble_at;   /* samples_total at the last one */
    uint64_t slept_ms;     /* suspend_total_ms() when last looked at */
    uint64_t duty_wall_ns; /* start of the stretch that duty is kept over */
    uint64_t duty_cpu_ns;
    uint64_t rate_ns; /* collecting time since the last publication */
    uint64_t rate_samples;
    uint64_t ticks[WORKER_BATCH];
};

/* worker_life.c */

/* Monotonic nanoseconds; and the processor time of worker and helpers. */
uint64_t worker_now_ns(void);
uint64_t worker_cpu_ns(struct worker *w);

/* Wakes the loop. */
void worker_wake_loop(struct worker *w);

/* Moves the state; where it is there already, a reason to be is still told. */
void worker_move(struct worker *w, enum source_state to, const char *why);

/* The source has failed for good, and a selftest that was due has ended. */
void worker_fail(struct worker *w, const char *why);

/* A selftest that was asked for has ended, one way or the other. */
void worker_end_selftest(struct worker *w);

/* Duty is kept from here on; what was used before is forgiven. */
void worker_restart_duty(struct worker *w);

/* Begins with warm-up and start-up test, and says why. */
void worker_start_over(struct worker *w, const char *why);

/* worker_collect.c */

/* Opens the collector, or has trouble. */
void worker_open(struct worker *w);

/* Closes it; one that is closed is allowed. */
void worker_close(struct worker *w);

/* Pauses the collector; goes on after the pause, or has trouble. */
void worker_pause(struct worker *w);
void worker_resume(struct worker *w);

/* Collects a batch and judges it. */
void worker_collect(struct worker *w);

#endif
