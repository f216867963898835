#ifndef ENTROPYD_COLLECTORS_EVENTS_EPOLL_SET_H
#define ENTROPYD_COLLECTORS_EVENTS_EPOLL_SET_H

/* What epoll_events waits for: the noise's sockets, its watched files by one
 * inotify instance, its timers by a timerfd each. Linux only; one thread. */

#include "base/reason.h"
#include "collectors/events/event_noise.h"

#include <stdbool.h>
#include <sys/epoll.h>

struct epoll_set {
    struct event_noise *noise; /* borrowed until epoll_set_close() */
    int epoll;                 /* to wait on */
    int inotify;               /* -1 without watched files */
    int timers[EVENT_THINGS_MAX];
};

/* Opens and registers everything, timers disarmed. 0, or -errno with the reason
 * in why; then nothing is left open. */
int epoll_set_open(struct epoll_set *self, struct event_noise *noise,
                   struct reason *why);

/* Starts each timer at its phase, or stops them all. Either way expirations
 * that were not read are forgotten. 0, or -errno with the reason in why. */
int epoll_set_timers(struct epoll_set *self, bool stop, struct reason *why);

/* Counts an event and empties what it came from. 0, or -errno with the reason
 * in why when that cannot be read any more. */
int epoll_set_take(struct epoll_set *self, const struct epoll_event *event,
                   struct reason *why);

/* Forgets what the watched files have reported. As above. */
int epoll_set_drain_files(struct epoll_set *self, struct reason *why);

/* Closes what is open; idempotent. */
void epoll_set_close(struct epoll_set *self);

#endif
