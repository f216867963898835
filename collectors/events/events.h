#ifndef ENTROPYD_COLLECTORS_EVENTS_EVENT_SETTINGS_H
#define ENTROPYD_COLLECTORS_EVENTS_EVENT_SETTINGS_H

/*
 * What kqueue_events and epoll_events have in common before anything is
 * opened: the same tunables, the same counters, the same check. Any thread.
 */

#include "base/reason.h"
#include "collectors/collector.h"

/* Most of each thing that makes events (the tunables' ranges). */
#define EVENT_THINGS_MAX 64

/* The tunables in the order of EVENT_TUNABLES. */
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

/* The counters in the order of EVENT_COUNTERS. */
enum event_counter {
    EVENT_COUNT_TIMER,       /* samples that a timer ended */
    EVENT_COUNT_SOCKET,      /* ... a readable socket */
    EVENT_COUNT_FILE,        /* ... a watched file */
    EVENT_COUNT_TIMEOUT,     /* waits that nothing ended: no samples */
    EVENT_COUNT_INTERRUPTED, /* waits that a signal ended: no samples */
    EVENT_COUNT_WAIT_ERROR,  /* waits that failed otherwise: the end */
    EVENT_COUNT_MISSED,      /* timer periods that had passed unseen */
    EVENT_COUNT_POKE,        /* bytes sent and files touched */
    EVENT_COUNT_POKE_FULL,   /* bytes not sent, the socket being full */
    EVENT_COUNTER_COUNT,
};

/* Names for collector_info.counters, without the NULL. */
#define EVENT_COUNTERS                                                         \
    "timer_events", "socket_events", "file_events", "timeouts", "interrupted", \
        "wait_errors", "missed_timer_periods", "pokes", "pokes_full"

/* Counts are the seeds' defaults, ranges the design's. Periods and poke_us are
 * measured (docs/entropy.md, docs/performance.md): 8 timers between 100 and
 * 732 us give ten times the events of millisecond timers, and below 20 us they
 * outrun the collector. A poke costs two switches of threads where a timer
 * costs one, so there is one a millisecond. */
#define EVENT_INTEGER(NAME, UNIT, MIN, MAX, STANDARD, HELP)                    \
    {                                                                          \
        .name = (NAME), .unit = (UNIT), .help = (HELP),                        \
        .type = TUNABLE_INTEGER, .min = (MIN), .max = (MAX),                   \
        .standard = {.values = {(STANDARD)}, .count = 1},                      \
    }

/* The entries of a collector's tunable table, its end included. */
#define EVENT_TUNABLES                                                         \
    EVENT_INTEGER("num_timers", "", 0, EVENT_THINGS_MAX, 8,                    \
                  "periodic timers that fire while the wait is timed"),        \
        EVENT_INTEGER("num_sockets", "", 0, EVENT_THINGS_MAX, 4,               \
                      "socket pairs that the poker thread sends bytes on"),    \
        EVENT_INTEGER("num_file_watchers", "", 0, EVENT_THINGS_MAX, 4,         \
                      "watched files that the poker thread touches"),          \
        EVENT_INTEGER("timeout_ms", "ms", 1, 100, 1,                           \
                      "longest wait for an event"),                            \
        EVENT_INTEGER("timer_min_us", "us", 20, 50000, 100,                    \
                      "shortest timer period"),                                \
        EVENT_INTEGER("timer_max_us", "us", 20, 50000, 732,                    \
                      "longest timer period"),                                 \
        EVENT_INTEGER("poke_us", "us", 50, 10000, 1000,                        \
                      "pause of the poker thread between two pokes"),          \
    {                                                                          \
        .name = NULL                                                           \
    }

/* The same as plain numbers. */
struct event_settings {
    unsigned num_timers;
    unsigned num_sockets;
    unsigned num_files;
    unsigned timeout_ms;
    unsigned timer_min_us;
    unsigned timer_max_us;
    unsigned poke_us;
};

/* At least one thing that makes events, and room for the timers' periods. 0,
 * or -EINVAL with the reason in why. */
int event_settings_check(const struct tunable_value *values,
                         struct reason *why);

/* Reads checked values. */
struct event_settings event_settings_read(const struct tunable_value *values);

#endif
