/* SPDX-License-Identifier: MIT */
/* The loop's part, by hand. */

#include "tests/daemon/workers/worker_rig.h"

#include "base/monotonic.h"
#include "tests/fakes/faults/noise.h"
#include "tests/support/patience.h"
#include "tests/support/tunables.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LOOK_NS  500000
#define TAKE_MAX 1024

static void count_wakeup(void *context)
{
    struct rig *r = context;
    (void)atomic_fetch_add_explicit(&r->wakeups, 1, memory_order_relaxed);
}

void rig_init(struct rig *r, const char *fault)
{
    memset(r, 0, sizeof(*r));
    r->collector = fault_find(fault);
    ck_assert_uint_le(collector_tunable_count(r->collector), RIG_TUNABLES);
    tunable_defaults(r->collector, r->tunables);
    r->options = (struct worker_options){.stall_ms = 100,
                                         .duty_percent = 100,
                                         .retry_min_ms = 5,
                                         .retry_max_ms = 40};
    atomic_init(&r->wakeup.is_credit_wanted, false);
    atomic_init(&r->wakeup.is_seeded, false);
    r->wakeup.send = count_wakeup;
    r->wakeup.context = r;
}

void rig_tune(struct rig *r, const char *name, int64_t value)
{
    fault_tune(r->collector, r->tunables, name, value);
}

void rig_start(struct rig *r, size_t ring_samples)
{
    bool is_locked = true;
    r->options.tunables = r->tunables;
    ck_assert_int_eq(source_init(&r->source, r->collector,
                                 r->collector->info->claim_millibits,
                                 ring_samples, SOURCE_STARTING, NULL,
                                 &is_locked),
                     0);
    ck_assert_int_eq(
        worker_start(&r->worker, &r->source, &r->options, &r->wakeup), 0);
}

static void take(struct rig *r)
{
    uint64_t ticks[TAKE_MAX];
    for (size_t n; (n = source_take(&r->source, ticks, TAKE_MAX)) > 0;) {
        r->taken += n;
        for (size_t i = 0; i < n; i++)
            r->stuck += ticks[i] == NOISE_STUCK;
        if (n < TAKE_MAX)
            return;
    }
}

void rig_look(struct rig *r)
{
    struct source_move move;
    uint64_t lost;
    while (source_next_move(&r->source, &move, &lost)) {
        /* Of a source that fails again and again, while the test was late. */
        r->remark_count += lost;
        if (move.from == move.to) {
            if (r->remark_count < RIG_MOVES)
                r->remarks[r->remark_count] = move;
            r->remark_count++;
            continue;
        }
        ck_assert_uint_lt(r->move_count, RIG_MOVES);
        r->moves[r->move_count++] = move;
    }
    if (r->takes)
        take(r);
}

static void rest(void)
{
    const struct timespec time = {.tv_nsec = LOOK_NS};
    (void)nanosleep(&time, NULL);
}

/* Looks until `is_so` or the end of patience. */
static void await(struct rig *r, bool (*is_so)(struct rig *r, uint64_t n),
                  uint64_t n, const char *what)
{
    uint64_t until = monotonic_now_ms() + PATIENCE_MS;
    rig_look(r);
    while (!is_so(r, n)) {
        ck_assert_msg(monotonic_now_ms() < until,
                      "waited in vain: %s %llu; state %s, %zu moves, reason %s",
                      what, (unsigned long long)n,
                      source_state_name(source_state(&r->source)),
                      r->move_count, r->source.reason);
        rest();
        rig_look(r);
    }
}

static bool is_in_state(struct rig *r, uint64_t state)
{
    /* The last move that was heard, not the state: the test goes by moves. */
    return r->move_count > 0 && r->moves[r->move_count - 1].to == state;
}

void rig_await_state(struct rig *r, enum source_state state)
{
    await(r, is_in_state, state, source_state_name(state));
}

static bool has_moved(struct rig *r, uint64_t n)
{
    return r->move_count >= n;
}

void rig_await_moves(struct rig *r, size_t n)
{
    await(r, has_moved, n, "moves");
}

static bool is_parked(struct rig *r, uint64_t n)
{
    (void)n;
    return atomic_load_explicit(&r->source.is_parked, memory_order_relaxed);
}

void rig_await_parked(struct rig *r)
{
    await(r, is_parked, 0, "parked");
}

static bool has_tested(struct rig *r, uint64_t n)
{
    return atomic_load_explicit(&r->source.selftests_done,
                                memory_order_relaxed) >= n;
}

void rig_await_selftests(struct rig *r, uint64_t n)
{
    await(r, has_tested, n, "selftests");
}

static bool has_taken(struct rig *r, uint64_t n)
{
    return r->taken >= n;
}

void rig_await_taken(struct rig *r, uint64_t n)
{
    await(r, has_taken, n, "samples taken");
}

static bool has_remarked(struct rig *r, uint64_t n)
{
    return r->remark_count >= n;
}

void rig_await_remarks(struct rig *r, size_t n)
{
    await(r, has_remarked, n, "remarks");
}

void rig_go_on(struct rig *r, unsigned ms)
{
    uint64_t until = monotonic_now_ms() + ms;
    while (monotonic_now_ms() < until) {
        rig_look(r);
        rest();
    }
}

void rig_assert_move(const struct rig *r, size_t i, enum source_state to,
                     const char *reason)
{
    ck_assert_uint_lt(i, r->move_count);
    ck_assert_str_eq(source_state_name(r->moves[i].to), source_state_name(to));
    ck_assert_msg(strncmp(r->moves[i].reason, reason, strlen(reason)) == 0,
                  "%s: move %zu is for \"%s\", not \"%s\"", r->collector->name,
                  i, r->moves[i].reason, reason);
}

uint64_t rig_alarms(const struct rig *r, enum alarm_test test,
                    enum alarm_level level)
{
    return atomic_load_explicit(&r->source.alarms[test].raised[level],
                                memory_order_relaxed);
}

uint64_t rig_other_alarms(const struct rig *r, enum alarm_test test)
{
    uint64_t count = 0;
    for (int i = 0; i < ALARM_TEST_COUNT; i++) {
        if (i != (int)test)
            count += rig_alarms(r, (enum alarm_test)i, ALARM_INTERMITTENT) +
                     rig_alarms(r, (enum alarm_test)i, ALARM_PERMANENT);
    }
    return count;
}

uint64_t rig_cpu_ms(void)
{
    struct timespec used;
    ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used), 0);
    return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

uint64_t rig_stop(struct rig *r)
{
    uint64_t before = monotonic_now_ms();
    worker_stop(r->worker);
    worker_join(r->worker);
    uint64_t took = monotonic_now_ms() - before;
    const struct fault_history *h = fault_history(r->collector);
    ck_assert_uint_eq(atomic_load(&h->opens), atomic_load(&h->closes));
    source_fini(&r->source);
    return took;
}
