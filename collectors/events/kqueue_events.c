/*
 * open() builds the noise (sockets, files, poker) and registers it with a
 * kqueue, edge-triggered (EV_CLEAR). No write filter: without EV_CLEAR it would
 * end each wait at once, with it tell no more than the reader's. collect()
 * times one kevent() for one event, then deals with exactly what was reported.
 *
 * A timer begins as one of its phase's length; its first event changes it to
 * its period, which XNU counts from that moment. (An absolute first deadline
 * would make it a one-shot timer.) NOTE_CRITICAL because XNU otherwise lets
 * timers wait for one another. pause() deletes the timers and parks the poker;
 * resume() throws away what was still queued.
 */

#include "collectors/events/kqueue_events.h"
#include "base/reason.h"
#include "base/ticks.h"
#include "collectors/events/event_noise.h"
#include "collectors/events/stimulus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/event.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS 1000000L

struct kqueue_events {
    struct event_noise noise;
    int kqueue;
    bool in_phase[EVENT_THINGS_MAX]; /* this timer has yet to fire first */
    bool is_paused;
};

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

static int watch_noise(struct kqueue_events *self, struct reason *why)
{
    struct event_noise *noise = &self->noise;
    struct kevent wanted;
    int error = 0;
    for (unsigned i = 0; i < noise->settings.num_sockets && error == 0; i++) {
        EV_SET(&wanted, (uintptr_t)noise->readers[i], EVFILT_READ,
               EV_ADD | EV_CLEAR, 0, 0, &noise->readers[i]);
        error = change(self, &wanted, "watch a socket", why);
    }
    for (unsigned i = 0; i < noise->settings.num_files && error == 0; i++) {
        EV_SET(&wanted, (uintptr_t)noise->files[i], EVFILT_VNODE,
               EV_ADD | EV_CLEAR, NOTE_WRITE | NOTE_ATTRIB, 0, NULL);
        error = change(self, &wanted, "watch a file", why);
    }
    return error;
}

/* XNU makes a kqueue close-on-exec by itself, and says so nowhere. */
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

/* Makes phases new, timers armed and the poker awake. */
static int start(struct kqueue_events *self, struct reason *why)
{
    int error = event_noise_prepare(&self->noise, why);
    for (unsigned i = 0; i < self->noise.plan.count && error == 0; i++) {
        self->in_phase[i] = true;
        error = set_timer(self, i, self->noise.plan.phase_ns[i], why);
    }
    if (error == 0)
        poker_wake(self->noise.poker);
    return error;
}

static int take_timer(struct kqueue_events *self, const struct kevent *event,
                      struct reason *why)
{
    unsigned index = (unsigned)event->ident;
    self->noise.counts[EVENT_COUNT_TIMER]++;
    if (self->in_phase[index]) {
        self->in_phase[index] = false;
        return set_timer(self, index, self->noise.plan.period_ns[index], why);
    }
    /* data is how many periods have passed since the last event. */
    self->noise.counts[EVENT_COUNT_MISSED] += (uint64_t)event->data - 1;
    return 0;
}

/* Counts an event and deals with what it came from. */
static int take(struct kqueue_events *self, const struct kevent *event,
                struct reason *why)
{
    if (event->flags & EV_ERROR)
        return reason_errno((int)event->data, why, "kevent reports an error");
    if (event->filter == EVFILT_TIMER)
        return take_timer(self, event, why);
    if (event->filter == EVFILT_READ) {
        self->noise.counts[EVENT_COUNT_SOCKET]++;
        const int *reader = event->udata;
        return event_noise_drain_socket(
            &self->noise, (unsigned)(reader - self->noise.readers), why);
    }
    self->noise.counts[EVENT_COUNT_FILE]++;
    if (event->flags & EV_EOF)
        return reason_errno(ENODEV, why, "a watched file went away");
    return 0;
}

