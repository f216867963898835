/* SPDX-License-Identifier: MIT */
/* The fake's state: counts, faults, planted mistakes, waiting. */

#include "tests/fakes/mach/fake_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NS_PER_S  1000000000L
#define NS_PER_MS 1000000L

mach_port_t mach_task_self_ = 0x103;

struct fake_mach fake_mach_state = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* A condition variable on the monotonic clock has no static initialiser. */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_condition(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&fake_mach_state.changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

void fake_lock(void)
{
    pthread_once(&once, init_condition);
    pthread_mutex_lock(&fake_mach_state.lock);
}

void fake_unlock(void)
{
    pthread_mutex_unlock(&fake_mach_state.lock);
}

void fake_changed(void)
{
    pthread_cond_broadcast(&fake_mach_state.changed);
}

_Noreturn void fake_unmodelled(const char *what)
{
    fprintf(stderr, "the fake Mach kernel does not model %s\n", what);
    abort();
}

kern_return_t fake_fault(enum fake_mach_call call)
{
    struct fake_fault *fault = &fake_mach_state.faults[call];
    if (fault->times == 0)
        return KERN_SUCCESS;
    if (fault->after > 0) {
        fault->after--;
        return KERN_SUCCESS;
    }
    fault->times--;
    return fault->code;
}

void fake_mach_fail(enum fake_mach_call call, unsigned after, unsigned times,
                    kern_return_t code)
{
    fake_lock();
    fake_mach_state.faults[call] =
        (struct fake_fault){.after = after, .times = times, .code = code};
    fake_unlock();
}

void fake_mach_plant(enum fake_mach_mistake mistake)
{
    fake_lock();
    fake_mach_state.mistake = mistake;
    fake_changed();
    fake_unlock();
}

void fake_mach_hold_receivers(int hold)
{
    fake_lock();
    fake_mach_state.are_receivers_held = hold != 0;
    fake_changed();
    fake_unlock();
}

unsigned long fake_mach_sends(void)
{
    fake_lock();
    unsigned long sends = fake_mach_state.sends;
    fake_unlock();
    return sends;
}

mach_msg_size_t fake_mach_last_size(void)
{
    fake_lock();
    mach_msg_size_t size = fake_mach_state.last_size;
    fake_unlock();
    return size;
}

mach_msg_timeout_t fake_mach_last_timeout(void)
{
    fake_lock();
    mach_msg_timeout_t timeout_ms = fake_mach_state.last_timeout_ms;
    fake_unlock();
    return timeout_ms;
}

struct fake_mach_counts fake_mach_counts(void)
{
    fake_lock();
    struct fake_mach_counts counts = {
        .memory_in_task = fake_mach_state.memory_in_task,
        .memory_in_kernel = fake_mach_state.memory_in_kernel,
        .guard_violations = fake_mach_state.guard_violations,
    };
    for (unsigned i = 0; i < FAKE_NAMES_MAX; i++) {
        const struct fake_entry *entry = &fake_mach_state.names[i];
        if ((entry->type & MACH_PORT_TYPE_RECEIVE) != 0) {
            counts.receive_rights++;
            counts.queued_messages += entry->port->queued;
        }
        if ((entry->type & MACH_PORT_TYPE_SEND) != 0)
            counts.send_references += entry->references;
        counts.dead_names += (entry->type & MACH_PORT_TYPE_DEAD_NAME) != 0;
        counts.port_sets += (entry->type & MACH_PORT_TYPE_PORT_SET) != 0;
    }
    fake_unlock();
    return counts;
}

bool fake_wait(const struct timespec *deadline)
{
    struct fake_mach *f = &fake_mach_state;
    if (deadline == NULL)
        return pthread_cond_wait(&f->changed, &f->lock) == 0;
    return pthread_cond_timedwait(&f->changed, &f->lock, deadline) != ETIMEDOUT;
}

struct timespec fake_deadline(mach_msg_timeout_t timeout_ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += timeout_ms / 1000;
    at.tv_nsec += (long)(timeout_ms % 1000) * NS_PER_MS;
    if (at.tv_nsec >= NS_PER_S) {
        at.tv_sec++;
        at.tv_nsec -= NS_PER_S;
    }
    return at;
}
