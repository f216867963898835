/* SPDX-License-Identifier: MIT */
/*
 * Happy path: take_bytes() -> take_line() -> answer() -> replies in
 * connections.out. A line with a request that must wait is kept, with what was
 * answered of its batch, and retry() is called when credit comes or its time is
 * over.
 */

#include "daemon/server/session.h"

#include "protocol/frame.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A binary reply up to this size is sent with its line, in one write. */
#define INLINE_BINARY_MAX 65536

struct session {
    struct connection connection;
    struct waiting_line *waiting;  /* the line that is not answered yet */
    struct subscriber *subscriber; /* NULL: never subscribed */
    struct framing framing;
};

/* What an error is the answer to where no request could be read. */
static const struct request no_request = {.id = {.length = 4, .text = "null"}};

static struct session *session_of(struct connection *c)
{
    return container_of(c, struct session, connection);
}

/* How far answer_waiting() came. */
enum progress {
    ALL_ANSWERED,
    MUST_WAIT,  /* the next request needs credit, or a test's end */
    INTERRUPTED /* the user's time of this iteration is used up */
};

static struct session_host *host_of(const struct session *s)
{
    return container_of(s->connection.shared, struct session_host, connections);
}

static struct buffer *out_of(const struct session *s)
{
    return &s->connection.shared->out;
}

static void update_time(struct session_host *host)
{
    dispatch_update_time(host->dispatcher, uv_now(host->connections.loop));
}

/* replies */

static void refuse(struct session *s, const struct request *request,
                   enum error_kind kind, const char *why, struct buffer *out)
{
    struct protocol_error error;
    protocol_error_set(&error, kind, "%s", why);
    dispatch_error(host_of(s)->dispatcher, request, &error, out);
}

static void change_subscription(struct session *s,
                                const struct request *request,
                                struct buffer *out)
{
    if (!subscriptions_change(host_of(s)->subscriptions, &s->subscriber,
                              &s->connection, &s->framing, &request->subscribe,
                              request->method == METHOD_SUBSCRIBE)) {
        connection_close(&s->connection);
        return;
    }
    s->connection.may_be_idle = subscriber_is_active(s->subscriber);
    if (request->id.length > 0)
        subscriber_reply(s->subscriber, out, &request->id);
}

/* The raw bytes that follow the reply line in out. */
static void append_bulk(struct session *s, uint32_t n)
{
    struct buffer *out = out_of(s);
    if (n > INLINE_BINARY_MAX) {
        connection_stream(&s->connection, n);
        return;
    }
    char *room = buffer_reserve(out, n);
    if (room == NULL || dispatch_bulk(host_of(s)->dispatcher, room, n) < 0)
        connection_close(&s->connection);
    else
        out->length += n;
}

/* Why raw bytes cannot be sent on this connection; NULL: they can. */
static const char *binary_obstacle(const struct session *s)
{
    if (s->framing.kind == FRAME_KIND_HEADERS)
        return "binary is not allowed on a connection with Content-Length "
               "headers";
    if (subscriber_is_active(s->subscriber))
        return "binary is not allowed on a connection with subscriptions";
    return NULL;
}

static void refuse_binary(struct session *s, const struct request *request,
                          struct buffer *out)
{
    struct protocol_error error;
    protocol_error_set(&error, ERROR_INVALID_PARAMS, "%s", binary_obstacle(s));
    protocol_error_add_string(&error, "param", "encoding");
    protocol_error_add_string(&error, "got", "binary");
    dispatch_error(host_of(s)->dispatcher, request, &error, out);
}

/* Answers one request, or says that it must wait. */
static enum dispatch_result
answer(struct session *s, const struct request *request, bool is_last_chance,
       struct dispatch_progress *progress, struct buffer *out)
{
    struct dispatcher *dispatcher = host_of(s)->dispatcher;
    if (request->is_valid && (request->method == METHOD_SUBSCRIBE ||
                              request->method == METHOD_UNSUBSCRIBE)) {
        change_subscription(s, request, out);
        return DISPATCH_DONE;
    }
    if (request->is_valid && request->method == METHOD_GET &&
        request->get.encoding == ENCODING_BINARY &&
        binary_obstacle(s) != NULL) {
        refuse_binary(s, request, out);
        return DISPATCH_DONE;
    }
    enum dispatch_result result =
        dispatch(dispatcher, &s->connection.peer, request, is_last_chance,
                 progress, out);
    if (result != DISPATCH_BULK)
        return result;
    buffer_append(out, "\n", 1); /* binary: it is a line */
    append_bulk(s, request->get.bytes);
    return DISPATCH_FRAMED;
}

/* lines that wait */

/* Where the next reply of the waiting line goes. */
struct place {
    struct buffer *to;
    size_t before; /* its length */
    size_t begin;  /* the same, or in a batch that after the comma */
};

