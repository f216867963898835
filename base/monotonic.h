/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_MONOTONIC_H
#define ENTROPYD_BASE_MONOTONIC_H

/*
 * Running time, and waiting by it: setting the clock does not move it, and it
 * stops while the machine is suspended. Any thread.
 */

#include <pthread.h>
#include <stdint.h>

/* Milliseconds from an arbitrary start, at least 1. */
uint64_t monotonic_now_ms(void);

/* Makes a condition variable for monotonic_wait(). 0 or -errno. */
int monotonic_cond_init(pthread_cond_t *cond);

/* Waits on cond, whose mutex the caller holds, for up to timeout_ms;
 * UINT64_MAX: without limit. May end early and for nothing. 0, or
 * -ETIMEDOUT. */
int monotonic_wait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                   uint64_t timeout_ms);

#endif