static int probe(struct reason *why)
{
    int fd = open_kqueue(why);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static int open_events(void **out, const struct tunable_value *values,
                       struct reason *why)
{
    *out = NULL;
    struct kqueue_events *self = calloc(1, sizeof(*self));
    if (self == NULL)
        return reason_errno(ENOMEM, why, "cannot open kqueue_events");
    struct event_settings settings = event_settings_read(values);
    int error = event_noise_open(&self->noise, &settings, why);
    if (error != 0)
        goto fail_noise;
    error = self->kqueue = open_kqueue(why);
    if (error < 0)
        goto fail_kqueue;
    error = watch_noise(self, why);
    if (error == 0)
        error = start(self, why);
    if (error != 0)
        goto fail_start;
    *out = self;
    return 0;

fail_start:
    close(self->kqueue);
fail_kqueue:
    event_noise_close(&self->noise);
fail_noise:
    free(self);
    return error;
}

static int collect(void *argument, uint64_t *ticks, size_t n,
                   struct reason *why)
{
    struct kqueue_events *self = argument;
    const uint64_t began = ticks_now();
    uint64_t now = began;
    size_t count = 0;
    int error = 0;
    while (count < n && error == 0) {
        int wait_ms = event_noise_wait_ms(&self->noise, now - began);
        if (wait_ms == 0)
            break;
        const struct timespec limit = {.tv_nsec = wait_ms * NS_PER_MS};
        struct kevent event;
        uint64_t before = ticks_now();
        int found = kevent(self->kqueue, NULL, 0, &event, 1, &limit);
        now = ticks_now();
        if (found == 1) {
            ticks[count++] = now - before;
            error = take(self, &event, why);
        } else {
            error = event_noise_no_event(&self->noise, found < 0 ? errno : 0,
                                         "kevent", why);
        }
    }
    if (error == 0)
        error = poker_watch(self->noise.poker, ticks_to_ns(now - began), why);
    return error != 0 ? error : (int)count;
}

static void pause_events(void *argument)
{
    struct kqueue_events *self = argument;
    if (self->is_paused)
        return;
    self->is_paused = true;
    poker_park(self->noise.poker);
    for (unsigned i = 0; i < self->noise.plan.count; i++) {
        struct reason why;
        struct kevent timer;
        EV_SET(&timer, i, EVFILT_TIMER, EV_DELETE, 0, 0, NULL);
        /* Fails only where there is no such timer: just as well. */
        (void)change(self, &timer, "stop a timer", &why);
    }
}

/* Throws queued events away; what a socket holds is read by start(). At most
 * one for each thing, unless the poker has not parked yet. */
static int drop_events(struct kqueue_events *self, struct reason *why)
{
    const struct timespec at_once = {0};
    for (int i = 0; i < 3 * EVENT_THINGS_MAX; i++) {
        struct kevent event;
        int found = kevent(self->kqueue, NULL, 0, &event, 1, &at_once);
        if (found < 0 && errno != EINTR)
            return reason_errno(errno, why, "kevent failed");
        if (found == 0)
            break;
    }
    return 0;
}

static int resume_events(void *argument, struct reason *why)
{
    struct kqueue_events *self = argument;
    if (!self->is_paused)
        return 0;
    int error = drop_events(self, why);
    if (error == 0)
        error = start(self, why);
    if (error == 0)
        self->is_paused = false;
    return error;
}

static uint64_t helper_cpu_ns(void *argument)
{
    const struct kqueue_events *self = argument;
    return poker_cpu_ns(self->noise.poker);
}

static void counters(void *argument, uint64_t *out)
{
    const struct kqueue_events *self = argument;
    event_noise_counters(&self->noise, out);
}

static void close_events(void *argument)
{
    struct kqueue_events *self = argument;
    if (self == NULL)
        return;
    event_noise_close(&self->noise);
    close(self->kqueue);
    free(self);
}

const struct collector kqueue_events_collector = {
    .name = "kqueue_events",
    .info = &kqueue_events_info,
    .tunables = kqueue_events_tunables,
    .check = kqueue_events_check,
    .probe = probe,
    .open = open_events,
    .collect = collect,
    .pause = pause_events,
    .resume = resume_events,
    .helper_cpu_ns = helper_cpu_ns,
    .counters = counters,
    .close = close_events,
};
