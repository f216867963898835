#ifndef ENTROPYD_COLLECTORS_IPC_RECEIVER_H
#define ENTROPYD_COLLECTORS_IPC_RECEIVER_H

/*
 * The thread that takes what an IPC collector sends: its life, its end and its
 * counts. What it does in between, and how it is told to stop, is the
 * collector's own.
 *
 * It runs its function once. The function returns when the collector tells it
 * to stop, or after receiver_die() when it cannot go on; the collector sees
 * that at its next look and ends.
 */

#include "base/reason.h"
#include "collectors/collector.h"

#include <pthread.h>
#include <stdatomic.h>

struct receiver {
    /* worker */
    pthread_t thread;
    bool is_started;  /* and not joined yet */
    uint64_t cpu_ns;  /* the most that was seen */
    const char *name; /* constant */
    void (*run)(struct receiver *receiver, void *arg);
    void *arg;
    /* shared, under the lock */
    pthread_mutex_t lock;
    bool has_ended; /* run() has returned */
    void *left;     /* NULL, or what the thread is to free() as it ends */
    /* shared */
    atomic_bool should_stop;   /* for run() to look at */
    _Atomic uint64_t received; /* messages taken whole */
    _Atomic uint64_t errors;   /* receptions that failed */
    atomic_int dead;           /* 0, or the errno that it died of */
    char reason[256];          /* in words; set before dead */
};

/* Starts the thread with every signal blocked. r is zeroed or was joined; name
 * is borrowed for the life of the thread (at most 15 bytes). 0 or -errno. */
int receiver_start(struct receiver *r, const char *name,
                   void (*run)(struct receiver *receiver, void *arg),
                   void *arg);

/* The receiver's own last act before it returns: error (a positive errno) and
 * the reason in words, printf-like. Receiver thread. */
void receiver_die(struct receiver *r, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* 0 while it lives, else -errno with the reason. Cheap enough to ask before
 * every send. */
int receiver_failure(struct receiver *r, struct reason *why);

/* Its processor time so far; never falls. */
uint64_t receiver_cpu_ns(struct receiver *r);

/* Waits for its end. The collector has told it to stop. Does nothing when it
 * was not started. */
void receiver_join(struct receiver *r);

/* The same, for limit_ms at most. Sets should_stop; and once every millisecond
 * calls nudge, which is to get the thread out of a wait that does not end by
 * itself; the thread is certain to live during the call. False: it did not
 * end. Then it is no longer ours, and owner, which holds r and whatever else
 * run() may touch, is taken: free()d by the thread should it ever end. */
bool receiver_join_within(struct receiver *r, unsigned limit_ms,
                          void (*nudge)(pthread_t thread), void *owner);

#endif
