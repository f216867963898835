/* SPDX-License-Identifier: MIT */
/* Status is due at multiples of its interval, so that subscribers of equal
 * intervals share one tick and one serialisation. */

#include "daemon/server/subscriptions.h"

#include "base/monotonic.h"

#include <stdlib.h>

/* What a health notification is about, in the order in which those of a source
 * are sent. */
enum event_kind { EVENT_CHANGE, EVENT_SELFTEST, EVENT_KINDS };

struct event {
    struct source_move move;
    uid_t uid;            /* EVENT_SELFTEST */
    const char *selftest; /* its result; NULL: EVENT_CHANGE */
};

struct subscriber {
    struct connection *connection;
    const struct framing *framing; /* its */
    struct list node;              /* in active */
    bool to_health, to_status;
    uint32_t interval_ms;
    uint64_t due_ms;
    struct {
        bool is_set;
        struct event event;
        uint64_t skipped;
    } pending[SOURCE_MAX][EVENT_KINDS]; /* not sent yet */
};

/* A notification, serialised once for all: header, text, newline. */
struct notification {
    struct buffer text;
    size_t header_length;
};

/* The text is written: puts around it what either framing needs. */
static void frame_for_all(struct notification *n)
{
    static const struct framing lines = {.kind = FRAME_KIND_LINES};
    static const struct framing headers = {.kind = FRAME_KIND_HEADERS};
    size_t length = n->text.length;
    frame_end(&headers, &n->text, 0);
    n->header_length = n->text.length - length;
    frame_end(&lines, &n->text, 0);
}

/* False if the client cannot take it now. */
static bool notify(const struct subscriber *s, const struct notification *n)
{
    const struct buffer *text = &n->text;
    if (text->has_failed)
        return false;
    if (s->framing->kind == FRAME_KIND_HEADERS)
        return connection_send(s->connection, text->data, text->length - 1);
    return connection_send(s->connection, text->data + n->header_length,
                           text->length - n->header_length);
}

static void on_tick(uv_timer_t *timer);

static struct subscriber *subscriber_of(struct list *node)
{
    return container_of(node, struct subscriber, node);
}

static void arm(struct subscriptions *list)
{
    uint64_t nearest = UINT64_MAX;
    struct list *node;
    struct list *following;
    list_for_each(node, following, &list->active)
    {
        const struct subscriber *s = subscriber_of(node);
        if (s->to_status && s->due_ms < nearest)
            nearest = s->due_ms;
    }
    uint64_t now = monotonic_now_ms();
    if (list->has_pending)
        nearest = now;
    if (nearest == UINT64_MAX)
        uv_timer_stop(&list->timer);
    else
        uv_timer_start(&list->timer, on_tick, nearest > now ? nearest - now : 0,
                       0);
}

static void on_tick(uv_timer_t *timer)
{
    struct subscriptions *list =
        container_of(timer, struct subscriptions, timer);
    uint64_t now = monotonic_now_ms();
    struct notification status = {0};
    struct list *node;
    struct list *following;
    list->has_pending = false;
    list_for_each(node, following, &list->active)
    {
        struct subscriber *s = subscriber_of(node);
        subscriptions_catch_up(list, s);
        if (!s->to_status || s->due_ms > now)
            continue;
        s->due_ms = (now / s->interval_ms + 1) * s->interval_ms;
        if (status.text.length == 0) {
            status_notify(list->view, &status.text);
            frame_for_all(&status);
        }
        (void)notify(s, &status);
    }
    buffer_fini(&status.text);
    arm(list);
}

void subscriptions_init(struct subscriptions *list, uv_loop_t *loop,
                        const struct status_view *view,
                        struct server_counts *counts)
{
    *list = (struct subscriptions){.view = view, .counts = counts};
    list_init(&list->active);
    uv_timer_init(loop, &list->timer);
}

/* Changes that s was not told of yet, and never will be. */
static void forget_pending(struct subscriber *s)
{
    for (size_t i = 0; i < SOURCE_MAX; i++) {
        for (int kind = 0; kind < EVENT_KINDS; kind++) {
            s->pending[i][kind].is_set = false;
            s->pending[i][kind].skipped = 0;
        }
    }
}

