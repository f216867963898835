/*
 * Happy path: session_take_line() -> answer() -> replies in host->out. A
 * request that must wait is held, with the rest of its batch, and retry() is
 * called when credit comes or its time is over.
 */

#include "daemon/server/connection.h"

#include <poll.h>

static void refuse(struct session *s, const struct request *request,
                   enum error_kind kind, const char *why, struct buffer *out)
{
    struct protocol_error error;
    protocol_error_set(&error, kind, "%s", why);
    dispatch_error(s->host->dispatcher, request, &error, out);
}

/* Answers one request, or says that it must wait. */
static enum dispatch_result
answer(struct session *s, const struct request *request, bool is_last_chance,
       struct dispatch_progress *progress, struct buffer *out)
{
    struct dispatch_bulk bulk = {0};
    if (request->is_valid && (request->method == METHOD_SUBSCRIBE ||
                              request->method == METHOD_UNSUBSCRIBE)) {
        session_subscribe(s, request, out);
        return DISPATCH_DONE;
    }
    if (request->is_valid && request->method == METHOD_GET &&
        request->get.encoding == ENCODING_BINARY && session_is_subscribed(s)) {
        struct protocol_error error;
        protocol_error_set(&error, ERROR_INVALID_PARAMS,
                           "binary is not for a connection with subscriptions");
        protocol_error_add_string(&error, "param", "encoding");
        protocol_error_add_string(&error, "got", "binary");
        dispatch_error(s->host->dispatcher, request, &error, out);
        return DISPATCH_DONE;
    }
    enum dispatch_result result =
        dispatch(s->host->dispatcher, &s->peer, request, is_last_chance,
                 progress, out, &bulk);
    if (result != DISPATCH_BULK)
        return result;
    buffer_append(out, "\n", 1);
    session_begin_stream(s, bulk);
    return DISPATCH_FRAMED;
}

/* Puts the held request on the waiting list. */
static void wait_for_credit(struct session *s);

/* Where the reply of a held request goes, and what stood there before. */
struct place {
    struct buffer *to;
    size_t before; /* its length */
    size_t begin;  /* the same, and in a batch the comma behind a reply */
};

static struct place begin_reply(struct session *s)
{
    bool is_batch = s->held->list.is_batch;
    struct place at = {.to = is_batch ? &s->held->replies : &s->host->out};
    at.before = at.to->length;
    if (is_batch && at.before > 0)
        buffer_append(at.to, ",", 1);
    at.begin = at.to->length;
    return at;
}

/* A notification leaves neither comma nor newline. */
static void end_reply(const struct session *s, const struct place *at,
                      enum dispatch_result result)
{
    if (result == DISPATCH_NOT_YET || at->to->length == at->begin)
        buffer_cut(at->to, at->before);
    else if (result == DISPATCH_DONE && !s->held->list.is_batch)
        buffer_append(at->to, "\n", 1);
}

/* Answers what is held, as far as it goes. True when all of it is. */
static bool answer_held(struct session *s, bool is_last_chance)
{
    struct held *h = s->held;
    const struct request *request;
    while ((request = held_request(h)) != NULL && !s->is_closing) {
        struct place at = begin_reply(s);
        bool is_last = is_last_chance || dispatch_timeout_ms(request) == 0;
        enum dispatch_result result =
            answer(s, request, is_last, &h->progress, at.to);
        end_reply(s, &at, result);
        if (result == DISPATCH_NOT_YET)
            return false;
        held_advance(h);
        is_last_chance = false;
        /* That was its turn; the next of a batch stands behind the others. */
        s->host->dispatcher->has_queue =
            waiting_has_others(s->host->waiting, &h->waiter);
    }
    return true;
}

static void release_held(struct session *s)
{
    waiting_remove(s->host->waiting, &s->held->waiter);
    if (s->held->list.is_batch && !s->is_closing)
        held_finish_batch(s->held, &s->host->out);
    held_destroy(s->held);
    s->held = NULL;
    s->host->dispatcher->counts->waiting = s->host->waiting->count;
}

/* Has the client gone altogether? Its credit is better kept for the next. */
static bool is_gone(struct session *s)
{
    uv_os_fd_t fd;
    if (uv_fileno((uv_handle_t *)&s->pipe, &fd) < 0)
        return true;
    struct pollfd poll_fd = {.fd = fd};
    return poll(&poll_fd, 1, 0) > 0 &&
           (poll_fd.revents & (POLLHUP | POLLERR)) != 0;
}

