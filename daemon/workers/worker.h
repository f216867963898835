/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_WORKERS_WORKER_H
#define ENTROPYD_DAEMON_WORKERS_WORKER_H

/*
 * The thread of one source. It opens the collector, hands what it collects to
 * the judge, moves the source's state, parks while the ring is full, naps to
 * keep its duty, and does what the loop commands through the source. All
 * functions here are the loop thread's.
 */

#include "daemon/source/source.h"

/* Most samples per call of collect(): an adaptive-proportion window, 15 ms of
 * the slower source. Each call has its price (event collectors drop what is
 * pending), and what does not complete a window is not published anyway. */
#define WORKER_BATCH 512

/*
 * A collector that cannot be opened, that fails or that gives no samples is
 * closed and opened again after a pause, for ever: none of this is evidence
 * against its noise. Pauses double from the first to the last, and begin again
 * with the first after WORKER_RETRY_FORGET_MS without a failure.
 */
#define WORKER_RETRY_MIN_MS    1000
#define WORKER_RETRY_MAX_MS    60000
#define WORKER_RETRY_FORGET_MS 600000

/* A nap is at least this long: shorter ones would spend more samples on
 * warm-ups than they save processor time. */
#define WORKER_NAP_MIN_MS 50

/* What all workers of a daemon share with its loop; atomics, any thread. */
struct worker_wakeup {
    atomic_bool is_credit_wanted; /* the loop waits for samples; a worker that
                                   * published some clears it and sends */
    atomic_bool is_seeded;        /* duty holds from here on */
    void (*send)(void *context);  /* called in worker threads; must coalesce */
    void *context;
};

struct worker_options {
    unsigned stall_ms;     /* collecting time without a sample: a stall */
    unsigned duty_percent; /* share of one core once seeded, 1..100 */
    unsigned retry_min_ms; /* WORKER_RETRY_MIN_MS, but in tests */
    unsigned retry_max_ms;
    const struct tunable_value *tunables; /* copied */
};

struct worker;

/*
 * Starts the worker of s, whose state is SOURCE_STARTING. *worker is new; s
 * and wakeup are borrowed until worker_join(). 0, -ENOMEM, -EAGAIN (no thread
 * to be had).
 */
int worker_start(struct worker **worker, struct source *s,
                 const struct worker_options *options,
                 struct worker_wakeup *wakeup);

/* Could the memory that its samples pass through be locked? */
bool worker_memory_locked(const struct worker *w);

/* Changes the duty while it runs. */
void worker_change_duty(struct worker *w, unsigned duty_percent);

/* Asks it to stop and comes back at once. NULL is allowed. */
void worker_stop(struct worker *w);

/* Has its thread nothing left to do but to end? True for NULL. Any thread. */
bool worker_has_ended(const struct worker *w);

/* Waits for the thread to end and frees the worker; as long as the collector's
 * call at hand and its close() take after worker_stop(), for ever if one of
 * them never returns. NULL is allowed. */
void worker_join(struct worker *w);

#endif
