/* timerfds, one inotify instance and the sockets of the noise, level-triggered:
 * what is not drained is reported again at once, which no wait would hide. */

#include "collectors/events/epoll_set.h"
#include "base/reason.h"

#include <errno.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

/* What a descriptor in the epoll set is; its number there is
 * kind << 32 | index. */
enum kind { KIND_TIMER, KIND_SOCKET, KIND_FILE };

static int watch(struct epoll_set *self, int fd, enum kind kind, unsigned index,
                 struct reason *why)
{
    struct epoll_event event = {
        .events = EPOLLIN,
        .data.u64 = (uint64_t)kind << 32 | index,
    };
    if (epoll_ctl(self->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        return reason_errno(errno, why, "epoll_ctl failed");
    return 0;
}

static int open_timers(struct epoll_set *self, struct reason *why)
{
    for (unsigned i = 0; i < self->noise->plan.count; i++) {
        self->timers[i] =
            timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
        if (self->timers[i] < 0)
            return reason_errno(errno, why, "timerfd_create failed");
        int error = watch(self, self->timers[i], KIND_TIMER, i, why);
        if (error != 0)
            return error;
    }
    return 0;
}

/* The files have no name any more; /proc still leads to them. */
static int open_watches(struct epoll_set *self, struct reason *why)
{
    if (self->noise->settings.num_files == 0)
        return 0;
    self->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (self->inotify < 0)
        return reason_errno(errno, why, "inotify_init1 failed");
    for (unsigned i = 0; i < self->noise->settings.num_files; i++) {
        char path[32];
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d",
                       self->noise->files[i]);
        if (inotify_add_watch(self->inotify, path, IN_ATTRIB | IN_MODIFY) < 0)
            return reason_errno(errno, why, "cannot watch a file by %s", path);
    }
    return watch(self, self->inotify, KIND_FILE, 0, why);
}

static int watch_sockets(struct epoll_set *self, struct reason *why)
{
    for (unsigned i = 0; i < self->noise->settings.num_sockets; i++) {
        int error = watch(self, self->noise->readers[i], KIND_SOCKET, i, why);
        if (error != 0)
            return error;
    }
    return 0;
}

int epoll_set_open(struct epoll_set *self, struct event_noise *noise,
                   struct reason *why)
{
    self->noise = noise;
    self->inotify = -1;
    for (unsigned i = 0; i < EVENT_THINGS_MAX; i++)
        self->timers[i] = -1;
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (self->epoll < 0)
        return reason_errno(errno, why, "epoll_create1 failed");
    int error = open_timers(self, why);
    if (error == 0)
        error = open_watches(self, why);
    if (error == 0)
        error = watch_sockets(self, why);
    if (error != 0)
        epoll_set_close(self);
    return error;
}

static struct timespec timespec_from_ns(uint64_t ns)
{
    return (struct timespec){
        .tv_sec = (time_t)(ns / NS_PER_S),
        .tv_nsec = (long)(ns % NS_PER_S),
    };
}

int epoll_set_timers(struct epoll_set *self, bool stop, struct reason *why)
{
    const struct timer_plan *plan = &self->noise->plan;
    for (unsigned i = 0; i < plan->count; i++) {
        struct itimerspec when = {
            .it_value = timespec_from_ns(stop ? 0 : plan->phase_ns[i]),
            .it_interval = timespec_from_ns(stop ? 0 : plan->period_ns[i]),
        };
        if (timerfd_settime(self->timers[i], 0, &when, NULL) != 0)
            return reason_errno(errno, why, "timerfd_settime failed");
    }
    return 0;
}

static int drain_timer(struct epoll_set *self, unsigned index,
                       struct reason *why)
{
    uint64_t expirations;
    if (read(self->timers[index], &expirations, sizeof(expirations)) !=
        (ssize_t)sizeof(expirations))
        return reason_errno(errno, why, "cannot read a timerfd");
    self->noise->counts[EVENT_COUNT_MISSED] += expirations - 1;
    return 0;
}

/* One read is enough: it holds two events of each file, and equal ones are
 * merged by the kernel. */
int epoll_set_drain_files(struct epoll_set *self, struct reason *why)
{
    _Alignas(struct inotify_event) char
        buffer[(size_t)2 * EVENT_THINGS_MAX * sizeof(struct inotify_event)];
    if (self->inotify < 0)
        return 0;
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

int epoll_set_take(struct epoll_set *self, const struct epoll_event *event,
                   struct reason *why)
{
    unsigned index = (unsigned)(event->data.u64 & UINT32_MAX);
    switch ((enum kind)(event->data.u64 >> 32)) {
    case KIND_TIMER:
        self->noise->counts[EVENT_COUNT_TIMER]++;
        return drain_timer(self, index, why);
    case KIND_SOCKET:
        self->noise->counts[EVENT_COUNT_SOCKET]++;
        return event_noise_drain_socket(self->noise, index, why);
    case KIND_FILE:
        break;
    }
    self->noise->counts[EVENT_COUNT_FILE]++;
    return epoll_set_drain_files(self, why);
}

void epoll_set_close(struct epoll_set *self)
{
    for (unsigned i = 0; i < EVENT_THINGS_MAX; i++) {
        if (self->timers[i] >= 0)
            close(self->timers[i]);
        self->timers[i] = -1;
    }
    if (self->inotify >= 0)
        close(self->inotify);
    if (self->epoll >= 0)
        close(self->epoll);
    self->inotify = self->epoll = -1;
}
