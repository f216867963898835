/* SPDX-License-Identifier: MIT */
/*
 * A retry may answer its own requests, close its own connection, and so take
 * its own waiter out of the queue, but never another's: list_for_each() is
 * safe. A sweep takes others out, and does not begin while the queue is being
 * walked.
 */

#include "daemon/server/wait_queue.h"

#include "base/monotonic.h"
#include "base/wipe.h"
#include "daemon/host/log.h"

#include <inttypes.h>
#include <stdlib.h>

/* A queue that is full again sooner than this after the log said so is not
 * logged, so that one which comes and goes fills no log. */
#define LOG_AGAIN_MS 60000

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
    buffer_append(out, "]", 1);
}

/* the queue */

static struct waiter *waiter_of(struct list *node)
{
    return container_of(node, struct waiter, node);
}

void wait_queue_init(struct wait_queue *q)
{
    *q = (struct wait_queue){0};
    list_init(&q->waiters);
    list_init(&q->users);
    list_init(&q->recent);
    q->resume_ms = UINT64_MAX;
}

/* refusals */

/* The newest request of the user with the most; NULL: the queue is empty. */
static struct waiter *newest_of_largest(const struct wait_queue *q)
{
    struct waiter *newest = NULL;
    struct list *node;
    struct list *following;
    list_for_each(node, following, &q->waiters)
    {
        struct waiter *w = waiter_of(node);
        if (newest == NULL || w->user == newest->user ||
            w->user->num_waiting > newest->user->num_waiting)
            newest = w;
    }
    return newest;
}

static void log_full(struct wait_queue *q, uint64_t now_ms)
{
    struct wait_queue_refusals *r = &q->refusals;
    const struct waiter *newest = newest_of_largest(q);
    r->uid = newest != NULL && newest->user->is_known
                 ? (int64_t)newest->user->uid
                 : -1;
    r->is_logged = true;
    r->logged_ms = now_ms;
    log_event(LOG_LEVEL_WARNING, "wait-queue-full",
              "max_waiting=%zu refused=%" PRIu64 " largest_uid=%" PRId64
              " largest_waiting=%u",
              r->max, r->count, r->uid,
              newest != NULL ? newest->user->num_waiting : 0);
    r->count = 0;
}

static void note_refusal(struct wait_queue *q, size_t max, uint64_t now_ms)
{
    struct wait_queue_refusals *r = &q->refusals;
    r->count++;
    r->max = max; /* a reload may have changed it */
    if (r->since_ms == 0)
        r->since_ms = now_ms;
    if (!r->is_logged &&
        (r->logged_ms == 0 || now_ms - r->logged_ms >= LOG_AGAIN_MS))
        log_full(q, now_ms);
}

/* A request has left the queue. */
static void note_place(struct wait_queue *q)
{
    struct wait_queue_refusals *r = &q->refusals;
    if (r->since_ms == 0 || q->count * 2 >= r->max)
        return;
    if (r->is_logged) {
        log_event(LOG_LEVEL_INFO, "wait-queue-free",
                  "refused=%" PRIu64 " after_ms=%" PRIu64
                  " largest_uid=%" PRId64,
                  r->count, monotonic_now_ms() - r->since_ms, r->uid);
        r->count = 0;
    }
    r->since_ms = 0;
    r->is_logged = false;
}

/* turns */

/* His virtual time as he begins to wait, or asks. Who did neither until now has
 * saved nothing up by that. */
static uint64_t start_of(const struct wait_queue *q, const struct user *user)
{
    bool is_known =
        !list_is_empty(&user->wait_node); /* waits, or did just now */
    return is_known || user->blocks_served > q->blocks_served
               ? user->blocks_served
               : q->blocks_served;
}

/* Forgets users who were served too long ago. */
static void forget_recent(struct wait_queue *q, uint64_t now_ms)
{
    struct list *node;
    struct list *following;
    list_for_each(node, following, &q->recent)
    {
        const struct user *user = container_of(node, struct user, wait_node);
        if (user->served_ms + WAIT_QUEUE_RECENT_MS <= now_ms)
            list_remove(node);
    }
}

static void serve(struct wait_queue *q, struct user *user, size_t blocks,
                  uint64_t now_ms)
{
    q->blocks_served = user->blocks_served;
    user->blocks_served += blocks;
    user->served_ms = now_ms;
    if (list_is_empty(&user->wait_node))
        list_append(&q->recent, &user->wait_node);
}

/* A user for whom others were made to wait is back. There may be credit for
 * them, of which no worker tells again. */
static void resume_soon(struct wait_queue *q)
{
    if (q->resume_ms != UINT64_MAX)
        q->resume_ms = 0;
}

void wait_queue_charge(struct wait_queue *q, struct user *user, size_t blocks,
                       uint64_t now_ms)
{
    forget_recent(q, now_ms);
    user->blocks_served = start_of(q, user);
    serve(q, user, blocks, now_ms);
    resume_soon(q);
}

