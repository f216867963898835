/* Status is due at multiples of its interval, so that subscribers of equal
 * intervals share one tick and one serialisation. */

#include "daemon/server/subscriptions.h"

#include "base/monotonic.h"

static void on_tick(uv_timer_t *timer);

static void arm(struct subscribers *list)
{
    uint64_t nearest = UINT64_MAX;
    for (struct subscriber *s = list->first; s != NULL; s = s->next) {
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
    struct subscribers *list = timer->data;
    uint64_t now = monotonic_now_ms();
    struct buffer text = {0};
    struct subscriber *next;
    for (struct subscriber *s = list->first; s != NULL; s = next) {
        next = s->next;
        if (!s->to_status || s->due_ms > now)
            continue;
        s->due_ms = (now / s->interval_ms + 1) * s->interval_ms;
        if (text.length == 0) {
            status_notify(list->view, &text);
            buffer_append(&text, "\n", 1);
        }
        if (!text.has_failed)
            (void)s->deliver(s, text.data, text.length);
    }
    buffer_fini(&text);
    arm(list);
}

void subscribers_init(struct subscribers *list, uv_loop_t *loop,
                      const struct status_view *view,
                      struct server_counts *counts)
{
    *list = (struct subscribers){.view = view, .counts = counts};
    uv_timer_init(loop, &list->timer);
    list->timer.data = list;
}

static bool is_listed(const struct subscribers *list,
                      const struct subscriber *wanted)
{
    for (const struct subscriber *s = list->first; s != NULL; s = s->next) {
        if (s == wanted)
            return true;
    }
    return false;
}

/* Changes that s was not told of yet, and never will be. */
static void forget_pending(struct subscriber *s)
{
    for (size_t i = 0; i < SOURCE_MAX; i++)
        s->pending[i].is_set = false, s->pending[i].skipped = 0;
}

void subscribers_set(struct subscribers *list, struct subscriber *s,
                     const struct subscribe_params *params, bool on)
{
    if (params->events == SUBSCRIBE_HEALTH) {
        s->to_health = on;
        if (!on)
            forget_pending(s);
    } else {
        s->to_status = on;
        s->interval_ms = params->interval_ms;
        if (on)
            s->due_ms = monotonic_now_ms() / s->interval_ms * s->interval_ms +
                        s->interval_ms;
    }
    if (!s->to_health && !s->to_status) {
        subscribers_remove(list, s);
        return;
    }
    if (!is_listed(list, s)) {
        s->next = list->first;
        list->first = s;
        list->counts->subscriptions++;
    }
    arm(list);
}

void subscribers_remove(struct subscribers *list, struct subscriber *s)
{
    for (struct subscriber **at = &list->first; *at != NULL;
         at = &(*at)->next) {
        if (*at != s)
            continue;
        *at = s->next;
        s->to_health = s->to_status = false;
        list->counts->subscriptions--;
        arm(list);
        return;
    }
}

static void write_move(const struct subscribers *list, struct buffer *text,
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

void subscribers_health(struct subscribers *list, size_t index,
                        const struct source_move *move)
{
    struct buffer text = {0};
    if (list->first != NULL)
        write_move(list, &text, index, move, 0);
    struct subscriber *next;
    for (struct subscriber *s = list->first; s != NULL; s = next) {
        next = s->next;
        if (!s->to_health)
            continue;
        bool is_behind = s->pending[index].is_set;
        if (!is_behind && !text.has_failed &&
            s->deliver(s, text.data, text.length))
            continue;
        s->pending[index].skipped += is_behind;
        s->pending[index].is_set = true;
        s->pending[index].move = *move;
    }
    buffer_fini(&text);
}

void subscribers_catch_up(struct subscribers *list, struct subscriber *s)
{
    struct buffer text = {0};
    for (size_t i = 0; i < list->view->source_count; i++) {
        if (s->pending[i].is_set)
            write_move(list, &text, i, &s->pending[i].move,
                       s->pending[i].skipped);
    }
    if (text.length > 0 && !text.has_failed &&
        s->deliver(s, text.data, text.length))
        forget_pending(s);
    buffer_fini(&text);
}

void subscribers_close(struct subscribers *list)
{
    uv_close((uv_handle_t *)&list->timer, NULL);
}
