/*
 * Happy path: on_read() -> turn() -> take_frames() -> one session_flush().
 *
 * Closing: session_close() takes it off every list and closes the handle;
 * writes under way come back with UV_ECANCELED, then on_closed() frees it.
 */

#include "daemon/session_parts.h"

#include "protocol/frame.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static void turn(struct session *s, const char *bytes, size_t n);

bool session_is_blocked(const struct session *s)
{
    return s->held != NULL || s->stream != NULL || s->backlog != NULL ||
           s->entry.is_listed;
}

/* Throws away the rest of a line that was too long. */
static size_t skip(struct session *s, const char *bytes, size_t n)
{
    const char *newline = memchr(bytes, '\n', n);
    if (newline == NULL)
        return n;
    s->is_skipping = false;
    return (size_t)(newline - bytes) + 1;
}

/* Handles the first frame of n bytes; how many it took, 0: none is whole. */
static size_t take_frame(struct session *s, const char *bytes, size_t n)
{
    size_t line_length;
    size_t used;
    if (s->is_skipping)
        return skip(s, bytes, n);
    switch (frame_next(bytes, n, s->host->config->server.max_line_bytes,
                       &line_length, &used)) {
    case FRAME_LINE:
        session_take_line(s, bytes, line_length);
        return used;
    case FRAME_TOO_LONG:
        session_take_too_long(s);
        s->is_skipping = true;
        return skip(s, bytes, n);
    case FRAME_PARTIAL:
        break;
    }
    if (!s->has_eof)
        return 0;
    session_take_line(s, bytes, n); /* the last line needs no newline */
    return n;
}

/* Handles frames until one blocks, the turn's share is used up, or no whole
 * one is left. How many bytes were used. */
static size_t take_frames(struct session *s, const char *bytes, size_t n)
{
    const struct config *config = s->host->config;
    size_t used = 0;
    unsigned frames = 0;
    while (used < n && !session_is_blocked(s) && !s->is_closing) {
        if (frames++ == config->server.frames_per_turn ||
            s->host->out.length >= config->server.output_per_turn_bytes) {
            ready_add(s->host->ready, &s->entry);
            break;
        }
        size_t took = take_frame(s, bytes + used, n - used);
        if (took == 0)
            break;
        used += took;
    }
    return used;
}

/* state between turns */

static void set_deadline(struct session *s)
{
    const struct config *config = s->host->config;
    uint64_t now_ms = s->host->dispatcher->now_ms;
    bool is_partial = s->input.length > 0 || s->is_skipping;
    unsigned timeout_ms = 0;
    if (s->backlog != NULL || s->stream != NULL)
        timeout_ms = config->server.write_timeout_ms;
    else if (s->held != NULL || s->entry.is_listed)
        timeout_ms = 0;
    else if (is_partial && s->has_partial && s->deadline_ms != UINT64_MAX)
        return; /* a line that dribbles in gains no time by it */
    else if (is_partial)
        timeout_ms = config->server.request_timeout_ms;
    else if (!session_is_subscribed(s))
        timeout_ms = config->server.idle_timeout_ms;
    s->has_partial = is_partial;
    s->unsent = uv_stream_get_write_queue_size(session_handle(s));
    s->deadline_ms = timeout_ms > 0 ? now_ms + timeout_ms : UINT64_MAX;
    if (timeout_ms > 0)
        s->host->deadline_set(s->host, s->deadline_ms);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct session *s = handle->data;
    *buf = uv_buf_init(s->host->read_bytes, sizeof(s->host->read_bytes));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct session *s = stream->data;
    if (n == 0)
        return; /* libuv's EAGAIN */
    if (n < 0 && n != UV_EOF) {
        session_close(s);
        return;
    }
    dispatch_turn(s->host->dispatcher);
    if (n == UV_EOF) {
        s->has_eof = true;
        session_go_on(s);
    } else if (s->input.length == 0) {
        turn(s, buf->base, (size_t)n);
    } else if (input_append(&s->input, buf->base, (size_t)n)) {
        session_go_on(s);
    } else {
        session_close(s);
    }
}

/* Reads if nothing stands in the way; closes what has come to its end. */
static void settle(struct session *s)
{
    if (s->is_closing)
        return;
    bool is_blocked_now = session_is_blocked(s);
    if (s->has_eof && !is_blocked_now && s->input.length == 0) {
        session_close(s);
        return;
    }
    bool wants_input = !is_blocked_now && !s->has_eof;
    if (wants_input && !s->is_reading)
        s->is_reading =
            uv_read_start(session_handle(s), on_alloc, on_read) == 0;
    else if (!wants_input && s->is_reading)
        s->is_reading = uv_read_stop(session_handle(s)) != 0;
    set_deadline(s);
    session_catch_up(s);
}

/* One turn over bytes that lie in the shared read buffer. */
static void turn(struct session *s, const char *bytes, size_t n)
{
    size_t used = take_frames(s, bytes, n);
    session_flush(s);
    if (used < n && !s->is_closing &&
        !input_append(&s->input, bytes + used, n - used))
        session_close(s);
    settle(s);
}

/* One turn over what is kept. */
void session_go_on(struct session *s)
{
    if (s->is_closing)
        return;
    if (s->stream != NULL && s->backlog == NULL && !s->is_draining &&
        !s->entry.is_listed)
        session_step_stream(s);
    if (s->input.length > 0 && !session_is_blocked(s) && !s->is_closing) {
        struct input *in = &s->input;
        size_t used = take_frames(s, in->bytes + in->start, in->length);
        session_flush(s);
        if (s->is_closing)
            return;
        input_consume(in, used);
    }
    settle(s);
}

static void resume(struct ready_entry *entry)
{
    struct session *s =
        (struct session *)((char *)entry - offsetof(struct session, entry));
    dispatch_turn(s->host->dispatcher);
    session_go_on(s);
}

/* life */

struct session *session_create(struct session_host *host)
{
    struct session *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    s->host = host;
    s->entry.resume = resume;
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
    dispatch_turn(s->host->dispatcher);
    settle(s);
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
    stream_destroy(s->stream);
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

void session_close_if_quiet(struct session *s)
{
    if (!session_is_blocked(s))
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
    if (s->deadline_ms > now_ms || s->is_closing)
        return s->deadline_ms;
    if (has_taken_some(s)) {
        set_deadline(s);
        return s->deadline_ms;
    }
    session_close(s);
    return UINT64_MAX;
}
