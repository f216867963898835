/* SPDX-License-Identifier: MIT */
/*
 * kqueue_events: timers, watched files and sockets as edge-triggered filters
 * (EV_CLEAR) of one kqueue. No write filter: without EV_CLEAR it would end each
 * wait at once, with it it adds nothing to the reader's. A wait takes one
 * event, and handles it after the clock has been read.
 *
 * A timer begins with its phase as its period; its first event changes it to
 * its real period, which XNU counts from that moment. (An absolute first
 * deadline would make it a one-shot timer.) NOTE_CRITICAL because XNU otherwise
 * coalesces timers.
 */

#include "base/list.h"
#include "base/reason.h"
#include "base/ticks.h"
#include "collectors/events/event_collector.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/event.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS 1000000L

struct kqueue_events {
    struct event_collector collector;
    int kqueue;
    bool in_phase[EVENT_THINGS_MAX]; /* this timer has not fired yet */
    struct kevent event;             /* the last one */
};

static struct kqueue_events *self_of(struct event_collector *c)
{
    return container_of(c, struct kqueue_events, collector);
}

static int change(struct kqueue_events *self, const struct kevent *wanted,
                  const char *what, struct reason *why)
{
    /* Without room for events a refused change is kevent()'s own error. */
    if (kevent(self->kqueue, wanted, 1, NULL, 0, NULL) < 0)
        return reason_errno(errno, why, "kevent cannot %s", what);
    return 0;
}

static int set_timer(struct kqueue_events *self, unsigned index, uint64_t ns,
                     struct reason *why)
{
    struct kevent timer;
    EV_SET(&timer, index, EVFILT_TIMER, EV_ADD | EV_CLEAR,
           NOTE_NSECONDS | NOTE_CRITICAL, (intptr_t)ns, NULL);
    return change(self, &timer, "set a timer", why);
}

static int watch_sockets(struct kqueue_events *self, struct reason *why)
{
    struct event_collector *c = &self->collector;
    int rc = 0;
    for (unsigned i = 0; i < c->settings.num_sockets && rc == 0; i++) {
        struct kevent wanted;
        EV_SET(&wanted, (uintptr_t)c->readers[i], EVFILT_READ,
               EV_ADD | EV_CLEAR, 0, 0, &c->readers[i]);
        rc = change(self, &wanted, "watch a socket", why);
    }
    return rc;
}

/* A file that is watched already may be watched again. */
static int watch_files(struct event_collector *c, struct reason *why)
{
    int rc = 0;
    for (unsigned i = 0; i < c->settings.num_files && rc == 0; i++) {
        struct kevent wanted;
        EV_SET(&wanted, (uintptr_t)c->files[i], EVFILT_VNODE, EV_ADD | EV_CLEAR,
               NOTE_WRITE | NOTE_ATTRIB, 0, NULL);
        rc = change(self_of(c), &wanted, "watch a file", why);
    }
    return rc;
}

/* XNU makes a kqueue close-on-exec on its own, but does not document it. */
static int open_kqueue(struct reason *why)
{
    int fd = kqueue();
    if (fd < 0)
        return reason_errno(errno, why, "kqueue failed");
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
        int error = errno;
        close(fd);
        return reason_errno(error, why, "cannot make a kqueue close-on-exec");
    }
    return fd;
}

static int start_timers(struct event_collector *c, struct reason *why)
{
    struct kqueue_events *self = self_of(c);
    int rc = 0;
    for (unsigned i = 0; i < c->plan.count && rc == 0; i++) {
        self->in_phase[i] = true;
        rc = set_timer(self, i, c->plan.phase_ns[i], why);
    }
    return rc;
}

static void stop_timers(struct event_collector *c)
{
    for (unsigned i = 0; i < c->plan.count; i++) {
        struct reason why;
        struct kevent timer;
        EV_SET(&timer, i, EVFILT_TIMER, EV_DELETE, 0, 0, NULL);
        /* Fails only if there is no such timer. */
        (void)change(self_of(c), &timer, "stop a timer", &why);
    }
}

