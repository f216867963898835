/*
 * A session's beginning, its deadlines and its end. session_close() takes it
 * off every list and closes the handle; writes under way come back with
 * UV_ECANCELED, then on_closed() frees it.
 */

#include "daemon/server/connection.h"

#include <assert.h>
#include <stdlib.h>

/* A client that has just connected is about to ask, also where it must wait for
 * a processor; on a stop it is given this long. */
#define FRESH_MS 500

void session_set_deadline(struct session *s)
{
    const struct config *config = s->host->config;
    uint64_t now_ms = s->host->dispatcher->now_ms;
    bool is_partial = s->input.length > 0 || s->is_skipping;
    unsigned timeout_ms = 0;
    if (s->num_backlogs > 0 || s->stream != NULL) {
        timeout_ms = config->server.write_timeout_ms;
        s->unsent = uv_stream_get_write_queue_size(session_handle(s));
    } else if (s->held != NULL || s->entry.is_listed) {
        timeout_ms = 0;
    } else if (is_partial && s->has_partial) {
        return; /* a line that dribbles in gains no time by it */
    } else if (is_partial) {
        timeout_ms = config->server.request_timeout_ms;
    } else if (s->subscribed == NULL || !session_is_subscribed(s)) {
        timeout_ms = config->server.idle_timeout_ms;
    }
    s->has_partial = is_partial && !session_is_blocked(s);
    s->deadline_ms = timeout_ms > 0 ? now_ms + timeout_ms : UINT64_MAX;
    if (s->deadline_ms < s->host->armed_ms)
        s->host->deadline_set(s->host, s->deadline_ms);
}

struct session *session_create(struct session_host *host)
{
    struct session *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    s->host = host;
    s->entry.resume = session_resume;
    s->deadline_ms = UINT64_MAX;
    int rc = uv_pipe_init(host->loop, &s->pipe, 0);
    assert(rc == 0); /* without ipc it only fills in the struct */
    (void)rc;
    s->pipe.data = s;
    return s;
}

uv_stream_t *session_handle(struct session *s)
{
    return (uv_stream_t *)&s->pipe;
}

const struct peer *session_peer(const struct session *s)
{
    return &s->peer;
}

struct session **session_next(struct session *s)
{
    return &s->next;
}

struct session **session_previous(struct session *s)
{
    return &s->previous;
}

void session_identify(struct session *s)
{
    uv_os_fd_t fd;
    if (uv_fileno((uv_handle_t *)&s->pipe, &fd) == 0)
        s->peer = peer_of(fd);
}

void session_start(struct session *s)
{
    dispatch_turn(s->host->dispatcher, uv_now(s->host->loop));
    s->began_ms = s->host->dispatcher->now_ms;
    session_settle(s);
}

void session_refuse(struct session *s, const char *why)
{
    struct request nobody = {.id = {.length = 4, .text = "null"}};
    struct protocol_error error;
    protocol_error_set(&error, ERROR_BUSY, "%s", why);
    dispatch_error(s->host->dispatcher, &nobody, &error, &s->host->out);
    buffer_append(&s->host->out, "\n", 1);
    session_flush(s);
    session_close(s);
}

static void on_closed(uv_handle_t *handle)
{
    struct session *s = handle->data;
    s->host->closed(s->host, s);
    stream_destroy(s->stream, &s->host->spare);
    held_destroy(s->held);
    input_release(&s->input);
    session_free_subscriptions(s);
    free(s);
}

void session_close(struct session *s)
{
    if (s->is_closing)
        return;
    s->is_closing = true;
    if (s->held != NULL) {
        waiting_remove(s->host->waiting, &s->held->waiter);
        s->host->dispatcher->counts->waiting = s->host->waiting->count;
    }
    session_unsubscribe(s);
    ready_remove(s->host->ready, &s->entry);
    uv_close((uv_handle_t *)&s->pipe, on_closed);
}

void session_close_if_quiet(struct session *s, uint64_t now_ms)
{
    bool is_fresh = !s->has_asked && now_ms < s->began_ms + FRESH_MS;
    if (!session_is_blocked(s) && !is_fresh)
        session_close(s);
}

/* A client that reads slowly is one thing, one that does not read another:
 * what it took since the last look renews its time. */
static bool has_taken_some(struct session *s)
{
    size_t unsent = uv_stream_get_write_queue_size(session_handle(s));
    return unsent > 0 && unsent < s->unsent;
}

uint64_t session_check_deadline(struct session *s, uint64_t now_ms)
{
    if (s->is_closing)
        return UINT64_MAX;
    if (s->deadline_ms > now_ms)
        return s->deadline_ms;
    if (has_taken_some(s)) {
        session_set_deadline(s);
        return s->deadline_ms;
    }
    session_close(s);
    return UINT64_MAX;
}
