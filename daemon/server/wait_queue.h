/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SERVER_WAIT_QUEUE_H
#define ENTROPYD_DAEMON_SERVER_WAIT_QUEUE_H

/*
 * Requests that wait for credit. Conditioned blocks are shared among users by
 * start-time fair queueing: the user who was served the fewest gets the next
 * one, whether his request needs one block or 128. A user who was served just
 * now counts as waiting, because he is about to ask again: others may be ahead
 * of him by WAIT_QUEUE_LEAD only. The places in the queue are shared, too. No
 * stream and no timer here; the server keeps the time. Loop thread.
 */

#include "base/list.h"
#include "daemon/server/dispatch.h"
#include "daemon/server/users.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A request that waits, whatever its protocol. Its connection owns it. */
struct waiter {
    /* filled in by its owner */
    struct user *user;
    uint64_t deadline_ms; /* monotonic_now_ms() */
    bool needs_credit;    /* false: an on-demand test or a request to the
                           * generator, which delays no other */
    /* Tries again. What came of it: the conditioned blocks that it took, or 1
     * if it is not in the queue any more without having taken any; 0: it must
     * wait on. is_last_chance: it must not wait any longer. */
    size_t (*retry)(struct waiter *w, bool is_last_chance);
    /* Takes itself out of the queue if its client has left. */
    void (*leave_if_gone)(struct waiter *w);
    /* It has lost its place to another user's: takes itself out of the queue;
     * it is to be refused, but sends nothing now. */
    void (*give_up)(struct waiter *w);
    /* the queue's */
    struct list node;      /* in wait_queue.waiters */
    struct list user_node; /* in user->waiting, if it needs credit */
};

/* A line of JSON that is not answered yet: a request that waits, or a batch
 * whose replies are still being gathered. */
struct waiting_line {
    struct waiter waiter; /* while it is in the queue */
    void *owner;          /* its session */
    bool has_lost_place;  /* the session's: give_up() was called */
    /* what is to be answered */
    struct request_list list;
    size_t index;                      /* of the request that is next */
    struct dispatch_progress progress; /* of that request */
    struct request one;                /* if the list is not a batch */
    struct buffer replies;             /* of a batch, so far */
};

/* Takes over list, or copies its request if it is not a batch. New; NULL
 * without memory, and list is the caller's still. */
struct waiting_line *waiting_line_create(const struct request_list *list);

/* Wipes and frees; NULL is allowed. It must not be in a queue any more. */
void waiting_line_destroy(struct waiting_line *w);

/* The request that is next; NULL when all are answered. */
const struct request *waiting_line_request(const struct waiting_line *w);

/* That request is answered: goes on to the one after it. */
void waiting_line_advance(struct waiting_line *w);

/* Appends the replies of a batch to out, as one array; nothing if all requests
 * were notifications. */
void waiting_line_finish(struct waiting_line *w, struct buffer *out);

/* How far a user may be ahead of one who was served within the last
 * WAIT_QUEUE_RECENT_MS, in blocks: a client that asks for one block after the
 * other is back within a millisecond or two, where its machine is busy within
 * some more. */
#define WAIT_QUEUE_LEAD      1
#define WAIT_QUEUE_RECENT_MS 50

/* Requests that found no place, or gave theirs up to another user's, as far as
 * the log has not told of them. */
struct wait_queue_refusals {
    uint64_t count;
    uint64_t since_ms;  /* of the first since the queue is full; 0: it is not */
    uint64_t logged_ms; /* when the log last said that it is full; 0: never */
    bool is_logged;     /* it said so this time */
    size_t max;         /* places */
    int64_t uid;        /* who had the most of them; -1: not known */
};

struct wait_queue {
    struct list waiters; /* the oldest first */
    struct list users;   /* those with requests that need credit */
    struct list recent;  /* those without, who were served just now */
    uint64_t resume_ms;  /* when those will have been forgotten, 0 where one of
                          * them has asked again; UINT64_MAX: no request waits
                          * for that */
    size_t count;
    size_t credit_count;    /* of those with needs_credit */
    uint64_t blocks_served; /* virtual time: that of the user served last */
    bool is_walked;         /* which one comes next is remembered somewhere */
    uint64_t swept_ms;      /* the last wait_queue_sweep() that looked */
    struct wait_queue_refusals refusals;
};

/* While a request waits, its connection is not read, and the client can leave
 * unnoticed. It is looked for where room runs out, so often at most: a look is
 * a poll() for each request, 0.3 ms for a thousand. */
#define WAIT_QUEUE_SWEEP_MS 100

void wait_queue_init(struct wait_queue *q);

/* Appends w, which its owner keeps until wait_queue_remove(). q->resume_ms may
 * be nearer afterwards. */
void wait_queue_add(struct wait_queue *q, struct waiter *w);

/* Takes w out; one that is not in the queue is allowed. */
void wait_queue_remove(struct wait_queue *q, struct waiter *w);

/* Does any request but w wait for credit? w is in the queue or not. */
bool wait_queue_has_others(const struct wait_queue *q, const struct waiter *w);

/* Is there more than one user to share the credit? */
bool wait_queue_is_shared(const struct wait_queue *q);

/* How many blocks may a request take that is not in the queue, of a user who
 * asks now? */
size_t wait_queue_allowance(const struct wait_queue *q,
                            const struct user *user);

/* It took that many. q->resume_ms may be nearer afterwards. */
void wait_queue_charge(struct wait_queue *q, struct user *user, size_t blocks,
                       uint64_t now_ms);

/* Is there a place for a request of this user's, where at most `max` may wait?
 * In a full queue, clients who have left lose theirs; then the newest request
 * of the user with the most gives up its own, unless this user has his share
 * already. The log says when requests begin to be refused, and when fewer than
 * half of the places are taken again; at most once a minute. */
bool wait_queue_find_place(struct wait_queue *q, size_t max,
                           const struct user *user, uint64_t now_ms);

/* Tries those that need no credit, then the others by turns of their users
 * until one has to wait on. To be called again at q->resume_ms. */
void wait_queue_run(struct wait_queue *q, uint64_t now_ms);

/* Lets go of those whose clients have left, unless that has just been done, or
 * wait_queue_run() or wait_queue_expire() is looking at each request anyway. */
void wait_queue_sweep(struct wait_queue *q, uint64_t now_ms);

/* Gives each request whose deadline has come its last chance, or all of them.
 */
void wait_queue_expire(struct wait_queue *q, uint64_t now_ms, bool all);

/* The nearest deadline, or UINT64_MAX. */
uint64_t wait_queue_next_deadline(const struct wait_queue *q);

#endif
