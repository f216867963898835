/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_COLLECTORS_EVENTS_EVENT_COLLECTOR_H
#define ENTROPYD_COLLECTORS_EVENTS_EVENT_COLLECTOR_H

/*
 * What epoll_events and kqueue_events share: socket pairs, watched files, the
 * stimulus thread that acts on both, the plan of the timers, and the functions
 * of struct collector. Each of the two embeds a struct event_collector and
 * provides a struct event_queue, the kernel interface that waits for the
 * events. One thread, the collector's.
 */

#include "base/reason.h"
#include "collectors/events/event_tunables.h"
#include "collectors/events/timer_plan.h"

#include <stdbool.h>

struct event_collector;

/* The kernel interface. Functions return 0 or -errno with the reason in why,
 * except where it is said. */
struct event_queue {
    const char *wait_call; /* what wait() times: "epoll_wait" */

    /* Waits for one event, at most wait_ms (0..COLLECT_MAX_MS), and reads the
     * clock right before and right after. 1; 0 if there was none; -errno. */
    int (*wait)(struct event_collector *c, int wait_ms, uint64_t *before,
                uint64_t *after);

    /* Drains the source of the event that wait() returned. Its kind, which is
     * EVENT_COUNT_TIMER, _SOCKET or _FILE; or -errno with the reason. */
    int (*take)(struct event_collector *c, struct reason *why);

    /* Watches files[], which are open. It may have failed before. */
    int (*watch_files)(struct event_collector *c, struct reason *why);

    /* Starts every timer at its phase. */
    int (*start_timers)(struct event_collector *c, struct reason *why);

    /* Stops every timer. */
    void (*stop_timers)(struct event_collector *c);

    /* Closes what the queue has open and frees the struct that embeds c. */
    void (*close)(struct event_collector *c);
};

struct event_collector {
    const struct event_queue *queue;
    struct event_settings settings;
    struct timer_plan plan;
    int readers[EVENT_THINGS_MAX];        /* to wait for; -1: not open */
    int writers[EVENT_THINGS_MAX];        /* their other ends */
    int files[EVENT_THINGS_MAX];          /* to watch; unlinked */
    bool is_watching_files;               /* all of them */
    uint64_t files_tried_ticks;           /* when it last failed to */
    struct stimulus *stimulus;            /* NULL: it has no targets */
    uint64_t counts[EVENT_COUNTER_COUNT]; /* except for the stimulus's */
    bool is_paused;
};

/* Opens all of it but the queue and the files; c is zeroed. Descriptors are
 * non-blocking and close-on-exec, the stimulus is parked. 0, or -errno with the
 * reason in why; then and later event_collector_close() closes everything. */
int event_collector_open(struct event_collector *c,
                         const struct event_queue *queue,
                         const struct tunable_value *values,
                         struct reason *why);

/* The last step of opening, when the queue is open: watches the files, draws
 * new phases, starts the timers and wakes the stimulus. Where files cannot be
 * watched (a user may have few inotify instances, and another of his programs
 * all of them), it goes on without them as long as it has timers or sockets;
 * then event_collector_collect() tries again every second. 0, or -errno with
 * the reason in why. */
int event_collector_start(struct event_collector *c, struct reason *why);

/* Reads what readers[which] holds. 0, or -errno with the reason in why. */
int event_collector_drain_socket(struct event_collector *c, unsigned which,
                                 struct reason *why);

/* The functions of struct collector; self is the struct event_collector. */
int event_collector_collect(void *self, uint64_t *ticks, size_t n,
                            struct reason *why);
void event_collector_pause(void *self);
int event_collector_resume(void *self, struct reason *why);
uint64_t event_collector_helper_cpu_ns(void *self);
void event_collector_counters(void *self, uint64_t *out);
void event_collector_close(void *self);

#endif
