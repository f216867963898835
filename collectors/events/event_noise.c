/* Sockets, files, poker and plan, opened and closed together. */

#include "collectors/events/event_noise.h"
#include "base/reason.h"
#include "base/ticks.h"
#include "collectors/events/stimulus.h"
#include "collectors/events/watch_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NS_PER_MS UINT64_C(1000000)

/* A collect() stops waiting so much before COLLECT_MAX_MS: a wait that ends
 * late and the drain after it still fit in. */
#define RESERVE_MS 10

static int set_flags(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return errno;
    return 0;
}

/* fcntl() rather than SOCK_CLOEXEC, which macOS does not have; nothing here
 * forks in between. */
static int open_pair(struct event_noise *noise, unsigned which)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return errno;
    noise->readers[which] = pair[0];
    noise->writers[which] = pair[1];
    int error = set_flags(pair[0]);
    return error != 0 ? error : set_flags(pair[1]);
}

static int open_pairs(struct event_noise *noise, struct reason *why)
{
    for (unsigned i = 0; i < noise->settings.num_sockets; i++) {
        int error = open_pair(noise, i);
        if (error != 0)
            return reason_errno(error, why, "cannot make socket pair %u of %u",
                                i + 1, noise->settings.num_sockets);
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

int event_noise_open(struct event_noise *noise,
                     const struct event_settings *settings, struct reason *why)
{
    memset(noise, 0, sizeof(*noise));
    noise->settings = *settings;
    for (unsigned i = 0; i < EVENT_THINGS_MAX; i++)
        noise->readers[i] = noise->writers[i] = noise->files[i] = -1;
    timer_plan_periods(&noise->plan, settings->num_timers,
                       settings->timer_min_us, settings->timer_max_us);
    int error = open_pairs(noise, why);
    if (error == 0)
        error = watch_files_open(noise->files, settings->num_files, why);
    if (error == 0) {
        const struct poker_targets targets = {
            .sockets = noise->writers,
            .num_sockets = settings->num_sockets,
            .files = noise->files,
            .num_files = settings->num_files,
            .poke_us = settings->poke_us,
        };
        error = poker_start(&noise->poker, &targets, why);
    }
    if (error != 0)
        event_noise_close(noise);
    return error;
}

int event_noise_prepare(struct event_noise *noise, struct reason *why)
{
    for (unsigned i = 0; i < noise->settings.num_sockets; i++) {
        int error = event_noise_drain_socket(noise, i, why);
        if (error != 0)
            return error;
    }
    return timer_plan_draw_phases(&noise->plan, why);
}

int event_noise_drain_socket(struct event_noise *noise, unsigned which,
                             struct reason *why)
{
    char bytes[64];
    ssize_t length;
    /* A short read has emptied a stream: no second call to hear EAGAIN. */
    do {
        length = read(noise->readers[which], bytes, sizeof(bytes));
    } while (length == (ssize_t)sizeof(bytes) ||
             (length < 0 && errno == EINTR));
    if (length > 0 || (length < 0 && errno == EAGAIN))
        return 0;
    return reason_errno(length == 0 ? EPIPE : errno, why,
                        "cannot read socket pair %u", which + 1);
}

int event_noise_wait_ms(const struct event_noise *noise, uint64_t elapsed_ticks)
{
    uint64_t elapsed_ms = ticks_to_ns(elapsed_ticks) / NS_PER_MS;
    if (elapsed_ms >= COLLECT_MAX_MS - RESERVE_MS)
        return 0;
    int left_ms = COLLECT_MAX_MS - RESERVE_MS - (int)elapsed_ms;
    int timeout_ms = (int)noise->settings.timeout_ms;
    return timeout_ms < left_ms ? timeout_ms : left_ms;
}

int event_noise_no_event(struct event_noise *noise, int error, const char *call,
                         struct reason *why)
{
    if (error == 0) {
        noise->counts[EVENT_COUNT_TIMEOUT]++;
        return 0;
    }
    if (error == EINTR) {
        noise->counts[EVENT_COUNT_INTERRUPTED]++;
        return 0;
    }
    noise->counts[EVENT_COUNT_WAIT_ERROR]++;
    return reason_errno(error, why, "%s failed", call);
}

void event_noise_counters(const struct event_noise *noise, uint64_t *out)
{
    memcpy(out, noise->counts, sizeof(noise->counts));
    out[EVENT_COUNT_POKE] = poker_pokes(noise->poker);
    out[EVENT_COUNT_POKE_FULL] = poker_full(noise->poker);
}

void event_noise_close(struct event_noise *noise)
{
    poker_stop(noise->poker);
    noise->poker = NULL;
    watch_files_close(noise->files, EVENT_THINGS_MAX);
    close_sockets(noise->readers);
    close_sockets(noise->writers);
}