static struct place begin_reply(struct session *s)
{
    bool is_batch = s->waiting->list.is_batch;
    struct place at = {.to = is_batch ? &s->waiting->replies : out_of(s)};
    at.before = at.to->length;
    if (is_batch && at.before > 0)
        buffer_append(at.to, ",", 1);
    at.begin = at.to->length;
    return at;
}

/* A notification leaves neither comma nor frame. */
static void end_reply(const struct session *s, const struct place *at,
                      enum dispatch_result result)
{
    if (result == DISPATCH_NOT_YET || at->to->length == at->begin)
        buffer_cut(at->to, at->before);
    else if (result == DISPATCH_DONE && !s->waiting->list.is_batch)
        frame_end(&s->framing, at->to, at->begin);
}

static bool is_out_of_time(const struct session *s)
{
    const struct connection *c = &s->connection;
    return rounds_is_over(&c->shared->rounds, &c->user->round);
}

/* Answers the waiting line as far as it goes, and at least one request of it
 * that need not wait. */
static enum progress answer_waiting(struct session *s, bool is_last_chance)
{
    struct session_host *host = host_of(s);
    struct waiting_line *w = s->waiting;
    const struct request *request;
    while ((request = waiting_line_request(w)) != NULL &&
           !s->connection.is_closing) {
        struct place at = begin_reply(s);
        bool is_last = is_last_chance || dispatch_timeout_ms(request) == 0;
        enum dispatch_result result =
            answer(s, request, is_last, &w->progress, at.to);
        end_reply(s, &at, result);
        if (result == DISPATCH_NOT_YET)
            return MUST_WAIT;
        dispatch_forget(host->dispatcher, &w->progress);
        waiting_line_advance(w);
        is_last_chance = false;
        /* The next request of a batch queues behind those of others. */
        host->dispatcher->blocks_allowed =
            wait_queue_has_others(&host->queue, &w->waiter) ? 0 : SIZE_MAX;
        if (waiting_line_request(w) != NULL && is_out_of_time(s))
            return INTERRUPTED;
    }
    return ALL_ANSWERED;
}

static void leave_queue(struct session *s)
{
    struct session_host *host = host_of(s);
    wait_queue_remove(&host->queue, &s->waiting->waiter);
    host->dispatcher->counts->waiting = host->queue.count;
}

static void release_waiting(struct session *s)
{
    struct buffer *out = out_of(s);
    size_t before = out->length;
    leave_queue(s);
    dispatch_forget(host_of(s)->dispatcher, &s->waiting->progress);
    if (s->waiting->list.is_batch && !s->connection.is_closing)
        waiting_line_finish(s->waiting, out);
    if (out->length > before)
        frame_end(&s->framing, out, before);
    waiting_line_destroy(s->waiting);
    s->waiting = NULL;
    s->connection.is_held = false;
}

static struct waiting_line *line_of(struct waiter *waiter)
{
    return container_of(waiter, struct waiting_line, waiter);
}

static void leave_if_gone(struct waiter *waiter)
{
    struct session *s = line_of(waiter)->owner;
    if (connection_is_gone(&s->connection))
        connection_close(&s->connection);
}

static void wait_for_credit(struct session *s);
static void go_on_with_line(struct session *s, enum progress progress);

static size_t retry(struct waiter *waiter, bool is_last_chance)
{
    struct waiting_line *w = line_of(waiter);
    struct session *s = w->owner;
    struct session_host *host = host_of(s);
    if (connection_is_gone(&s->connection)) {
        connection_close(&s->connection); /* its credit goes to the next */
        return 1;
    }
    host->dispatcher->blocks_allowed =
        wait_queue_is_shared(&host->queue) ? 1 : SIZE_MAX;
    size_t before = host->dispatcher->blocks_taken;
    size_t index = w->index;
    enum progress progress = answer_waiting(s, is_last_chance);
    size_t taken = host->dispatcher->blocks_taken - before;
    if (progress == MUST_WAIT && w->index == index)
        return taken;
    leave_queue(s); /* the next request of a batch waits at its end */
    go_on_with_line(s, progress);
    return taken > 0 ? taken : 1;
}

/* Another user has the line's place: it is refused in its next round, because
 * replies of another connection's may be in out now. */
static void give_up(struct waiter *waiter)
{
    struct session *s = line_of(waiter)->owner;
    leave_queue(s);
    s->waiting->has_lost_place = true;
    connection_yield(&s->connection);
}

