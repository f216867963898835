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
    list_init(&q->users);
}

void wait_queue_add(struct wait_queue *q, struct waiting_line *w)
{
    struct user *user = w->user;
    list_append(&q->lines, &w->node);
    q->count++;
    user->num_waiting++;
    if (!w->needs_credit)
        return;
    q->credit_count++;
    list_append(&user->waiting, &w->user_node);
    if (!list_is_empty(&user->wait_node))
        return;
    list_append(&q->users, &user->wait_node);
    /* Who did not wait until now has saved nothing up by that. */
    if (user->blocks_served < q->blocks_served)
        user->blocks_served = q->blocks_served;
}

void wait_queue_remove(struct wait_queue *q, struct waiting_line *w)
{
    if (list_is_empty(&w->node))
        return;
    list_remove(&w->node);
    q->count--;
    w->user->num_waiting--;
    if (!w->needs_credit)
        return;
    q->credit_count--;
    list_remove(&w->user_node);
    if (list_is_empty(&w->user->waiting))
        list_remove(&w->user->wait_node);
}

bool wait_queue_has_others(const struct wait_queue *q,
                           const struct waiting_line *w)
{
    bool is_counted = !list_is_empty(&w->node) && w->needs_credit;
    return q->credit_count > is_counted;
}

bool wait_queue_is_shared(const struct wait_queue *q)
{
    return !list_is_empty(&q->users) && q->users.next != q->users.prev;
}

bool wait_queue_make_place(struct wait_queue *q, const struct user *user)
{
    struct waiting_line *victim = NULL; /* the newest of the largest holder's */
    struct list *node;
    struct list *following;
    if (q->is_walked)
        return false;
    list_for_each(node, following, &q->lines)
    {
        struct waiting_line *w = line_of(node);
        if (victim == NULL || w->user == victim->user ||
            w->user->num_waiting > victim->user->num_waiting)
            victim = w;
    }
    if (victim == NULL || victim->user->num_waiting < user->num_waiting + 2)
        return false;
    victim->give_up(victim);
    return true;
}

/* The user who was served the fewest blocks; of several, who waits longest. */
static struct user *next_in_turn(const struct wait_queue *q)
{
    struct user *next = NULL;
    struct list *node;
    struct list *following;
    list_for_each(node, following, &q->users)
    {
        struct user *user = container_of(node, struct user, wait_node);
        if (next == NULL || user->blocks_served < next->blocks_served)
            next = user;
    }
    return next;
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
    for (struct user *user; (user = next_in_turn(q)) != NULL;) {
        struct waiting_line *w = container_of(list_first(&user->waiting),
                                              struct waiting_line, user_node);
        size_t cost = w->retry(w, false);
        if (cost == 0)
            return;
        q->blocks_served = user->blocks_served;
        user->blocks_served += cost;
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
