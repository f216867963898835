/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_COLLECTORS_EVENTS_EVENT_TUNABLES_H
#define ENTROPYD_COLLECTORS_EVENTS_EVENT_TUNABLES_H

/*
 * kqueue_events (macOS) and epoll_events (Linux) as far as no kernel is
 * involved: their descriptions and their options, which are the same. Both time
 * a wait for one event, which timers, watched files and sockets cause. Any
 * thread.
 */

#include "base/reason.h"
#include "collectors/collector.h"

/* Each is defined on its own platform only. */
extern const struct collector kqueue_events_collector;
extern const struct collector epoll_events_collector;

/* What describes them, on every platform. */
extern const struct collector_info kqueue_events_info;
extern const struct collector_info epoll_events_info;
extern const struct tunable event_tunables[]; /* of both */

/* The check() of both: at least one thing that causes events, and room for the
 * timers' periods. 0, or -EINVAL with the reason in why. */
int event_check(const struct tunable_value *values, struct reason *why);

/* Most timers, sockets and files each (the tunables' ranges). */
#define EVENT_THINGS_MAX 64

/* Indices of event_tunables. */
enum event_tunable {
    EVENT_NUM_TIMERS,
    EVENT_NUM_SOCKETS,
    EVENT_NUM_FILE_WATCHERS,
    EVENT_TIMEOUT_MS,
    EVENT_TIMER_MIN_US,
    EVENT_TIMER_MAX_US,
    EVENT_POKE_US,
    EVENT_TUNABLE_COUNT,
};

/* Indices of info.counters. */
enum event_counter {
    EVENT_COUNT_TIMER,       /* samples that a timer ended */
    EVENT_COUNT_SOCKET,      /* ... a readable socket */
    EVENT_COUNT_FILE,        /* ... a watched file */
    EVENT_COUNT_TIMEOUT,     /* waits without an event: no samples */
    EVENT_COUNT_INTERRUPTED, /* waits that a signal ended: no samples */
    EVENT_COUNT_WAIT_ERROR,  /* waits that failed for good */
    EVENT_COUNT_DROPPED,     /* between two collect()s, and first in each: no
                                samples */
    EVENT_COUNT_MISSED,      /* timer periods that passed unnoticed */
    EVENT_COUNT_FILE_WATCH_ERRORS, /* attempts to watch files that failed */
    EVENT_COUNT_STIMULI,           /* bytes sent and files touched */
    EVENT_COUNT_STIMULI_DROPPED,   /* bytes not sent: the socket was full */
    EVENT_COUNTER_COUNT,
};

/* The tunables as plain numbers. */
struct event_settings {
    unsigned num_timers;
    unsigned num_sockets;
    unsigned num_files;
    unsigned timeout_ms;
    unsigned timer_min_us;
    unsigned timer_max_us;
    unsigned poke_us;
};

/* Reads checked values, in the order of event_tunables. */
struct event_settings event_settings_read(const struct tunable_value *values);

/* Descriptors that both have open besides their queue and its timers: socket
 * pairs, files and, while those are made, their directory. */
unsigned event_descriptors(const struct event_settings *settings);

#endif