static int wait_for_event(struct event_collector *c, int wait_ms,
                          uint64_t *before, uint64_t *after)
{
    struct kqueue_events *self = self_of(c);
    const struct timespec limit = {.tv_nsec = wait_ms * NS_PER_MS};
    *before = ticks_now();
    int found = kevent(self->kqueue, NULL, 0, &self->event, 1, &limit);
    *after = ticks_now();
    return found < 0 ? -errno : found;
}

static int take_timer(struct kqueue_events *self, struct reason *why)
{
    struct event_collector *c = &self->collector;
    unsigned index = (unsigned)self->event.ident;
    if (self->in_phase[index]) {
        self->in_phase[index] = false;
        return set_timer(self, index, c->plan.period_ns[index], why);
    }
    /* data is how many periods have passed since the last event. */
    c->counts[EVENT_COUNT_MISSED] += (uint64_t)self->event.data - 1;
    return 0;
}

static int take(struct event_collector *c, struct reason *why)
{
    struct kqueue_events *self = self_of(c);
    const struct kevent *event = &self->event;
    if (event->flags & EV_ERROR)
        return reason_errno((int)event->data, why, "kevent reports an error");
    if (event->filter == EVFILT_TIMER) {
        int rc = take_timer(self, why);
        return rc < 0 ? rc : EVENT_COUNT_TIMER;
    }
    if (event->filter == EVFILT_READ) {
        const int *reader = event->udata;
        unsigned which = (unsigned)(reader - c->readers);
        int rc = event_collector_drain_socket(c, which, why);
        return rc < 0 ? rc : EVENT_COUNT_SOCKET;
    }
    if (event->flags & EV_EOF)
        return reason_errno(ENODEV, why, "a watched file went away");
    return EVENT_COUNT_FILE;
}

static void close_queue(struct event_collector *c)
{
    struct kqueue_events *self = self_of(c);
    if (self->kqueue >= 0)
        close(self->kqueue);
    free(self);
}

static const struct event_queue queue = {
    .wait_call = "kevent",
    .wait = wait_for_event,
    .take = take,
    .watch_files = watch_files,
    .start_timers = start_timers,
    .stop_timers = stop_timers,
    .close = close_queue,
};

static int probe(struct reason *why)
{
    int fd = open_kqueue(why);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static int open_queue(struct kqueue_events *self, struct reason *why)
{
    self->kqueue = open_kqueue(why);
    if (self->kqueue < 0)
        return self->kqueue;
    return watch_sockets(self, why);
}

static int open_events(void **out, const struct tunable_value *values,
                       struct reason *why)
{
    *out = NULL;
    struct kqueue_events *self = calloc(1, sizeof(*self));
    if (self == NULL)
        return reason_errno(ENOMEM, why, "cannot open kqueue_events");
    self->kqueue = -1;
    int rc = event_collector_open(&self->collector, &queue, values, why);
    if (rc == 0)
        rc = open_queue(self, why);
    if (rc == 0)
        rc = event_collector_start(&self->collector, why);
    if (rc != 0) {
        event_collector_close(&self->collector);
        return rc;
    }
    *out = &self->collector;
    return 0;
}

/* The kqueue besides what the pair has. */
static unsigned descriptors(const struct tunable_value *values)
{
    struct event_settings settings = event_settings_read(values);
    return event_descriptors(&settings) + 1;
}

const struct collector kqueue_events_collector = {
    .name = "kqueue_events",
    .info = &kqueue_events_info,
    .tunables = event_tunables,
    .check = event_check,
    .descriptors = descriptors,
    .probe = probe,
    .open = open_events,
    .collect = event_collector_collect,
    .pause = event_collector_pause,
    .resume = event_collector_resume,
    .helper_cpu_ns = event_collector_helper_cpu_ns,
    .counters = event_collector_counters,
    .close = event_collector_close,
};
