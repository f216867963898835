/*
 * A retry may answer its own request, close its own connection, and so take
 * its own waiter off the list, but never another's: an iteration that reads
 * the next waiter before it tries one is safe. A sweep takes others' off, and
 * does not begin while one is under way (is_walked).
 */

#include "daemon/server/wait_queue.h"

void waiting_init(struct waiting *q)
{
    *q = (struct waiting){0};
    q->head.next = q->head.previous = &q->head;
}

void waiting_add(struct waiting *q, struct waiter *w)
{
    w->next = &q->head;
    w->previous = q->head.previous;
    w->previous->next = w;
    q->head.previous = w;
    q->count++;
    q->credit_count += w->needs_credit;
}

void waiting_remove(struct waiting *q, struct waiter *w)
{
    if (w->next == NULL)
        return;
    w->previous->next = w->next;
    w->next->previous = w->previous;
    w->next = w->previous = NULL;
    q->count--;
    q->credit_count -= w->needs_credit;
}

bool waiting_has_others(const struct waiting *q, const struct waiter *w)
{
    bool is_counted = w->next != NULL && w->needs_credit;
    return q->credit_count > is_counted;
}

/* The oldest waiter of the next user in turn: the smallest uid above the last
 * one's, else the smallest of all. */
static struct waiter *next_in_turn(const struct waiting *q)
{
    struct waiter *above = NULL;
    struct waiter *lowest = NULL;
    for (struct waiter *w = q->head.next; w != &q->head; w = w->next) {
        if (!w->needs_credit)
            continue;
        if (lowest == NULL || w->uid < lowest->uid)
            lowest = w;
        if ((!q->had_turn || w->uid > q->last_uid) &&
            (above == NULL || w->uid < above->uid))
            above = w;
    }
    return above != NULL ? above : lowest;
}

void waiting_run(struct waiting *q)
{
    struct waiter *next;
    q->is_walked = true;
    for (struct waiter *w = q->head.next; w != &q->head; w = next) {
        next = w->next;
        if (!w->needs_credit)
            (void)w->retry(w, false);
    }
    q->is_walked = false;
    for (struct waiter *w; (w = next_in_turn(q)) != NULL;) {
        uid_t uid = w->uid;
        if (!w->retry(w, false))
            return;
        q->last_uid = uid;
        q->had_turn = true;
    }
}

void waiting_sweep(struct waiting *q, uint64_t now_ms)
{
    bool is_early = q->swept_ms != 0 && now_ms < q->swept_ms + WAITING_SWEEP_MS;
    if (is_early || q->is_walked)
        return;
    q->swept_ms = now_ms;
    struct waiter *next;
    for (struct waiter *w = q->head.next; w != &q->head; w = next) {
        next = w->next;
        w->leave_if_gone(w);
    }
}

void waiting_expire(struct waiting *q, uint64_t now_ms, bool all)
{
    struct waiter *next;
    q->is_walked = true;
    for (struct waiter *w = q->head.next; w != &q->head; w = next) {
        next = w->next;
        if (all || w->deadline_ms <= now_ms)
            (void)w->retry(w, true);
    }
    q->is_walked = false;
}

uint64_t waiting_next_deadline(const struct waiting *q)
{
    uint64_t nearest = UINT64_MAX;
    for (const struct waiter *w = q->head.next; w != &q->head; w = w->next) {
        if (w->deadline_ms < nearest)
            nearest = w->deadline_ms;
    }
    return nearest;
}
