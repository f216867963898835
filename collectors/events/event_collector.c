/* SPDX-License-Identifier: MIT */
#include "collectors/events/event_collector.h"

#include "base/descriptor.h"
#include "base/reason.h"
#include "base/ticks.h"
#include "collectors/events/stimulus.h"
#include "collectors/events/watch_files.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NS_PER_MS UINT64_C(1000000)

/* A collect() stops waiting this long before COLLECT_MAX_MS, so that there is
 * time for a wait that ends late and for the drain after it. */
#define RESERVE_MS 10

/* The first events of a collect() are not samples either, as long as they come
 * within a millisecond: until then it still shows that the caller was
 * elsewhere. Measured (docs/entropy.md). */
#define SETTLE_EVENTS 8
#define SETTLE_NS     NS_PER_MS

/* The pause between two attempts to watch the files. */
#define FILES_RETRY_MS 1000

static int open_pair(struct event_collector *c, unsigned which)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return -errno;
    c->readers[which] = pair[0];
    c->writers[which] = pair[1];
    int rc = descriptor_set_flags(pair[0]);
    return rc != 0 ? rc : descriptor_set_flags(pair[1]);
}

static int open_pairs(struct event_collector *c, struct reason *why)
{
    for (unsigned i = 0; i < c->settings.num_sockets; i++) {
        int rc = open_pair(c, i);
        if (rc != 0)
            return reason_errno(-rc, why, "cannot create socket pair %u of %u",
                                i + 1, c->settings.num_sockets);
    }
    return 0;
}

