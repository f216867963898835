/* SPDX-License-Identifier: MIT */
/*
 * Happy path: on_readable() -> accept_some() -> accepted(), until the queue is
 * empty. A failure stops the polling, so that nothing spins: the timer calls
 * accept_some() after a pause instead. A failure is over when the queue was
 * found empty, not already when one client was accepted: at the limit of
 * descriptors each one that is given back lets in one client.
 */

#include "daemon/server/acceptor.h"

#include "base/list.h"
#include "base/monotonic.h"
#include "daemon/host/log.h"
#include "daemon/host/peer.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* Failures that begin sooner than this after one that was logged are not, so
 * that one which comes and goes fills no log. */
#define LOG_AGAIN_MS 60000

static void on_readable(uv_poll_t *poll, int status, int events);
static void accept_some(struct acceptor *a, int poll_error);

/* Will accepting work again when something is given back? Otherwise the socket
 * is to blame. */
static bool is_shortage(int rc)
{
    return rc == -EMFILE || rc == -ENFILE || rc == -ENOMEM || rc == -ENOBUFS;
}

/* The next one may be all right. */
static bool is_about_one_client(int rc)
{
    return rc == -ECONNABORTED || rc == -EINTR;
}

/* A listening socket that was shut down, as another process that has it can do,
 * is readable for ever; accept() says EINVAL, or on newer kernels EAGAIN. */
static bool is_shut_down(int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    return poll(&entry, 1, 0) > 0 &&
           (entry.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

static void log_failure(struct acceptor *a, uint64_t now_ms)
{
    if (a->is_logged ||
        (a->logged_ms != 0 && now_ms - a->logged_ms < LOG_AGAIN_MS))
        return;
    a->is_logged = true;
    a->logged_ms = now_ms;
    log_event(LOG_LEVEL_ERROR, "accept-failed",
              "protocol=%s reason=\"%s\" failures=%" PRIu64, a->user.protocol,
              uv_strerror(a->error), a->failures);
}

static void log_recovery(const struct acceptor *a)
{
    if (a->is_logged)
        log_event(LOG_LEVEL_INFO, "accept-resumed",
                  "protocol=%s failures=%" PRIu64 " after_ms=%" PRIu64,
                  a->user.protocol, a->failures,
                  monotonic_now_ms() - a->since_ms);
}

static void on_pause_over(uv_timer_t *timer)
{
    accept_some(container_of(timer, struct acceptor, timer), 0);
}

static void fail(struct acceptor *a, int rc)
{
    uint64_t now_ms = monotonic_now_ms();
    if (a->failures++ == 0) {
        a->since_ms = a->broken_ms = now_ms;
        a->pause_ms = ACCEPTOR_PAUSE_MIN_MS;
        a->patience_ms = ACCEPTOR_BROKEN_MS;
        a->counts->accept_failing++;
    }
    if (is_shortage(rc))
        a->broken_ms = now_ms;
    a->error = rc;
    a->counts->accept_errors_total++;
    log_failure(a, now_ms);
    if (a->poll != NULL)
        uv_poll_stop(a->poll);
    if (now_ms - a->broken_ms >= a->patience_ms) {
        a->broken_ms = now_ms;
        a->patience_ms = 2 * a->patience_ms < ACCEPTOR_BROKEN_MAX_MS
                             ? 2 * a->patience_ms
                             : ACCEPTOR_BROKEN_MAX_MS;
        a->user.broken(a->user.context, rc);
    }
    if (a->is_closing)
        return;
    uv_timer_start(&a->timer, on_pause_over, a->pause_ms, 0);
    a->pause_ms = 2 * a->pause_ms < ACCEPTOR_PAUSE_MAX_MS
                      ? 2 * a->pause_ms
                      : ACCEPTOR_PAUSE_MAX_MS;
}

static void succeed(struct acceptor *a)
{
    if (a->failures == 0)
        return;
    log_recovery(a);
    a->failures = 0;
    a->error = 0;
    a->is_logged = false;
    a->counts->accept_failing--;
}

static int open_poll(struct acceptor *a, int fd)
{
    a->fd = fd;
    a->poll = calloc(1, sizeof(*a->poll));
    if (a->poll == NULL)
        return -ENOMEM;
    int rc = uv_poll_init(a->loop, a->poll, fd);
    if (rc < 0) {
        free(a->poll); /* no handle yet */
        a->poll = NULL;
        return rc;
    }
    a->poll->data = a;
    return 0;
}

/* Accepts who waits. poll_error: what poll() reports about the socket. */
static void accept_some(struct acceptor *a, int poll_error)
{
    int rc = a->poll == NULL && a->fd >= 0 ? open_poll(a, a->fd) : 0;
    bool is_useless = true; /* not one client was accepted */
    unsigned left = ACCEPTOR_BURST;
    while (left-- > 0 && (rc >= 0 || is_about_one_client(rc))) {
        rc = a->user.prepare(a->user.context) ? peer_accept(a->fd) : -ENOMEM;
        if (rc < 0)
            continue;
        is_useless = false;
        a->pause_ms = ACCEPTOR_PAUSE_MIN_MS;
        a->user.accepted(a->user.context, rc);
        if (a->is_closing)
            return;
    }
    if (is_about_one_client(rc) && !is_useless)
        rc = 0;
    bool is_empty = rc == -EAGAIN || rc == -EWOULDBLOCK;
    if (is_empty)
        rc = is_useless && is_shut_down(a->fd) ? -EINVAL : poll_error;
    if (rc >= 0 && !uv_is_active((uv_handle_t *)a->poll))
        rc = uv_poll_start(a->poll, UV_READABLE, on_readable);
    if (rc < 0)
        fail(a, rc);
    else if (is_empty)
        succeed(a);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)events;
    accept_some(poll->data, status);
}

static void on_poll_closed(uv_handle_t *handle)
{
    free(handle);
}

static void close_socket(struct acceptor *a)
{
    if (a->poll != NULL)
        uv_close((uv_handle_t *)a->poll, on_poll_closed);
    a->poll = NULL;
    if (a->fd >= 0)
        close(a->fd); /* not before the loop lets go of it */
    a->fd = -1;
}

int acceptor_start(struct acceptor *a, uv_loop_t *loop,
                   struct server_counts *counts, int fd,
                   const struct acceptor_user *user)
{
    *a = (struct acceptor){
        .user = *user, .counts = counts, .loop = loop, .fd = -1};
    uv_timer_init(loop, &a->timer);
    int rc = open_poll(a, fd);
    return rc < 0 ? rc : uv_poll_start(a->poll, UV_READABLE, on_readable);
}

int acceptor_replace(struct acceptor *a, int fd)
{
    close_socket(a);
    return open_poll(a, fd);
}

void acceptor_retry(struct acceptor *a)
{
    if (a->failures == 0 || !is_shortage(a->error) || a->is_closing)
        return;
    uv_timer_stop(&a->timer);
    accept_some(a, 0);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct acceptor *a =
        container_of((uv_timer_t *)handle, struct acceptor, timer);
    a->user.closed(a->user.context);
}

void acceptor_close(struct acceptor *a)
{
    a->is_closing = true;
    close_socket(a);
    uv_close((uv_handle_t *)&a->timer, on_timer_closed);
}