static void leave_if_gone(struct waiter *waiter)
{
    struct session *s = ((struct held *)waiter)->owner;
    if (is_gone(s))
        session_close(s);
}

static bool retry(struct waiter *waiter, bool is_last_chance)
{
    struct held *h = (struct held *)waiter;
    struct session *s = h->owner;
    if (is_gone(s)) {
        session_close(s);
        return true;
    }
    s->host->dispatcher->has_queue = false;
    size_t index = h->index;
    bool is_all = answer_held(s, is_last_chance);
    if (is_all) {
        release_held(s);
    } else if (h->index > index) {
        /* another request of the batch waits now, at the end of the queue */
        waiting_remove(s->host->waiting, waiter);
        wait_for_credit(s);
    }
    session_flush(s);
    if (is_all)
        session_go_on(s);
    return is_all || h->index > index;
}

static void wait_for_credit(struct session *s)
{
    struct session_host *host = s->host;
    const struct request *request = held_request(s->held);
    s->held->owner = s;
    s->held->waiter = (struct waiter){
        .uid = s->peer.uid,
        .deadline_ms = host->dispatcher->now_ms + dispatch_timeout_ms(request),
        .needs_credit = request->method == METHOD_GET &&
                        request->get.quality == QUALITY_CONDITIONED,
        .retry = retry,
        .leave_if_gone = leave_if_gone,
    };
    waiting_add(host->waiting, &s->held->waiter);
    host->dispatcher->counts->waiting = host->waiting->count;
    if (s->held->waiter.deadline_ms < host->armed_ms)
        host->deadline_set(host, s->held->waiter.deadline_ms);
}

/* Refuses the held request where it would have to wait. */
static void refuse_held(struct session *s)
{
    struct place at = begin_reply(s);
    refuse(s, held_request(s->held), ERROR_BUSY,
           "too many requests wait already", at.to);
    end_reply(s, &at, DISPATCH_DONE);
    held_advance(s->held);
}

/* Keeps what could not be answered at once: waits with a request that said "not
 * yet", or refuses it where too many wait already and goes on with the next. */
static void hold(struct session *s, bool is_all)
{
    struct session_host *host = s->host;
    while (!is_all) {
        if (host->waiting->count >= host->config->server.max_waiting)
            waiting_sweep(host->waiting, host->dispatcher->now_ms);
        if (host->waiting->count < host->config->server.max_waiting) {
            wait_for_credit(s);
            return;
        }
        refuse_held(s);
        is_all = answer_held(s, false);
    }
    release_held(s);
}

static void handle_requests(struct session *s, struct request_list *list)
{
    struct session_host *host = s->host;
    struct dispatch_progress progress; /* large; only a selftest uses more */
    progress.has_begun = false;
    host->dispatcher->counts->requests_total += list->count;
    host->dispatcher->has_queue = host->waiting->credit_count > 0;
    if (!list->is_batch) {
        const struct request *one = &list->requests[0];
        size_t before = host->out.length;
        bool is_last = one->is_valid && one->method == METHOD_GET &&
                       one->get.timeout_ms == 0;
        enum dispatch_result result =
            answer(s, one, is_last, &progress, &host->out);
        if (result == DISPATCH_DONE && host->out.length > before)
            buffer_append(&host->out, "\n", 1);
        if (result != DISPATCH_NOT_YET)
            return;
    }
    s->held = held_create(list);
    if (s->held == NULL) {
        if (list->is_batch)
            request_list_fini(list);
        session_close(s);
        return;
    }
    if (progress.has_begun)
        s->held->progress = progress;
    hold(s, list->is_batch && answer_held(s, false));
}

void session_take_line(struct session *s, const char *line, size_t n)
{
    struct request one;
    struct request_list list;
    s->has_asked = true;
    if (request_parse(line, n, s->host->config->server.max_batch, &one, &list) <
        0)
        session_close(s);
    else
        handle_requests(s, &list);
}

void session_take_too_long(struct session *s)
{
    struct request request;
    request_line_too_long(&request, s->host->config->server.max_line_bytes);
    s->host->dispatcher->counts->requests_total++;
    dispatch_error(s->host->dispatcher, &request, &request.error,
                   &s->host->out);
    buffer_append(&s->host->out, "\n", 1);
}