bool subscriptions_change(struct subscriptions *list, struct subscriber **s,
                          struct connection *c, const struct framing *framing,
                          const struct subscribe_params *params, bool on)
{
    if (*s == NULL && (*s = calloc(1, sizeof(**s))) == NULL)
        return false;
    struct subscriber *one = *s;
    one->connection = c;
    one->framing = framing;
    if (params->events == SUBSCRIBE_HEALTH) {
        one->to_health = on;
        if (!on)
            forget_pending(one);
    } else {
        one->to_status = on;
        one->interval_ms = params->interval_ms;
        if (on)
            one->due_ms =
                (monotonic_now_ms() / one->interval_ms + 1) * one->interval_ms;
    }
    if (!subscriber_is_active(one)) {
        subscriptions_cancel(list, one);
        return true;
    }
    if (list_is_empty(&one->node)) {
        list_append(&list->active, &one->node);
        list->counts->subscriptions++;
    }
    arm(list);
    return true;
}

void subscriptions_cancel(struct subscriptions *list, struct subscriber *s)
{
    if (s == NULL || list_is_empty(&s->node))
        return;
    list_remove(&s->node);
    s->to_health = s->to_status = false;
    list->counts->subscriptions--;
    arm(list);
}

bool subscriber_is_active(const struct subscriber *s)
{
    return s != NULL && (s->to_health || s->to_status);
}

void subscriber_reply(const struct subscriber *s, struct buffer *out,
                      const struct request_id *id)
{
    reply_subscribed(out, id, s->to_health, s->to_status, s->interval_ms);
}

void subscriber_destroy(struct subscriber *s)
{
    free(s);
}

/* It is sent later; the one that was to be sent until now never is. */
static void set_pending(struct subscriber *s, size_t index,
                        enum event_kind kind, const struct event *event)
{
    s->pending[index][kind].skipped += s->pending[index][kind].is_set;
    s->pending[index][kind].is_set = true;
    s->pending[index][kind].event = *event;
}

static void write_event(const struct subscriptions *list, struct buffer *text,
                        size_t index, const struct event *event,
                        uint64_t skipped)
{
    const struct status_view *view = list->view;
    const struct source_move *move = &event->move;
    const struct health_notice notice = {
        .health = status_health(view),
        .source = view->sources[index].collector->name,
        .from = source_state_name(move->from),
        .to = source_state_name(move->to),
        .reason = move->reason[0] != '\0' ? move->reason : NULL,
        .uptime_ms =
            move->at_ms > view->started_ms ? move->at_ms - view->started_ms : 0,
        .skipped = skipped,
        .selftest = event->selftest,
        .uid = event->uid,
    };
    notify_health(text, &notice);
}

void subscriptions_health(struct subscriptions *list, size_t index,
                          const struct source_move *move)
{
    const struct event event = {.move = *move};
    struct notification health = {0};
    struct list *node;
    struct list *following;
    if (!list_is_empty(&list->active)) {
        write_event(list, &health.text, index, &event, 0);
        frame_for_all(&health);
    }
    list_for_each(node, following, &list->active)
    {
        struct subscriber *s = subscriber_of(node);
        if (!s->to_health)
            continue;
        bool is_behind = s->pending[index][EVENT_CHANGE].is_set;
        if (is_behind || !notify(s, &health))
            set_pending(s, index, EVENT_CHANGE, &event);
    }
    buffer_fini(&health.text);
}

void subscriptions_selftest(struct subscriptions *list, size_t index,
                            const struct selftest_end *end)
{
    const struct event event = {
        .move = end->move, .uid = end->uid, .selftest = end->result};
    struct list *node;
    struct list *following;
    list_for_each(node, following, &list->active)
    {
        struct subscriber *s = subscriber_of(node);
        if (!s->to_health)
            continue;
        set_pending(s, index, EVENT_SELFTEST, &event);
        list->has_pending = true;
    }
    if (list->has_pending)
        arm(list);
}

void subscriptions_catch_up(struct subscriptions *list, struct subscriber *s)
{
    struct buffer text = {0};
    for (size_t i = 0; s != NULL && i < list->view->source_count; i++) {
        for (int kind = 0; kind < EVENT_KINDS; kind++) {
            size_t before = text.length;
            if (!s->pending[i][kind].is_set)
                continue;
            write_event(list, &text, i, &s->pending[i][kind].event,
                        s->pending[i][kind].skipped);
            frame_end(s->framing, &text, before);
        }
    }
    if (text.length > 0 && !text.has_failed &&
        connection_send(s->connection, text.data, text.length))
        forget_pending(s);
    buffer_fini(&text);
}

void subscriptions_close(struct subscriptions *list)
{
    uv_close((uv_handle_t *)&list->timer, NULL);
}
