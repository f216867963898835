/* SPDX-License-Identifier: MIT */
/* Running time on Linux: CLOCK_MONOTONIC, which does not count suspension. */

#include "base/monotonic.h"

#include <errno.h>
#include <time.h>

/* Longer waits wait without limit: a thousand years, far from any overflow. */
#define LONGEST_MS (UINT64_C(1000) * 365 * 24 * 60 * 60 * 1000)

uint64_t monotonic_now_ms(void)
{
    struct timespec now;

    /* Cannot fail: the clock exists on every kernel, the pointer is ours. */
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 + 1;
}

int monotonic_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    int error = pthread_condattr_init(&attributes);

    if (error)
        return -error;
    error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (!error)
        error = pthread_cond_init(cond, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    return -error;
}

int monotonic_wait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                   uint64_t timeout_ms)
{
    struct timespec until;

    if (timeout_ms > LONGEST_MS)
        return -pthread_cond_wait(cond, mutex);
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(timeout_ms / 1000);
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    return -pthread_cond_timedwait(cond, mutex, &until);
}
