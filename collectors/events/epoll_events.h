#ifndef ENTROPYD_COLLECTORS_EVENTS_EPOLL_EVENTS_H
#define ENTROPYD_COLLECTORS_EVENTS_EPOLL_EVENTS_H

/*
 * epoll_wait(), timed while timers, watched files and sockets make events for
 * it: the Linux counterpart of kqueue_events. One open collector owns an epoll
 * instance, num_timers timerfds, an inotify instance with num_file_watchers
 * unlinked files, num_sockets socket pairs and the poker thread. A call takes
 * one event; what it announces is drained after the clock was read.
 */

#include "base/reason.h"
#include "collectors/collector.h"

extern const struct collector epoll_events_collector;

/* Described on every platform, also where it cannot be built. The indices of
 * the tunables are those of enum event_tunable, the counters are those of enum
 * event_counter (collectors/events/events.h). */
extern const struct collector_info epoll_events_info;
extern const struct tunable epoll_events_tunables[];
int epoll_events_check(const struct tunable_value *values, struct reason *why);

#endif