static void wait_for_credit(struct session *s)
{
    struct session_host *host = host_of(s);
    struct waiting_line *w = s->waiting;
    const struct request *request = waiting_line_request(w);
    w->owner = s;
    w->waiter = (struct waiter){
        .user = s->connection.user,
        .deadline_ms = host->dispatcher->now_ms + dispatch_timeout_ms(request),
        .needs_credit = request->method == METHOD_GET &&
                        request->get.quality == QUALITY_CONDITIONED,
        .retry = retry,
        .leave_if_gone = leave_if_gone,
        .give_up = give_up,
    };
    wait_queue_add(&host->queue, &w->waiter);
    host->dispatcher->counts->waiting = host->queue.count;
    connections_set_deadline(&host->connections, w->waiter.deadline_ms);
    connections_set_deadline(&host->connections, host->queue.resume_ms);
}

/* Refuses the request that would have to wait. An on-demand test that it has
 * begun cannot be taken back. */
static void refuse_waiting(struct session *s)
{
    struct place at = begin_reply(s);
    const char *why = s->waiting->progress.has_begun
                          ? "too many requests are waiting; the test goes on, "
                            "and its result will be logged"
                          : "too many requests are waiting";
    refuse(s, waiting_line_request(s->waiting), ERROR_BUSY, why, at.to);
    end_reply(s, &at, DISPATCH_DONE);
    dispatch_forget(host_of(s)->dispatcher, &s->waiting->progress);
    waiting_line_advance(s->waiting);
}

/* The waiting line's next request has to wait: puts it into the queue, or
 * refuses it where the queue is full and goes on with the one after it. */
static enum progress wait_or_refuse(struct session *s)
{
    struct session_host *host = host_of(s);
    size_t max = host->connections.config->server.max_waiting;
    enum progress progress = MUST_WAIT;
    while (progress == MUST_WAIT) {
        if (wait_queue_find_place(&host->queue, max, s->connection.user,
                                  host->dispatcher->now_ms)) {
            wait_for_credit(s);
            break;
        }
        refuse_waiting(s);
        progress = answer_waiting(s, false);
    }
    return progress;
}

/* After answer_waiting(), with what it returned: the line is done, or waits, or
 * has its next round. Replies that are complete are in out then. */
static void settle_line(struct session *s, enum progress progress)
{
    if (progress == MUST_WAIT)
        progress = wait_or_refuse(s);
    if (progress == ALL_ANSWERED)
        release_waiting(s);
    else if (progress == INTERRUPTED)
        connection_yield(&s->connection);
}

/* The same where no bytes of the client's are being handled. */
static void go_on_with_line(struct session *s, enum progress progress)
{
    settle_line(s, progress);
    connection_flush(&s->connection);
    if (!s->connection.is_held)
        connection_go_on(&s->connection);
}

/* The next round of a batch that was interrupted, or of a line that has lost
 * its place in the queue. */
static void resume_line(struct connection *c)
{
    struct session *s = session_of(c);
    struct session_host *host = host_of(s);
    update_time(host);
    host->dispatcher->blocks_allowed =
        host->queue.credit_count > 0 ? 0 : SIZE_MAX;
    if (s->waiting->has_lost_place)
        refuse_waiting(s);
    s->waiting->has_lost_place = false;
    go_on_with_line(s, answer_waiting(s, false));
}

/* Takes over list. progress is that of its first request. */
static void keep_line(struct session *s, struct request_list *list,
                      struct dispatch_progress *progress)
{
    s->waiting = waiting_line_create(list);
    if (s->waiting == NULL) {
        dispatch_forget(host_of(s)->dispatcher, progress);
        if (list->is_batch)
            request_list_fini(list);
        connection_close(&s->connection);
        return;
    }
    s->connection.is_held = true;
    if (progress->has_begun || progress->data != NULL)
        s->waiting->progress = *progress;
    settle_line(s, list->is_batch ? answer_waiting(s, false) : MUST_WAIT);
}

/* lines */

static void handle_requests(struct session *s, struct request_list *list)
{
    struct session_host *host = host_of(s);
    struct dispatch_progress progress; /* large; only a selftest uses more */
    progress.has_begun = false;
    progress.data = NULL;
    progress.done = 0;
    progress.made = (struct pool_provenance){0};
    progress.num_sleeps = 0;
    host->dispatcher->counts->requests_total += list->count;
    size_t taken = host->dispatcher->blocks_taken;
    host->dispatcher->blocks_allowed =
        host->queue.credit_count > 0
            ? wait_queue_allowance(&host->queue, s->connection.user)
            : SIZE_MAX;
    if (!list->is_batch) {
        const struct request *one = &list->requests[0];
        struct buffer *out = out_of(s);
        size_t before = out->length;
        bool is_last = one->is_valid && one->method == METHOD_GET &&
                       one->get.timeout_ms == 0;
        enum dispatch_result result = answer(s, one, is_last, &progress, out);
        if (result == DISPATCH_DONE && out->length > before)
            frame_end(&s->framing, out, before);
        taken = host->dispatcher->blocks_taken - taken;
        if (taken > 0) {
            wait_queue_charge(&host->queue, s->connection.user, taken,
                              host->dispatcher->now_ms);
            connections_set_deadline(&host->connections, host->queue.resume_ms);
        }
        if (result != DISPATCH_NOT_YET) {
            dispatch_forget(host->dispatcher, &progress);
            return;
        }
    }
    keep_line(s, list, &progress);
}

