/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SERVER_ROUNDS_H
#define ENTROPYD_DAEMON_SERVER_ROUNDS_H

/*
 * Who may work in a loop iteration, and for how long. Once two users are
 * connected, each has ROUNDS_SLICE_NS of processor time an iteration; what he
 * took beyond it is taken from his next ones. Connections whose user has used
 * up his time, or that have used up their own share, go on in the next round:
 * an idle handle resumes them in order, so that the loop looks at everyone else
 * in between. Loop thread.
 */

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

/* A user's time in an iteration: long enough for some thousand small requests,
 * short beside the 20 ms that is the most a user should wait for them. */
#define ROUNDS_SLICE_NS INT64_C(2000000)

/* A user who is alone has no slices, but an iteration ends after this long, so
 * that the loop looks at signals and at new connections. */
#define ROUNDS_ITERATION_MS 10

/* Small runs of work between two looks at the clock, for a user who is alone.
 */
#define ROUNDS_RUNS_A_LOOK 16

/* A connection's part; embedded in it. */
struct round_entry {
    struct list node; /* in its user's ready list */
};

/* A user's part; embedded in struct user. */
struct round_user {
    struct list node;  /* in rounds.users, while `ready` is not empty */
    struct list ready; /* entries that go on in the next round */
    unsigned num_ready;
    uint64_t iteration; /* when `left_ns` was renewed */
    int64_t left_ns;    /* of this iteration's time */
};

struct rounds {
    void (*resume)(struct round_entry *entry); /* goes on with it */
    uv_idle_t idle;    /* active while `users` is not empty */
    struct list users; /* those with connections that are to go on */
    unsigned num_users;
    bool is_shared;     /* there is more than one user: time is measured */
    uint64_t iteration; /* counts them */
    uint64_t loop_ms;   /* uv_now() of the present one */
    uint64_t late_ms;   /* uv_now() of one that lasted too long */
    unsigned num_runs;  /* since the last look at the clock */
    bool is_heavy;      /* the last work was more than a few requests */
    uint64_t began_ns;  /* when the present work began; 0: not measured yet */
};

/* Cannot fail. */
void rounds_init(struct rounds *r, uv_loop_t *loop,
                 void (*resume)(struct round_entry *entry));

/* Is there more than one user to share the time? */
void rounds_share(struct rounds *r, bool is_shared);

void round_user_init(struct round_user *u);

/* Is entry waiting for its round? */
static inline bool rounds_has(const struct round_entry *entry)
{
    return !list_is_empty(&entry->node);
}

/* entry, of user u, goes on in the next round; adding it twice is the same as
 * once. */
void rounds_add(struct rounds *r, struct round_user *u,
                struct round_entry *entry);

/* Takes it out; one that is not waiting is allowed. */
void rounds_remove(struct rounds *r, struct round_user *u,
                   struct round_entry *entry);

/* Has u time left in this iteration? */
bool rounds_may_run(struct rounds *r, struct round_user *u);

/* Work for u begins, and has ended. (Where rounds resume a connection they do
 * it by themselves.) */
void rounds_begin(struct rounds *r);
void rounds_end(struct rounds *r, struct round_user *u);

/* n bytes of input were handled: more than a few requests? */
static inline void rounds_note_input(struct rounds *r, size_t n)
{
    r->is_heavy = r->is_heavy || n >= 1024;
}

/* Has the work that began used up u's time of this iteration? To be asked
 * between requests that may take long, also for a user who is alone; costs a
 * look at the clock. */
bool rounds_is_over(struct rounds *r, const struct round_user *u);

/* Closes the handle; nothing is waiting any more. */
void rounds_close(struct rounds *r);

#endif
