/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_DAEMON_WORKERS_WORKER_RIG_H
#define ENTROPYD_TESTS_DAEMON_WORKERS_WORKER_RIG_H

/*
 * One source with its worker, and a test in the place of the loop: it takes
 * samples, hears moves and counts wake-ups. Every wait here ends the
 * test as failed after 20 seconds.
 */

#include "daemon/workers/worker.h"
#include "tests/fakes/faults/faults.h"

/* Room for tunables of any fault source. */
#define RIG_TUNABLES 16

/* Room for moves, in one test. */
#define RIG_MOVES 64

struct rig {
    const struct collector *collector;
    struct tunable_value tunables[RIG_TUNABLES];
    struct worker_options options;
    struct worker_wakeup wakeup;
    atomic_uint wakeups;
    struct source source;
    struct worker *worker;
    bool takes;     /* rig_look() takes what is in the ring */
    uint64_t taken; /* samples so far */
    uint64_t stuck; /* of these, equal to NOISE_STUCK */
    struct source_move moves[RIG_MOVES]; /* all so far, but for remarks */
    size_t move_count;
    size_t remark_count;                   /* moves of a state to itself */
    struct source_move remarks[RIG_MOVES]; /* the first of them */
};

/* Prepares: a stall after 100 ms, pauses of 5 to 40 ms, full duty, not seeded,
 * not taking. */
void rig_init(struct rig *r, const char *fault);

/* Sets a tunable of the collector. */
void rig_tune(struct rig *r, const char *name, int64_t value);

/* Makes the source with a ring of ring_samples and starts its worker. */
void rig_start(struct rig *r, size_t ring_samples);

/* What the loop does when it is woken: hears moves; takes, if r->takes. */
void rig_look(struct rig *r);

/* Looks until the condition holds: in state `state`; `n` moves heard; parked;
 * `n` selftests ended; `n` samples taken; `n` remarks heard. */
void rig_await_state(struct rig *r, enum source_state state);
void rig_await_moves(struct rig *r, size_t n);
void rig_await_parked(struct rig *r);
void rig_await_selftests(struct rig *r, uint64_t n);
void rig_await_taken(struct rig *r, uint64_t n);
void rig_await_remarks(struct rig *r, size_t n);

/* Looks for so long. */
void rig_go_on(struct rig *r, unsigned ms);

/* Asserts that move i was to `to` with a reason that begins with `reason`. */
void rig_assert_move(const struct rig *r, size_t i, enum source_state to,
                     const char *reason);

/* How often a test raised an alarm; of all tests but one. */
uint64_t rig_alarms(const struct rig *r, enum alarm_test test,
                    enum alarm_level level);
uint64_t rig_other_alarms(const struct rig *r, enum alarm_test test);

/* Processor time of this process, in milliseconds. */
uint64_t rig_cpu_ms(void);

/* Stops, joins, frees; returns how many milliseconds stopping took. */
uint64_t rig_stop(struct rig *r);

#endif
