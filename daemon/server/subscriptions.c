/* SPDX-License-Identifier: MIT */
/* Status is due at multiples of its interval, so that subscribers of equal
 * intervals share one tick and one serialisation. */

#include "daemon/server/subscriptions.h"

#include "base/monotonic.h"

#include <stdlib.h>

struct subscriber {
    struct connection *connection;
    struct list node; /* in active */
    bool to_health, to_status;
    uint32_t interval_ms;
    uint64_t due_ms;
    struct {
        bool is_set;
        struct source_move move;
        uint64_t skipped;
    } pending[SOURCE_MAX]; /* changes that the client has not been told of */
};

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
    struct buffer text = {0};
    struct list *node;
    struct list *following;
    list_for_each(node, following, &list->active)
    {
        struct subscriber *s = subscriber_of(node);
        if (!s->to_status || s->due_ms > now)
            continue;
        s->due_ms = (now / s->interval_ms + 1) * s->interval_ms;
        if (text.length == 0) {
            status_notify(list->view, &text);
            buffer_append(&text, "\n", 1);
        }
        if (!text.has_failed)
            (void)connection_send(s->connection, text.data, text.length);
    }
    buffer_fini(&text);
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
    for (size_t i = 0; i < SOURCE_MAX; i++)
        s->pending[i].is_set = false, s->pending[i].skipped = 0;
}

bool subscriptions_change(struct subscriptions *list, struct subscriber **s,
                          struct connection *c,
                          const struct subscribe_params *params, bool on)
{
    if (*s == NULL && (*s = calloc(1, sizeof(**s))) == NULL)
        return false;
    struct subscriber *one = *s;
    one->connection = c;
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

static void write_move(const struct subscriptions *list, struct buffer *text,
                       size_t index, const struct source_move *move,
                       uint64_t skipped)
{
    const struct status_view *view = list->view;
    uint64_t at_ms =
        move->at_ms > view->started_ms ? move->at_ms - view->started_ms : 0;
    notify_health(
        text, status_health(view), view->sources[index].collector->name,
        source_state_name(move->from), source_state_name(move->to),
        move->reason[0] != '\0' ? move->reason : NULL, at_ms, skipped);
    buffer_append(text, "\n", 1);
}

void subscriptions_health(struct subscriptions *list, size_t index,
                          const struct source_move *move)
{
    struct buffer text = {0};
    struct list *node;
    struct list *following;
    if (!list_is_empty(&list->active))
        write_move(list, &text, index, move, 0);
    list_for_each(node, following, &list->active)
    {
        struct subscriber *s = subscriber_of(node);
        if (!s->to_health)
            continue;
        bool is_behind = s->pending[index].is_set;
        if (!is_behind && !text.has_failed &&
            connection_send(s->connection, text.data, text.length))
            continue;
        s->pending[index].skipped += is_behind;
        s->pending[index].is_set = true;
        s->pending[index].move = *move;
    }
    buffer_fini(&text);
}

void subscriptions_catch_up(struct subscriptions *list, struct subscriber *s)
{
    struct buffer text = {0};
    for (size_t i = 0; s != NULL && i < list->view->source_count; i++) {
        if (s->pending[i].is_set)
            write_move(list, &text, i, &s->pending[i].move,
                       s->pending[i].skipped);
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
