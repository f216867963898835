/*
 * Sending. What the client does not take at once becomes a backlog, written by
 * the loop as the client reads; meanwhile the session reads nothing more.
 */

#include "daemon/server/connection.h"

#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

/* A binary reply up to this size goes out with its line, in one write. */
#define INLINE_BINARY_MAX 65536

/* The rest of a write that the client did not take at once. There can be two:
 * the answer to a request that waits comes in its own time, also while the
 * replies before it are unread. */
struct backlog {
    uv_write_t write;
    struct session *session;
    size_t size;
    char bytes[];
};

struct subscribed {
    struct subscriber subscriber; /* first: deliver() is handed it */
    struct session *session;
};

bool session_is_subscribed(const struct session *s)
{
    return s->subscribed != NULL && (s->subscribed->subscriber.to_health ||
                                     s->subscribed->subscriber.to_status);
}

static void free_backlog(struct backlog *backlog)
{
    backlog->session->num_backlogs--;
    secret_free(backlog, sizeof(*backlog) + backlog->size);
}

/* The client took what lay unread, maybe long after it was written: as after
 * reading, time is looked at before the next request has its turn. */
static void on_taken(struct session *s, int status)
{
    if (status < 0) {
        session_close(s);
        return;
    }
    dispatch_turn(s->host->dispatcher, uv_now(s->host->loop));
    session_go_on(s);
}

static void on_written(uv_write_t *write, int status)
{
    struct backlog *backlog = write->data;
    struct session *s = backlog->session;
    free_backlog(backlog);
    on_taken(s, status);
}

static void write_later(struct session *s, const char *bytes, size_t n)
{
    bool is_locked = true; /* if not, it is sent all the same */
    struct backlog *backlog = secret_alloc(sizeof(*backlog) + n, &is_locked);
    if (backlog == NULL) {
        session_close(s);
        return;
    }
    backlog->session = s;
    backlog->size = n;
    backlog->write.data = backlog;
    memcpy(backlog->bytes, bytes, n);
    s->num_backlogs++;
    uv_buf_t buf = uv_buf_init(backlog->bytes, (unsigned)n);
    if (uv_write(&backlog->write, session_handle(s), &buf, 1, on_written) < 0) {
        free_backlog(backlog);
        session_close(s);
    }
}

/* Sends n bytes, or what of them the client takes now, and the rest later. */
static void send_bytes(struct session *s, const char *bytes, size_t n)
{
    uv_buf_t buf = uv_buf_init((char *)bytes, (unsigned)n); /* only read */
    int sent = uv_try_write(session_handle(s), &buf, 1);
    if (sent < 0 && sent != UV_EAGAIN) {
        session_close(s);
        return;
    }
    size_t done = sent > 0 ? (size_t)sent : 0;
    if (done < n)
        write_later(s, bytes + done, n - done);
}

/* Sends the replies of this turn. Without memory for all of them the
 * connection ends: a missing reply would shift all later ones. */
void session_flush(struct session *s)
{
    struct buffer *out = &s->host->out;
    if (out->has_failed)
        session_close(s);
    else if (out->length > 0 && !s->is_closing)
        send_bytes(s, out->data, out->length);
    buffer_fini(out); /* back to the locked memory, where it grew out of it */
}

/* raw bytes */

void session_step_stream(struct session *s)
{
    switch (stream_step(s->stream)) {
    case STREAM_MORE:
        ready_add(s->host->ready, &s->entry);
        break;
    case STREAM_BLOCKED:
        s->is_draining = true;
        break;
    case STREAM_END:
        stream_destroy(s->stream, &s->host->spare);
        s->stream = NULL;
        break;
    case STREAM_FAILED:
        session_close(s);
        break;
    }
}

static void on_drained(void *context, int status)
{
    struct session *s = context;
    s->is_draining = false;
    if (!s->is_closing) /* else on_closed() frees the stream */
        on_taken(s, status);
}

void session_begin_stream(struct session *s, struct dispatch_bulk bulk)
{
    struct session_host *host = s->host;
    if (bulk.bytes <= INLINE_BINARY_MAX) {
        uint32_t n = bulk.bytes;
        char *room = buffer_reserve(&host->out, n);
        if (room == NULL || dispatch_bulk(host->dispatcher, &bulk, room, n) < 0)
            session_close(s);
        else
            host->out.length += n;
        return;
    }
    s->stream = stream_create(&host->spare, session_handle(s), host->dispatcher,
                              bulk, on_drained, s);
    if (s->stream == NULL)
        session_close(s);
    else
        ready_add(host->ready, &s->entry); /* after the line is flushed */
}

/* subscriptions */

static bool deliver(struct subscriber *subscriber, const char *lines, size_t n)
{
    struct subscribed *subscribed = (struct subscribed *)subscriber;
    struct session *s = subscribed->session;
    if (session_is_blocked(s) || s->is_closing)
        return false;
    send_bytes(s, lines, n);
    if (session_is_blocked(s)) {
        /* Nobody asked, so no turn ends with this: its time begins here. */
        dispatch_turn(s->host->dispatcher, uv_now(s->host->loop));
        session_settle(s);
    }
    return true;
}

static bool ensure_subscribed(struct session *s)
{
    if (s->subscribed != NULL)
        return true;
    s->subscribed = calloc(1, sizeof(*s->subscribed));
    if (s->subscribed == NULL)
        return false;
    s->subscribed->session = s;
    s->subscribed->subscriber.deliver = deliver;
    return true;
}

void session_subscribe(struct session *s, const struct request *request,
                       struct buffer *out)
{
    if (!ensure_subscribed(s)) {
        session_close(s);
        return;
    }
    struct subscriber *subscriber = &s->subscribed->subscriber;
    subscribers_set(s->host->subscribers, subscriber, &request->subscribe,
                    request->method == METHOD_SUBSCRIBE);
    if (request->id.length > 0)
        reply_subscribed(out, &request->id, subscriber->to_health,
                         subscriber->to_status, subscriber->interval_ms);
}

void session_catch_up(struct session *s)
{
    if (s->subscribed != NULL && !session_is_blocked(s))
        subscribers_catch_up(s->host->subscribers, &s->subscribed->subscriber);
}

void session_unsubscribe(struct session *s)
{
    if (s->subscribed != NULL)
        subscribers_remove(s->host->subscribers, &s->subscribed->subscriber);
}

void session_free_subscriptions(struct session *s)
{
    free(s->subscribed);
    s->subscribed = NULL;
}
