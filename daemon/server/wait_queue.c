/*
 * A retry may answer its own requests, close its own connection, and so take
 * its own line out of the queue, but never another's: list_for_each() is safe.
 * A sweep takes others out, and does not begin while the queue is being walked.
 */

#include "daemon/server/wait_queue.h"

#include "base/wipe.h"

#include <stdlib.h>

/* lines */

struct waiting_line *waiting_line_create(const struct request_list *list)
{
    struct waiting_line *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return NULL;
    w->list = *list;
    if (!list->is_batch) {
        w->one = list->requests[0];
        w->list.requests = &w->one;
    }
    return w;
}

void waiting_line_destroy(struct waiting_line *w)
{
    if (w == NULL)
        return;
    if (w->list.is_batch)
        request_list_fini(&w->list);
    buffer_fini(&w->replies);
    wipe(w, sizeof(*w));
    free(w);
}

const struct request *waiting_line_request(const struct waiting_line *w)
{
    return w->index < w->list.count ? &w->list.requests[w->index] : NULL;
}

void waiting_line_advance(struct waiting_line *w)
{
    w->index++;
    w->progress = (struct dispatch_progress){.has_begun = false};
}

void waiting_line_finish(struct waiting_line *w, struct buffer *out)
{
    if (w->replies.has_failed)
        out->has_failed = true;
    if (w->replies.length == 0)
        return;
    buffer_append(out, "[", 1);
    buffer_append(out, w->replies.data, w->replies.length);
    buffer_append(out, "]\n", 2);
}

/* the queue */

static struct waiting_line *line_of(struct list *node)
{
    return container_of(node, struct waiting_line, node);
}

void wait_queue_init(struct wait_queue *q)
{
    *q = (struct wait_queue){0};
    list_init(&q->lines);
}

void wait_queue_add(struct wait_queue *q, struct waiting_line *w)
{
    list_append(&q->lines, &w->node);
    q->count++;
    q->credit_count += w->needs_credit;
}

void wait_queue_remove(struct wait_queue *q, struct waiting_line *w)
{
    if (list_is_empty(&w->node))
        return;
    list_remove(&w->node);
    q->count--;
    q->credit_count -= w->needs_credit;
}

bool wait_queue_has_others(const struct wait_queue *q,
                           const struct waiting_line *w)
{
    bool is_counted = !list_is_empty(&w->node) && w->needs_credit;
    return q->credit_count > is_counted;
}

/* The oldest line of the next user in turn: the smallest uid above the last
 * one's, else the smallest of all. */
static struct waiting_line *next_in_turn(const struct wait_queue *q)
{
    struct waiting_line *above = NULL;
    struct waiting_line *lowest = NULL;
    struct list *node;
    struct list *following;
    list_for_each(node, following, &q->lines)
    {
        struct waiting_line *w = line_of(node);
        if (!w->needs_credit)
            continue;
        if (lowest == NULL || w->uid < lowest->uid)
            lowest = w;
        if ((!q->has_served || w->uid > q->last_uid) &&
            (above == NULL || w->uid < above->uid))
            above = w;
    }
    return above != NULL ? above : lowest;
}

void wait_queue_run(struct wait_queue *q)
{
    struct list *node;
    struct list *following;
    q->is_walked = true;
    list_for_each(node, following, &q->lines)
    {
        struct waiting_line *w = line_of(node);
        if (!w->needs_credit)
            (void)w->retry(w, false);
    }
    q->is_walked = false;
    for (struct waiting_line *w; (w = next_in_turn(q)) != NULL;) {
        uid_t uid = w->uid;
        if (!w->retry(w, false))
            return;
        q->last_uid = uid;
        q->has_served = true;
    }
}

void wait_queue_sweep(struct wait_queue *q, uint64_t now_ms)
{
    bool is_early =
        q->swept_ms != 0 && now_ms < q->swept_ms + WAIT_QUEUE_SWEEP_MS;
    if (is_early || q->is_walked)
        return;
    q->swept_ms = now_ms;
    struct list *node;
    struct list *following;
    list_for_each(node, following, &q->lines)
    {
        struct waiting_line *w = line_of(node);
        w->leave_if_gone(w);
    }
}

void wait_queue_expire(struct wait_queue *q, uint64_t now_ms, bool all)
{
    struct list *node;
    struct list *following;
    q->is_walked = true;
    list_for_each(node, following, &q->lines)
    {
        struct waiting_line *w = line_of(node);
        if (all || w->deadline_ms <= now_ms)
            (void)w->retry(w, true);
    }
    q->is_walked = false;
}

uint64_t wait_queue_next_deadline(const struct wait_queue *q)
{
    uint64_t nearest = UINT64_MAX;
    struct list *node;
    struct list *following;
    list_for_each(node, following, &q->lines)
    {
        const struct waiting_line *w = line_of(node);
        if (w->deadline_ms < nearest)
            nearest = w->deadline_ms;
    }
    return nearest;
}
