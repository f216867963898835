#ifndef ENTROPYD_DAEMON_SERVER_WAITING_H
#define ENTROPYD_DAEMON_SERVER_WAITING_H

/*
 * Requests that wait for credit, in turns by user: after one user's request
 * was served, the next user's oldest is tried first, so that nobody's queue
 * stands before everybody else's. No stream and no timer here; the server
 * keeps the time. Loop thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One waiting request; embedded in what its owner allocates. */
struct waiter {
    uid_t uid;
    uint64_t deadline_ms; /* monotonic_now_ms() */
    bool needs_credit;    /* false: a selftest or a generator request, which
                           * stands in nobody's way */
    /* Tries again; true: it is answered (or gone) and off the list already.
     * is_last_chance: it must not wait any longer. */
    bool (*retry)(struct waiter *w, bool is_last_chance);
    /* Takes itself off the list if nobody is there any more to be answered. */
    void (*leave_if_gone)(struct waiter *w);
    /* the list's own */
    struct waiter *next, *previous;
};

struct waiting {
    struct waiter head; /* a ring; oldest first */
    size_t count;
    size_t credit_count; /* of those with needs_credit */
    uid_t last_uid;      /* whose turn was last */
    bool had_turn;
    bool is_walked;    /* who is next on the list is remembered somewhere */
    uint64_t swept_ms; /* the last waiting_sweep() that looked */
};

/* While something waits its connection is not read, so that a client's leaving
 * goes unheard: looked for where room runs out, so often at most. A look is a
 * poll() for each waiter, 0.3 ms for a thousand. */
#define WAITING_SWEEP_MS 100

void waiting_init(struct waiting *q);

/* Appends w, whose owner filled it in and keeps it until waiting_remove(). */
void waiting_add(struct waiting *q, struct waiter *w);

/* Takes w off the list; one that is not on it is allowed. */
void waiting_remove(struct waiting *q, struct waiter *w);

/* Does anybody but w wait for credit? w is on the list or not. */
bool waiting_has_others(const struct waiting *q, const struct waiter *w);

/* Tries those that need no credit, then the others by turns until one says
 * "not yet". */
void waiting_run(struct waiting *q);

/* Lets go of those whose clients have left, unless it has just been done, or
 * waiting_run() or waiting_expire() is looking at each of them anyway. */
void waiting_sweep(struct waiting *q, uint64_t now_ms);

/* Gives every waiter whose deadline has come its last chance, or all of
 * them. */
void waiting_expire(struct waiting *q, uint64_t now_ms, bool all);

/* The nearest deadline, or UINT64_MAX. */
uint64_t waiting_next_deadline(const struct waiting *q);

#endif
