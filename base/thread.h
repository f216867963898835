/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_THREAD_H
#define ENTROPYD_BASE_THREAD_H

/* Threads beside the main one: their start, their place in the scheduler and
 * their processor time. What differs between systems is in one file a
 * platform. */

#include <pthread.h>
#include <stdint.h>

/* Starts a joinable thread with every signal blocked: signals are for the main
 * thread. 0 or -errno. */
int thread_start(pthread_t *thread, void *(*run)(void *), void *argument);

/* Both give the calling thread a name (at most 15 bytes: Linux's limit) that ps
 * and Instruments show. Best effort. */

/* A thread that works in the background of others: QoS utility on macOS,
 * because background throttles timers and processor time, and interactive would
 * compete with people. */
void thread_role_helper(const char *name);

/* A thread that mostly sleeps, for times that are to be kept: no timer slack
 * on Linux, whose default is 50 us; QoS default on macOS, because XNU lets a
 * sleep of the utility class run over by four times its length (its latency
 * tier 3 shifts the wrong way), one of the default class by a quarter. */
void thread_role_sleeper(const char *name);

/* User and system time used so far by `thread`, which has not been joined, in
 * nanoseconds; 0 if the kernel does not tell. Any thread. */
uint64_t thread_cpu_ns(pthread_t thread);

#endif