void wait_queue_add(struct wait_queue *q, struct waiter *w)
{
    struct user *user = w->user;
    list_append(&q->waiters, &w->node);
    q->count++;
    user->num_waiting++;
    if (!w->needs_credit)
        return;
    q->credit_count++;
    if (list_is_empty(&user->waiting)) {
        user->blocks_served = start_of(q, user);
        list_remove(&user->wait_node); /* of the recent ones */
        list_append(&q->users, &user->wait_node);
    }
    list_append(&user->waiting, &w->user_node);
    resume_soon(q);
}

void wait_queue_remove(struct wait_queue *q, struct waiter *w)
{
    if (list_is_empty(&w->node))
        return;
    list_remove(&w->node);
    q->count--;
    w->user->num_waiting--;
    note_place(q);
    if (!w->needs_credit)
        return;
    q->credit_count--;
    list_remove(&w->user_node);
    if (!list_is_empty(&w->user->waiting))
        return;
    list_remove(&w->user->wait_node);
    if (w->user->served_ms != 0)
        list_append(&q->recent, &w->user->wait_node);
}

bool wait_queue_has_others(const struct wait_queue *q, const struct waiter *w)
{
    bool is_counted = !list_is_empty(&w->node) && w->needs_credit;
    return q->credit_count > is_counted;
}

bool wait_queue_is_shared(const struct wait_queue *q)
{
    return !list_is_empty(&q->recent) ||
           (!list_is_empty(&q->users) && q->users.next != q->users.prev);
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

size_t wait_queue_allowance(const struct wait_queue *q, const struct user *user)
{
    const struct user *next = next_in_turn(q);
    if (next == NULL)
        return SIZE_MAX;
    return list_is_empty(&user->waiting) &&
           start_of(q, user) < next->blocks_served;
}

/* Of the recent users, the fewest blocks that one was served, and until when he
 * counts. */
static uint64_t fewest_of_recent(const struct wait_queue *q, uint64_t *until_ms)
{
    uint64_t fewest = UINT64_MAX;
    struct list *node;
    struct list *following;
    list_for_each(node, following, &q->recent)
    {
        const struct user *user = container_of(node, struct user, wait_node);
        if (user->blocks_served >= fewest)
            continue;
        fewest = user->blocks_served;
        *until_ms = user->served_ms + WAIT_QUEUE_RECENT_MS;
    }
    return fewest;
}

/* Is user so far ahead of one who is about to ask again that he must wait? */
static bool must_wait_for_recent(struct wait_queue *q, const struct user *user)
{
    uint64_t until_ms = UINT64_MAX;
    uint64_t fewest = fewest_of_recent(q, &until_ms);
    if (fewest == UINT64_MAX || user->blocks_served <= fewest + WAIT_QUEUE_LEAD)
        return false;
    q->resume_ms = until_ms;
    return true;
}

void wait_queue_run(struct wait_queue *q, uint64_t now_ms)
{
    q->resume_ms = UINT64_MAX;
    forget_recent(q, now_ms);
    struct list *node;
    struct list *following;
    q->is_walked = true;
    list_for_each(node, following, &q->waiters)
    {
        struct waiter *w = waiter_of(node);
        if (!w->needs_credit)
            (void)w->retry(w, false);
    }
    q->is_walked = false;
    for (struct user *user; (user = next_in_turn(q)) != NULL;) {
        struct waiter *w =
            container_of(list_first(&user->waiting), struct waiter, user_node);
        if (must_wait_for_recent(q, user))
            return;
        size_t cost = w->retry(w, false);
        if (cost == 0)
            return;
        serve(q, user, cost, now_ms);
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
    list_for_each(node, following, &q->waiters)
    {
        struct waiter *w = waiter_of(node);
        w->leave_if_gone(w);
    }
}

/* Lets the newest request of the user with the most give up its place. */
static bool make_place(struct wait_queue *q, const struct user *user)
{
    if (q->is_walked)
        return false;
    struct waiter *victim = newest_of_largest(q);
    if (victim == NULL || victim->user->num_waiting < user->num_waiting + 2)
        return false;
    victim->give_up(victim);
    return true;
}

bool wait_queue_find_place(struct wait_queue *q, size_t max,
                           const struct user *user, uint64_t now_ms)
{
    if (q->count >= max)
        wait_queue_sweep(q, now_ms);
    if (q->count < max)
        return true;
    note_refusal(q, max, now_ms); /* of this request, or of another's */
    return make_place(q, user);
}

void wait_queue_expire(struct wait_queue *q, uint64_t now_ms, bool all)
{
    struct list *node;
    struct list *following;
    q->is_walked = true;
    list_for_each(node, following, &q->waiters)
    {
        struct waiter *w = waiter_of(node);
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
    list_for_each(node, following, &q->waiters)
    {
        const struct waiter *w = waiter_of(node);
        if (w->deadline_ms < nearest)
            nearest = w->deadline_ms;
    }
    return nearest;
}