static void take_line(struct session *s, const char *line, size_t n)
{
    struct request one;
    struct request_list list;
    size_t max_batch = s->connection.shared->config->server.max_batch;
    s->connection.has_asked = true;
    if (request_parse(line, n, max_batch, &one, &list) < 0)
        connection_close(&s->connection);
    else
        handle_requests(s, &list);
}

/* frames */

static void refuse_frame(struct session *s, const struct protocol_error *error)
{
    struct dispatcher *dispatcher = host_of(s)->dispatcher;
    struct buffer *out = out_of(s);
    size_t before = out->length;
    dispatcher->counts->requests_total++;
    dispatch_error(dispatcher, &no_request, error, out);
    frame_end(&s->framing, out, before);
}

/* Handles the first frame of n bytes; how many it took, 0: none is whole. */
static size_t take_frame(struct session *s, const char *bytes, size_t n)
{
    struct connection *c = &s->connection;
    struct frame frame; /* large; an error uses most of it */
    enum frame_result result = frame_next(
        &s->framing, bytes, n, c->shared->config->server.max_line_bytes,
        c->has_eof, &frame);
    c->is_unfinished = s->framing.is_skipping;
    if (result != FRAME_PARTIAL && !c->is_unfinished)
        connection_end_request(c);
    switch (result) {
    case FRAME_MESSAGE:
        take_line(s, frame.message, frame.length);
        break;
    case FRAME_REFUSED:
        refuse_frame(s, &frame.error);
        break;
    case FRAME_BROKEN:
        refuse_frame(s, &frame.error);
        connection_end(c);
        return n;
    case FRAME_PARTIAL:
    case FRAME_SKIPPED:
        break;
    }
    return frame.used;
}

/* Handles frames until one blocks, the iteration's share is used up, or no
 * whole one is left. */
static size_t take_bytes(struct connection *c, const char *bytes, size_t n)
{
    struct session *s = session_of(c);
    size_t used = 0;
    struct connection_share share = {0};
    update_time(host_of(s));
    while (used < n && !connection_is_blocked(c) && !c->is_closing) {
        if (!connection_may_continue(c, &share, used))
            break;
        size_t took = take_frame(s, bytes + used, n - used);
        if (took == 0)
            break;
        used += took;
    }
    return used;
}

/* life */

static int fill(struct connection *c, void *out, size_t n)
{
    struct session_host *host = host_of(session_of(c));
    update_time(host);
    return dispatch_bulk(host->dispatcher, out, n);
}

static void catch_up(struct connection *c)
{
    struct session *s = session_of(c);
    if (s->subscriber != NULL)
        subscriptions_catch_up(host_of(s)->subscriptions, s->subscriber);
}

static void leave_lists(struct connection *c)
{
    struct session *s = session_of(c);
    if (s->waiting != NULL) {
        leave_queue(s);
        dispatch_forget(host_of(s)->dispatcher, &s->waiting->progress);
    }
    subscriptions_cancel(host_of(s)->subscriptions, s->subscriber);
}

static void destroy(struct connection *c)
{
    struct session *s = session_of(c);
    waiting_line_destroy(s->waiting);
    subscriber_destroy(s->subscriber);
    free(s);
}

bool session_prepare(struct session_host *host)
{
    if (host->spare == NULL)
        host->spare = calloc(1, sizeof(*host->spare));
    return host->spare != NULL;
}

void session_start(struct session_host *host, struct user *user,
                   const struct peer *peer, int fd)
{
    static const struct connection_protocol json_rpc = {
        .on_bytes = take_bytes,
        .on_fill = fill,
        .on_round = resume_line,
        .on_idle = catch_up,
        .on_closing = leave_lists,
        .on_closed = destroy,
    };
    struct session *s = host->spare;
    host->spare = NULL;
    connection_start(&s->connection, &host->connections, &json_rpc, user, peer,
                     fd);
}

void session_refuse(struct session_host *host, int fd, const char *why)
{
    struct protocol_error error;
    struct buffer line = {0};
    protocol_error_set(&error, ERROR_BUSY, "%s", why);
    dispatch_error(host->dispatcher, &no_request, &error, &line);
    buffer_append(&line, "\n", 1); /* its framing is not known yet */
    if (!line.has_failed) /* a fresh socket takes a line; if not, it is lost */
        (void)!write(fd, line.data, line.length);
    buffer_fini(&line);
}

void session_host_fini(struct session_host *host)
{
    connections_fini(&host->connections);
    free(host->spare);
}
