/* The life of a receiver thread. */

#include "collectors/receiver.h"

#include "collectors/thread_cpu.h"
#include "collectors/thread_role.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

static void *receiver_main(void *arg)
{
    struct receiver *r = arg;
    thread_role_helper(r->name);
    r->run(r, r->arg);
    return NULL;
}

int receiver_start(struct receiver *r, const char *name,
                   void (*run)(struct receiver *receiver, void *arg), void *arg)
{
    r->name = name;
    r->run = run;
    r->arg = arg;
    /* A thread inherits its creator's mask. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    int error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (error != 0)
        return -error;
    error = pthread_create(&r->thread, NULL, receiver_main, r);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    r->is_started = error == 0;
    return -error;
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

int receiver_failure(struct receiver *r, char *why, size_t why_size)
{
    /* Pairs with the release in receiver_die(). */
    int error = atomic_load_explicit(&r->dead, memory_order_acquire);
    if (error != 0)
        (void)snprintf(why, why_size, "the receiver ended: %s", r->reason);
    return -error;
}

uint64_t receiver_cpu_ns(struct receiver *r)
{
    /* An ended thread's clock cannot be read any more and says 0. */
    uint64_t now_ns = r->is_started ? thread_cpu_ns(r->thread) : 0;
    if (now_ns > r->cpu_ns)
        r->cpu_ns = now_ns;
    return r->cpu_ns;
}

void receiver_join(struct receiver *r)
{
    if (!r->is_started)
        return;
    (void)pthread_join(r->thread, NULL);
    r->is_started = false;
}
