/* SPDX-License-Identifier: MIT */
/*
 * epoll_events: a timerfd for each timer, one inotify instance for all watched
 * files and the sockets, in one level-triggered epoll instance: what is not
 * drained would end the next wait at once. A wait takes one event, and drains
 * its source after the clock has been read.
 */

#include "base/list.h"
#include "base/reason.h"
#include "base/ticks.h"
#include "collectors/events/event_collector.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

struct epoll_events {
    struct event_collector collector;
    int epoll;
    int inotify; /* -1: it watches no files */
    int timers[EVENT_THINGS_MAX];
    struct epoll_event event; /* the last one */
};

static struct epoll_events *self_of(struct event_collector *c)
{
    return container_of(c, struct epoll_events, collector);
}

/* The data of a descriptor in the epoll instance is kind << 32 | index. */
static int watch(struct epoll_events *self, int fd, enum event_counter kind,
                 unsigned index, struct reason *why)
{
    struct epoll_event event = {
        .events = EPOLLIN,
        .data.u64 = (uint64_t)kind << 32 | index,
    };
    if (epoll_ctl(self->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        return reason_errno(errno, why, "epoll_ctl failed");
    return 0;
}

static int open_timers(struct epoll_events *self, struct reason *why)
{
    for (unsigned i = 0; i < self->collector.plan.count; i++) {
        self->timers[i] =
            timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
        if (self->timers[i] < 0)
            return reason_errno(errno, why, "timerfd_create failed");
        int rc = watch(self, self->timers[i], EVENT_COUNT_TIMER, i, why);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* The files have no name any more; /proc still leads to them. */
static int add_watches(int inotify, const struct event_collector *c,
                       struct reason *why)
{
    for (unsigned i = 0; i < c->settings.num_files; i++) {
        char path[32];
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", c->files[i]);
        if (inotify_add_watch(inotify, path, IN_ATTRIB | IN_MODIFY) < 0)
            return reason_errno(errno, why, "cannot watch %s", path);
    }
    return 0;
}

static int watch_files(struct event_collector *c, struct reason *why)
{
    struct epoll_events *self = self_of(c);
    self->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (self->inotify < 0)
        return reason_errno(errno, why,
                            "cannot create an inotify instance (limited per "
                            "user)");
    int rc = add_watches(self->inotify, c, why);
    if (rc == 0)
        rc = watch(self, self->inotify, EVENT_COUNT_FILE, 0, why);
    if (rc != 0) {
        close(self->inotify);
        self->inotify = -1;
    }
    return rc;
}

static int open_queue(struct epoll_events *self, struct reason *why)
{
    const struct event_collector *c = &self->collector;
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (self->epoll < 0)
        return reason_errno(errno, why, "epoll_create1 failed");
    int rc = open_timers(self, why);
    for (unsigned i = 0; i < c->settings.num_sockets && rc == 0; i++)
        rc = watch(self, c->readers[i], EVENT_COUNT_SOCKET, i, why);
    return rc;
}

static struct timespec timespec_from_ns(uint64_t ns)
{
    return (struct timespec){
        .tv_sec = (time_t)(ns / NS_PER_S),
        .tv_nsec = (long)(ns % NS_PER_S),
    };
}

/* Expirations that were not read are forgotten, whether it starts or stops. */
static int set_timer(int fd, uint64_t first_ns, uint64_t period_ns,
                     struct reason *why)
{
    const struct itimerspec when = {
        .it_value = timespec_from_ns(first_ns),
        .it_interval = timespec_from_ns(period_ns),
    };
    if (timerfd_settime(fd, 0, &when, NULL) != 0)
        return reason_errno(errno, why, "timerfd_settime failed");
    return 0;
}

static int start_timers(struct event_collector *c, struct reason *why)
{
    const struct epoll_events *self = self_of(c);
    int rc = 0;
    for (unsigned i = 0; i < c->plan.count && rc == 0; i++)
        rc = set_timer(self->timers[i], c->plan.phase_ns[i],
                       c->plan.period_ns[i], why);
    return rc;
}

static void stop_timers(struct event_collector *c)
{
    const struct epoll_events *self = self_of(c);
    struct reason why;
    /* Fails only for arguments that start_timers() has already used. */
    for (unsigned i = 0; i < c->plan.count; i++)
        (void)set_timer(self->timers[i], 0, 0, &why);
}

static int wait_for_event(struct event_collector *c, int wait_ms,
                          uint64_t *before, uint64_t *after)
{
    struct epoll_events *self = self_of(c);
    *before = ticks_now();
    int found = epoll_wait(self->epoll, &self->event, 1, wait_ms);
    *after = ticks_now();
    return found < 0 ? -errno : found;
}

static int drain_timer(struct epoll_events *self, unsigned index,
                       struct reason *why)
{
    uint64_t expirations;
    if (read(self->timers[index], &expirations, sizeof(expirations)) !=
        (ssize_t)sizeof(expirations))
        return reason_errno(errno, why, "cannot read a timerfd");
    self->collector.counts[EVENT_COUNT_MISSED] += expirations - 1;
    return 0;
}

/* One read is enough: it has room for two events of each file, and the kernel
 * merges equal ones. */
static int drain_files(const struct epoll_events *self, struct reason *why)
{
    _Alignas(struct inotify_event) char
        buffer[(size_t)2 * EVENT_THINGS_MAX * sizeof(struct inotify_event)];
    ssize_t length = read(self->inotify, buffer, sizeof(buffer));
    if (length < 0 && errno == EAGAIN)
        return 0;
    if (length < 0)
        return reason_errno(errno, why, "cannot read inotify");
    for (ssize_t at = 0; at < length;) {
        const struct inotify_event *event = (const void *)(buffer + at);
        if (event->mask & (IN_IGNORED | IN_UNMOUNT))
            return reason_errno(ENODEV, why, "a watched file went away");
        at += (ssize_t)(sizeof(*event) + event->len);
    }
    return 0;
}

static int take(struct event_collector *c, struct reason *why)
{
    struct epoll_events *self = self_of(c);
    const unsigned index = (unsigned)(self->event.data.u64 & UINT32_MAX);
    const int kind = (int)(self->event.data.u64 >> 32);
    int rc = 0;
    if (kind == EVENT_COUNT_TIMER)
        rc = drain_timer(self, index, why);
    else if (kind == EVENT_COUNT_SOCKET)
        rc = event_collector_drain_socket(c, index, why);
    else
        rc = drain_files(self, why);
    return rc < 0 ? rc : kind;
}

static void close_queue(struct event_collector *c)
{
    struct epoll_events *self = self_of(c);
    for (unsigned i = 0; i < EVENT_THINGS_MAX; i++) {
        if (self->timers[i] >= 0)
            close(self->timers[i]);
    }
    if (self->inotify >= 0)
        close(self->inotify);
    if (self->epoll >= 0)
        close(self->epoll);
    free(self);
}

static const struct event_queue queue = {
    .wait_call = "epoll_wait",
    .wait = wait_for_event,
    .take = take,
    .watch_files = watch_files,
    .start_timers = start_timers,
    .stop_timers = stop_timers,
    .close = close_queue,
};

static int probe(struct reason *why)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        return reason_errno(errno, why, "epoll_create1 failed");
    close(epoll);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (timer < 0)
        return reason_errno(errno, why, "timerfd_create failed");
    close(timer);
    return 0;
}

static int open_events(void **out, const struct tunable_value *values,
                       struct reason *why)
{
    *out = NULL;
    struct epoll_events *self = calloc(1, sizeof(*self));
    if (self == NULL)
        return reason_errno(ENOMEM, why, "cannot open epoll_events");
    self->epoll = self->inotify = -1;
    for (unsigned i = 0; i < EVENT_THINGS_MAX; i++)
        self->timers[i] = -1;
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

/* The timers, epoll and inotify besides what the pair has. */
static unsigned descriptors(const struct tunable_value *values)
{
    struct event_settings settings = event_settings_read(values);
    return event_descriptors(&settings) + settings.num_timers + 2;
}

const struct collector epoll_events_collector = {
    .name = "epoll_events",
    .info = &epoll_events_info,
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
