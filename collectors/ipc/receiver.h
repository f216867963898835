/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_COLLECTORS_IPC_RECEIVER_H
#define ENTROPYD_COLLECTORS_IPC_RECEIVER_H

/*
 * The thread that receives what an IPC collector sends: its start, its end and
 * its counts. What it does and how it is told to stop is up to the collector.
 *
 * It runs its function once. The function returns when the collector tells it
 * to stop, or after receiver_die() when it cannot go on; then the collector
 * finds the failure before its next send and ends too.
 */

#include "base/reason.h"
#include "collectors/collector.h"

#include <pthread.h>
#include <stdatomic.h>

/* Threads whose wait the kernel does not end, left behind at a time: each has
 * a stack and the collector's memory. One may be bad luck; after four, the
 * kernel will end the fifth one's no sooner. */
#define RECEIVER_ABANDONED_MAX 4

struct receiver {
    /* worker */
    pthread_t thread;
    bool is_started;  /* and not yet joined */
    uint64_t cpu_ns;  /* the most that was seen */
    const char *name; /* constant */
    void (*run)(struct receiver *receiver, void *arg);
    void *arg;
    /* shared, under the lock */
    pthread_mutex_t lock;
    bool has_ended;    /* run() has returned */
    void *inheritance; /* NULL, or what the thread free()s at its end */
    /* shared */
    atomic_bool should_stop;   /* for run() to look at */
    _Atomic uint64_t received; /* messages taken whole */
    _Atomic uint64_t errors;   /* messages dropped */
    atomic_int dead;           /* 0, or the errno that it died of */
    char reason[256];          /* set before dead */
};

/* Starts the thread with every signal blocked. r is zeroed or has been joined;
 * name (at most 15 bytes) is borrowed for the life of the thread. 0 or
 * -errno. */
int receiver_start(struct receiver *r, const char *name,
                   void (*run)(struct receiver *receiver, void *arg),
                   void *arg);

/* Records why run() cannot go on; the last thing it does. error is a positive
 * errno, format a printf format. Receiver thread. */
void receiver_die(struct receiver *r, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* 0 while it runs, else -errno with the reason. Cheap enough to call before
 * every send. */
int receiver_failure(struct receiver *r, struct reason *why);

/* Its processor time so far; never falls. */
uint64_t receiver_cpu_ns(struct receiver *r);

/* Waits for its end; the collector has told it to stop. Does nothing if it was
 * not started. */
void receiver_join(struct receiver *r);

/* The same, for at most limit_ms. Sets should_stop and calls nudge every
 * millisecond, which is to interrupt a wait that would not end otherwise; the
 * thread exists during the call. False: it did not end. Then it is detached and
 * has become the owner of `owner`, which holds r and whatever else run() may
 * touch: it free()s it should it ever end. */
bool receiver_join_within(struct receiver *r, unsigned limit_ms,
                          void (*nudge)(pthread_t thread), void *owner);

/* May another receiver be started that has to be joined so? -EBUSY with the
 * reason while RECEIVER_ABANDONED_MAX threads of this process are left behind
 * and have not ended. */
int receiver_may_start(struct reason *why);

#endif
