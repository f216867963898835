/*
 * Turns: on_read() -> turn() -> take_frames() -> one session_flush(), then
 * session_settle() decides whether to read on.
 */

#include "daemon/server/connection.h"

#include "protocol/frame.h"

#include <stddef.h>
#include <string.h>

static void turn(struct session *s, const char *bytes, size_t n);

bool session_is_blocked(const struct session *s)
{
    return s->held != NULL || s->stream != NULL || s->num_backlogs > 0 ||
           s->entry.is_listed;
}

/* Throws away the rest of a line that was too long. */
static size_t skip(struct session *s, const char *bytes, size_t n)
{
    const char *newline = memchr(bytes, '\n', n);
    if (newline == NULL)
        return n;
    s->is_skipping = false;
    s->has_partial = false;
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
        s->has_partial = false; /* what follows has a time of its own */
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
        if (frames++ == config->server.requests_per_iteration ||
            s->host->out.length >= config->server.output_per_iteration_bytes) {
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
    dispatch_turn(s->host->dispatcher, uv_now(s->host->loop));
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
void session_settle(struct session *s)
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
    session_set_deadline(s);
    if (s->subscribed != NULL)
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
    session_settle(s);
}

/* One turn over what is kept. */
void session_go_on(struct session *s)
{
    if (s->is_closing)
        return;
    if (s->stream != NULL && s->num_backlogs == 0 && !s->is_draining &&
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
    session_settle(s);
}

void session_resume(struct ready_entry *entry)
{
    struct session *s =
        (struct session *)((char *)entry - offsetof(struct session, entry));
    dispatch_turn(s->host->dispatcher, uv_now(s->host->loop));
    session_go_on(s);
}
