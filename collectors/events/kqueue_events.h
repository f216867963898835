#ifndef ENTROPYD_COLLECTORS_EVENTS_KQUEUE_EVENTS_H
#define ENTROPYD_COLLECTORS_EVENTS_KQUEUE_EVENTS_H

/*
 * kevent(), timed while timers, watched files and sockets make events for it.
 * One open collector owns a kqueue with num_timers EVFILT_TIMER,
 * num_file_watchers EVFILT_VNODE and num_sockets EVFILT_READ filters, the
 * unlinked files, the socket pairs and the poker thread. A call takes one
 * event; what it announces is drained after the clock was read.
 */

#include "base/reason.h"
#include "collectors/collector.h"

extern const struct collector kqueue_events_collector;

/* Described on every platform, also where it cannot be built. The indices of
 * the tunables are those of enum event_tunable, the counters are those of enum
 * event_counter (collectors/events/events.h). */
extern const struct collector_info kqueue_events_info;
extern const struct tunable kqueue_events_tunables[];
int kqueue_events_check(const struct tunable_value *values, struct reason *why);

#endif
