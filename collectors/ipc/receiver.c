/* SPDX-License-Identifier: MIT */
#include "collectors/ipc/receiver.h"

#include "base/reason.h"
#include "base/thread.h"
#include "base/ticks.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NS_PER_MS 1000000

/* Threads that are left behind. They have outlived their collector and everyone
 * who knew them: there is nothing else to count them in. Relaxed: it orders
 * nothing. */
static atomic_int num_abandoned;

static void *receiver_main(void *arg)
{
    struct receiver *r = arg;
    thread_role_helper(r->name);
    r->run(r, r->arg);
    pthread_mutex_lock(&r->lock);
    r->has_ended = true;
    void *inheritance = r->inheritance;
    pthread_mutex_unlock(&r->lock);
    if (inheritance != NULL) {
        pthread_mutex_destroy(&r->lock);
        free(inheritance); /* holds r */
        atomic_fetch_sub_explicit(&num_abandoned, 1, memory_order_relaxed);
    }
    return NULL;
}

int receiver_start(struct receiver *r, const char *name,
                   void (*run)(struct receiver *receiver, void *arg), void *arg)
{
    r->name = name;
    r->run = run;
    r->arg = arg;
    r->has_ended = false;
    r->inheritance = NULL;
    atomic_store_explicit(&r->should_stop, false, memory_order_relaxed);
    int rc = -pthread_mutex_init(&r->lock, NULL);
    if (rc != 0)
        return rc;
    rc = thread_start(&r->thread, receiver_main, r);
    if (rc != 0)
        pthread_mutex_destroy(&r->lock);
    r->is_started = rc == 0;
    return rc;
}

void receiver_die(struct receiver *r, int error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(r->reason, sizeof(r->reason), format, args);
    va_end(args);
    /* Publishes reason; pairs with the acquire in receiver_failure(). */
    atomic_store_explicit(&r->dead, error, memory_order_release);
}

int receiver_failure(struct receiver *r, struct reason *why)
{
    /* Pairs with the release in receiver_die(). */
    int error = atomic_load_explicit(&r->dead, memory_order_acquire);
    if (error != 0)
        reason_set(why, "the receiver ended: %s", r->reason);
    return -error;
}

uint64_t receiver_cpu_ns(struct receiver *r)
{
    if (!r->is_started)
        return r->cpu_ns;
    /* The clock of a thread that has ended cannot be read, and on macOS its
     * name may be that of another port. */
    pthread_mutex_lock(&r->lock);
    uint64_t now_ns = r->has_ended ? 0 : thread_cpu_ns(r->thread);
    pthread_mutex_unlock(&r->lock);
    if (now_ns > r->cpu_ns)
        r->cpu_ns = now_ns;
    return r->cpu_ns;
}

void receiver_join(struct receiver *r)
{
    if (!r->is_started)
        return;
    (void)pthread_join(r->thread, NULL);
    pthread_mutex_destroy(&r->lock);
    r->is_started = false;
}

static bool has_ended(struct receiver *r)
{
    pthread_mutex_lock(&r->lock);
    bool answer = r->has_ended;
    pthread_mutex_unlock(&r->lock);
    return answer;
}

/* Waits a millisecond, then calls nudge unless the thread has ended. The lock
 * keeps it from ending in between. True: it has ended. */
static bool ends_after_a_nudge(struct receiver *r, void (*nudge)(pthread_t))
{
    const struct timespec pause = {.tv_nsec = NS_PER_MS};
    (void)nanosleep(&pause, NULL);
    pthread_mutex_lock(&r->lock);
    bool answer = r->has_ended;
    if (!answer)
        nudge(r->thread);
    pthread_mutex_unlock(&r->lock);
    return answer;
}

/* Detaches the thread and gives it owner; false if it has ended after all. */
static bool abandon(struct receiver *r, void *owner)
{
    pthread_mutex_lock(&r->lock);
    bool is_abandoned = !r->has_ended;
    if (is_abandoned) {
        r->inheritance = owner;
        atomic_fetch_add_explicit(&num_abandoned, 1, memory_order_relaxed);
        (void)pthread_detach(r->thread);
    }
    pthread_mutex_unlock(&r->lock);
    return is_abandoned;
}

bool receiver_join_within(struct receiver *r, unsigned limit_ms,
                          void (*nudge)(pthread_t thread), void *owner)
{
    if (!r->is_started)
        return true;
    atomic_store_explicit(&r->should_stop, true, memory_order_relaxed);
    const uint64_t begin = ticks_now();
    bool is_over = has_ended(r);
    while (!is_over &&
           ticks_to_ns(ticks_now() - begin) < (uint64_t)limit_ms * NS_PER_MS)
        is_over = ends_after_a_nudge(r, nudge);
    if (!is_over && abandon(r, owner))
        return false;
    receiver_join(r);
    return true;
}

int receiver_may_start(struct reason *why)
{
    int count = atomic_load_explicit(&num_abandoned, memory_order_relaxed);
    if (count < RECEIVER_ABANDONED_MAX)
        return 0;
    reason_set(why,
               "%d receivers of earlier attempts are still waiting, and the "
               "kernel does not end their waits: a restart does",
               count);
    return -EBUSY;
}
