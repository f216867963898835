/* SPDX-License-Identifier: MIT */
/*
 * An iteration begins with the idle handle where connections are ready to go
 * on, else with a new uv_now(). A user who still owes time for what he took
 * before waits; as an idle handle is active meanwhile, the loop does not sleep,
 * and where no other user has work his wait is over within microseconds.
 */

#include "daemon/server/rounds.h"

static void on_idle(uv_idle_t *idle);

static void begin_iteration(struct rounds *r)
{
    r->iteration++;
    r->loop_ms = uv_now(r->idle.loop);
}

static void renew(struct rounds *r, struct round_user *u)
{
    if (u->iteration == r->iteration)
        return;
    u->iteration = r->iteration;
    u->left_ns += ROUNDS_SLICE_NS;
    if (u->left_ns > ROUNDS_SLICE_NS)
        u->left_ns = ROUNDS_SLICE_NS;
}

/* Resumes each connection of u that was ready when the round began, as long as
 * u has time. The others keep their order for the next round. */
static void run_user(struct rounds *r, struct round_user *u)
{
    struct list *node;
    for (unsigned left = u->num_ready; left > 0 && rounds_may_run(r, u) &&
                                       (node = list_first(&u->ready)) != NULL;
         left--) {
        struct round_entry *entry =
            container_of(node, struct round_entry, node);
        list_remove(node);
        u->num_ready--;
        rounds_begin(r);
        r->resume(entry);
        rounds_end(r, u);
    }
}

static void add_user(struct rounds *r, struct round_user *u)
{
    if (!list_is_empty(&u->node))
        return;
    list_append(&r->users, &u->node);
    r->num_users++;
}

static void remove_user(struct rounds *r, struct round_user *u)
{
    if (list_is_empty(&u->node))
        return;
    list_remove(&u->node);
    r->num_users--;
}

static void on_idle(uv_idle_t *idle)
{
    struct rounds *r = container_of(idle, struct rounds, idle);
    struct list *node;
    begin_iteration(r);
    for (unsigned left = r->num_users;
         left > 0 && (node = list_first(&r->users)) != NULL; left--) {
        struct round_user *u = container_of(node, struct round_user, node);
        remove_user(r, u);
        run_user(r, u);
        if (u->num_ready > 0)
            add_user(r, u);
    }
    if (r->num_users == 0)
        uv_idle_stop(&r->idle);
}

void rounds_init(struct rounds *r, uv_loop_t *loop,
                 void (*resume)(struct round_entry *entry))
{
    r->resume = resume;
    list_init(&r->users);
    uv_idle_init(loop, &r->idle);
}

void rounds_share(struct rounds *r, bool is_shared)
{
    r->is_shared = is_shared;
}

void round_user_init(struct round_user *u)
{
    *u = (struct round_user){.left_ns = ROUNDS_SLICE_NS};
    list_init(&u->ready);
}

void rounds_add(struct rounds *r, struct round_user *u,
                struct round_entry *entry)
{
    if (rounds_has(entry))
        return;
    list_append(&u->ready, &entry->node);
    u->num_ready++;
    add_user(r, u);
    uv_idle_start(&r->idle, on_idle);
}

void rounds_remove(struct rounds *r, struct round_user *u,
                   struct round_entry *entry)
{
    if (!rounds_has(entry))
        return;
    list_remove(&entry->node);
    if (--u->num_ready == 0)
        remove_user(r, u);
}

/* For a user who is alone the clock is read seldom. uv_now() is the time at
 * which the loop began to call back. */
static bool is_late(struct rounds *r)
{
    uint64_t loop_ms = uv_now(r->idle.loop);
    if (loop_ms == r->late_ms)
        return true;
    if (++r->num_runs < ROUNDS_RUNS_A_LOOK && !r->is_heavy)
        return false;
    r->num_runs = 0;
    r->is_heavy = false;
    if (uv_hrtime() / 1000000 <= loop_ms + ROUNDS_ITERATION_MS)
        return false;
    r->late_ms = loop_ms;
    return true;
}

bool rounds_may_run(struct rounds *r, struct round_user *u)
{
    if (!r->is_shared)
        return !is_late(r);
    if (r->num_users == 0 && uv_now(r->idle.loop) != r->loop_ms)
        begin_iteration(r);
    renew(r, u);
    return u->left_ns > 0;
}

void rounds_begin(struct rounds *r)
{
    r->began_ns = r->is_shared ? uv_hrtime() : 0;
}

void rounds_end(struct rounds *r, struct round_user *u)
{
    if (r->is_shared && r->began_ns != 0)
        u->left_ns -= (int64_t)(uv_hrtime() - r->began_ns);
    r->began_ns = 0;
}

bool rounds_is_over(struct rounds *r, const struct round_user *u)
{
    uint64_t now_ns = uv_hrtime();
    if (r->began_ns == 0)
        r->began_ns = now_ns;
    int64_t left_ns = r->is_shared ? u->left_ns : ROUNDS_SLICE_NS;
    return (int64_t)(now_ns - r->began_ns) > left_ns;
}

void rounds_close(struct rounds *r)
{
    uv_close((uv_handle_t *)&r->idle, NULL);
}
