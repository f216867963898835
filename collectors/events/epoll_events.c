/*
 * open() builds the noise (sockets, files, poker) and the set that waits for
 * it. collect() times one epoll_wait() for one event, then drains exactly what
 * was reported, so that the next wait really waits. pause() disarms the timers
 * and parks the poker; what has become stale by then is drained by resume().
 */

#include "collectors/events/epoll_events.h"
#include "base/reason.h"
#include "base/ticks.h"
#include "collectors/events/epoll_set.h"
#include "collectors/events/stimulus.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct epoll_events {
    struct event_noise noise;
    struct epoll_set set;
    bool is_paused;
};

/* Makes phases new, timers armed and the poker awake. */
static int start(struct epoll_events *self, struct reason *why)
{
    int error = event_noise_prepare(&self->noise, why);
    if (error == 0)
        error = epoll_set_timers(&self->set, false, why);
    if (error == 0)
        poker_wake(self->noise.poker);
    return error;
}

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
    struct event_settings settings = event_settings_read(values);
    int error = event_noise_open(&self->noise, &settings, why);
    if (error != 0)
        goto fail_noise;
    error = epoll_set_open(&self->set, &self->noise, why);
    if (error != 0)
        goto fail_set;
    error = start(self, why);
    if (error != 0)
        goto fail_start;
    *out = self;
    return 0;

fail_start:
    epoll_set_close(&self->set);
fail_set:
    event_noise_close(&self->noise);
fail_noise:
    free(self);
    return error;
}

static int collect(void *argument, uint64_t *ticks, size_t n,
                   struct reason *why)
{
    struct epoll_events *self = argument;
    const uint64_t began = ticks_now();
    uint64_t now = began;
    size_t count = 0;
    int error = 0;
    while (count < n && error == 0) {
        int wait_ms = event_noise_wait_ms(&self->noise, now - began);
        if (wait_ms == 0)
            break;
        struct epoll_event event;
        uint64_t before = ticks_now();
        int found = epoll_wait(self->set.epoll, &event, 1, wait_ms);
        now = ticks_now();
        if (found == 1) {
            ticks[count++] = now - before;
            error = epoll_set_take(&self->set, &event, why);
        } else {
            error = event_noise_no_event(&self->noise, found < 0 ? errno : 0,
                                         "epoll_wait", why);
        }
    }
    if (error == 0)
        error = poker_watch(self->noise.poker, ticks_to_ns(now - began), why);
    return error != 0 ? error : (int)count;
}

static void pause_events(void *argument)
{
    struct epoll_events *self = argument;
    if (self->is_paused)
        return;
    self->is_paused = true;
    poker_park(self->noise.poker);
    struct reason why;
    /* Fails only for arguments that start() has already used. */
    (void)epoll_set_timers(&self->set, true, &why);
}

static int resume_events(void *argument, struct reason *why)
{
    struct epoll_events *self = argument;
    if (!self->is_paused)
        return 0;
    int error = epoll_set_drain_files(&self->set, why);
    if (error == 0)
        error = start(self, why);
    if (error == 0)
        self->is_paused = false;
    return error;
}

static uint64_t helper_cpu_ns(void *argument)
{
    const struct epoll_events *self = argument;
    return poker_cpu_ns(self->noise.poker);
}

static void counters(void *argument, uint64_t *out)
{
    const struct epoll_events *self = argument;
    event_noise_counters(&self->noise, out);
}

static void close_events(void *argument)
{
    struct epoll_events *self = argument;
    if (self == NULL)
        return;
    event_noise_close(&self->noise);
    epoll_set_close(&self->set);
    free(self);
}

const struct collector epoll_events_collector = {
    .name = "epoll_events",
    .info = &epoll_events_info,
    .tunables = epoll_events_tunables,
    .check = epoll_events_check,
    .probe = probe,
    .open = open_events,
    .collect = collect,
    .pause = pause_events,
    .resume = resume_events,
    .helper_cpu_ns = helper_cpu_ns,
    .counters = counters,
    .close = close_events,
};