static void close_sockets(int *fds)
{
    for (unsigned i = 0; i < EVENT_THINGS_MAX; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

int event_collector_open(struct event_collector *c,
                         const struct event_queue *queue,
                         const struct tunable_value *values, struct reason *why)
{
    const struct event_settings settings = event_settings_read(values);
    c->queue = queue;
    c->settings = settings;
    for (unsigned i = 0; i < EVENT_THINGS_MAX; i++)
        c->readers[i] = c->writers[i] = c->files[i] = -1;
    timer_plan_periods(&c->plan, settings.num_timers, settings.timer_min_us,
                       settings.timer_max_us);
    int rc = open_pairs(c, why);
    if (rc != 0)
        return rc;
    const struct stimulus_targets targets = {
        .sockets = c->writers,
        .num_sockets = settings.num_sockets,
        .files = c->files,
        .num_files = settings.num_files,
        .poke_us = settings.poke_us,
    };
    return stimulus_start(&c->stimulus, &targets, why);
}

static int watch_files(struct event_collector *c, struct reason *why)
{
    int rc = 0;
    if (c->files[0] < 0)
        rc = watch_files_open(c->files, c->settings.num_files, why);
    return rc != 0 ? rc : c->queue->watch_files(c, why);
}

/* Watches the files unless it does, or has failed to within the last second. 0
 * even without them if there are timers or sockets. */
static int try_files(struct event_collector *c, struct reason *why)
{
    const struct event_settings *s = &c->settings;
    if (s->num_files == 0 || c->is_watching_files)
        return 0;
    uint64_t now = ticks_now();
    if (c->files_tried_ticks != 0 &&
        ticks_to_ns(now - c->files_tried_ticks) < FILES_RETRY_MS * NS_PER_MS)
        return 0;
    int rc = watch_files(c, why);
    if (rc == 0) {
        c->is_watching_files = true;
        stimulus_touch_files(c->stimulus);
        return 0;
    }
    c->files_tried_ticks = now;
    c->counts[EVENT_COUNT_FILE_WATCH_ERRORS]++;
    return s->num_timers + s->num_sockets > 0 ? 0 : rc;
}

int event_collector_start(struct event_collector *c, struct reason *why)
{
    int rc = try_files(c, why);
    for (unsigned i = 0; i < c->settings.num_sockets && rc == 0; i++)
        rc = event_collector_drain_socket(c, i, why);
    if (rc == 0)
        rc = timer_plan_draw_phases(&c->plan, why);
    if (rc == 0)
        rc = c->queue->start_timers(c, why);
    if (rc == 0)
        stimulus_wake(c->stimulus);
    return rc;
}

int event_collector_drain_socket(struct event_collector *c, unsigned which,
                                 struct reason *why)
{
    char bytes[64];
    ssize_t length;
    /* A short read has emptied a stream: no second call that gets EAGAIN. */
    do {
        length = read(c->readers[which], bytes, sizeof(bytes));
    } while (length == (ssize_t)sizeof(bytes) ||
             (length < 0 && errno == EINTR));
    if (length > 0 || (length < 0 && errno == EAGAIN))
        return 0;
    return reason_errno(length == 0 ? EPIPE : errno, why,
                        "cannot read socket pair %u", which + 1);
}

/* How long the next wait may be: timeout_ms, or what is left of COLLECT_MAX_MS
 * less the reserve; 0: collect() has to return. */
static int wait_limit_ms(const struct event_collector *c,
                         uint64_t elapsed_ticks)
{
    uint64_t elapsed_ms = ticks_to_ns(elapsed_ticks) / NS_PER_MS;
    if (elapsed_ms >= COLLECT_MAX_MS - RESERVE_MS)
        return 0;
    int left_ms = COLLECT_MAX_MS - RESERVE_MS - (int)elapsed_ms;
    int timeout_ms = (int)c->settings.timeout_ms;
    return timeout_ms < left_ms ? timeout_ms : left_ms;
}

/* Counts a wait that returned no event but rc: 0 for a time-out, -errno. 0 if
 * it may pass, else -errno with the reason in why. */
static int count_no_event(struct event_collector *c, int rc, struct reason *why)
{
    if (rc == 0) {
        c->counts[EVENT_COUNT_TIMEOUT]++;
        return 0;
    }
    if (rc == -EINTR) {
        c->counts[EVENT_COUNT_INTERRUPTED]++;
        return 0;
    }
    c->counts[EVENT_COUNT_WAIT_ERROR]++;
    return reason_errno(-rc, why, "%s failed", c->queue->wait_call);
}

/* Drains the source of the event that was waited for, and counts it. */
static int take(struct event_collector *c, bool is_sample, struct reason *why)
{
    int kind = c->queue->take(c, why);
    if (kind < 0)
        return kind;
    c->counts[is_sample ? kind : EVENT_COUNT_DROPPED]++;
    return 0;
}

/* Drops the events that came while no call waited: a wait for one of them would
 * end at once, so that the first samples of a collect() would have less entropy
 * than the others (docs/entropy.md). Each thing has one at most, unless the
 * timers are faster than this. */
static int drop_stale(struct event_collector *c, struct reason *why)
{
    const struct event_settings *s = &c->settings;
    unsigned left = s->num_timers + s->num_sockets + s->num_files;
    int rc = 0;
    for (; left > 0 && rc == 0; left--) {
        uint64_t before;
        uint64_t after;
        int found = c->queue->wait(c, 0, &before, &after);
        if (found == 0)
            break;
        rc = found == 1 ? take(c, false, why) : count_no_event(c, found, why);
    }
    return rc;
}

int event_collector_collect(void *self, uint64_t *ticks, size_t n,
                            struct reason *why)
{
    struct event_collector *c = self;
    const uint64_t began = ticks_now();
    uint64_t after = began;
    size_t count = 0;
    unsigned unsettled = SETTLE_EVENTS;
    int rc = try_files(c, why);
    if (rc == 0)
        rc = drop_stale(c, why);
    while (count < n && rc == 0) {
        int wait_ms = wait_limit_ms(c, after - began);
        if (wait_ms == 0)
            break;
        uint64_t before;
        int found = c->queue->wait(c, wait_ms, &before, &after);
        if (found != 1) {
            rc = count_no_event(c, found, why);
            continue;
        }
        bool is_sample =
            unsettled == 0 || ticks_to_ns(after - began) >= SETTLE_NS;
        if (is_sample)
            ticks[count++] = after - before;
        else
            unsettled--;
        rc = take(c, is_sample, why);
    }
    if (rc == 0) {
        uint64_t took_ns = ticks_to_ns(after - began);
        rc = stimulus_watch(c->stimulus, collector_collecting_ns(took_ns), why);
    }
    return rc != 0 ? rc : (int)count;
}

void event_collector_pause(void *self)
{
    struct event_collector *c = self;
    if (c->is_paused)
        return;
    c->is_paused = true;
    stimulus_park(c->stimulus);
    c->queue->stop_timers(c);
}

int event_collector_resume(void *self, struct reason *why)
{
    struct event_collector *c = self;
    if (!c->is_paused)
        return 0;
    int rc = event_collector_start(c, why);
    if (rc == 0)
        c->is_paused = false;
    return rc;
}

uint64_t event_collector_helper_cpu_ns(void *self)
{
    const struct event_collector *c = self;
    return stimulus_cpu_ns(c->stimulus);
}

void event_collector_counters(void *self, uint64_t *out)
{
    const struct event_collector *c = self;
    memcpy(out, c->counts, sizeof(c->counts));
    out[EVENT_COUNT_STIMULI] = stimulus_events(c->stimulus);
    out[EVENT_COUNT_STIMULI_DROPPED] = stimulus_dropped(c->stimulus);
}

void event_collector_close(void *self)
{
    struct event_collector *c = self;
    if (c == NULL)
        return;
    stimulus_stop(c->stimulus);
    watch_files_close(c->files, EVENT_THINGS_MAX);
    close_sockets(c->readers);
    close_sockets(c->writers);
    c->queue->close(c);
}
