/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SOURCE_SOURCE_H
#define ENTROPYD_DAEMON_SOURCE_SOURCE_H

/*
 * A source: a collector's name and claim, its state, its ring of judged
 * samples, and everything that status tells of it. It is shared by two
 * threads. The worker (daemon/worker) collects, judges and publishes into the
 * ring; the loop thread takes samples out, credits them and reports. Each
 * function below says whose it is.
 */

#include "collectors/collector.h"
#include "daemon/source/states.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

/* Most sources that one daemon holds: one of each collector. */
#define SOURCE_MAX COLLECTOR_MAX

/* Most counters that a collector may name. */
#define SOURCE_COUNTER_MAX 32

/* Bytes of a source's reason, its terminator included: what status and the log
 * show of it. A longer one is cut. */
#define SOURCE_REASON_MAX 256

/* State moves that wait for the loop; further ones are counted, not kept. */
#define SOURCE_MOVE_MAX 16

/* A change of state, as the loop learns of it. */
struct source_move {
    enum source_state from, to;     /* the same: source_remark() */
    uint64_t at_ms;                 /* monotonic_now_ms() when it happened */
    char reason[SOURCE_REASON_MAX]; /* "" where there is none */
};

/* What a worker may be asked for; a set of bits, taken all at once. */
enum source_command {
    SOURCE_STOP = 1u << 0,     /* end the thread */
    SOURCE_SELFTEST = 1u << 1, /* run the start-up test again */
};

/* One test's alarms so far. */
struct alarm_count {
    atomic_uint_least64_t raised[ALARM_LEVEL_COUNT];
    atomic_uint_least64_t
        last_ms; /* monotonic_now_ms() of the last; 0: never */
};

struct source {
    /* constant after source_init() */
    const struct collector *collector;
    struct ring *ring;        /* NULL where unavailable or disabled */
    size_t low_water;         /* a parked worker resumes at this many samples */
    unsigned claim_millibits; /* credited per sample, 1..1000 */

    /* set before its worker starts */
    unsigned period; /* samples after which the collector's own work repeats;
                      * 0: it has no period */

    /* shared: written by the worker, read by the loop, relaxed: each is a fact
     * of its own and orders nothing, but for estimate and step, by which
     * samples are credited: they are released after the flush before them */
    atomic_int state;               /* the worker's; see source_state() */
    atomic_uint estimate_millibits; /* live estimate; 0: none yet */
    atomic_bool is_below_claim;     /* the estimate is, see the judge */
    atomic_bool is_parked;          /* ring full, worker asleep */
    atomic_bool is_starved;         /* by the loop, source_watch() */
    /* monotonic_now_ms() up to which the worker need give nothing */
    atomic_uint_least64_t idle_until_ms;
    atomic_uint_least64_t since_ms;        /* of the last move */
    atomic_uint_least64_t last_sample_ms;  /* monotonic_now_ms(); 0: never */
    atomic_uint_least64_t samples_total;   /* handed to the judge, since the
                                            * start, warm-up included */
    atomic_uint_least64_t discarded_total; /* of these: never published, or
                                            * flushed; both threads add */
    atomic_uint_least64_t rate_millihertz; /* samples a second while it last
                                            * collected, in thousandths */
    /* what a symbol is divided by, in 1/65536 ticks, at least SOURCE_STEP_ONE;
     * and the clock's step, the same once it is known, 0 before */
    atomic_uint_least64_t step_q16;
    atomic_uint_least64_t granularity_q16;
    struct alarm_count alarms[ALARM_TEST_COUNT];
    atomic_uint_least64_t counters[SOURCE_COUNTER_MAX];
    atomic_uint_least64_t starts;         /* start-up tests passed */
    atomic_uint_least64_t selftests_done; /* selftests that came to an end */

    /* shared, under park_lock */
    pthread_mutex_t park_lock;
    pthread_cond_t park_wake; /* the worker waits here, always */
    unsigned commands;        /* enum source_command, pending */
    unsigned move_count;
    struct source_move moves[SOURCE_MOVE_MAX];
    uint64_t moves_lost;            /* did not fit; see source_next_move */
    char reason[SOURCE_REASON_MAX]; /* why it is in this state */
    enum source_state told;         /* the last move's `to` */

    /* loop */
    uint64_t watched_total; /* samples_total when last watched */
    uint64_t unseen_ms;     /* watched since then */
};

/*
 * Makes a source in state `state`: SOURCE_STARTING with a ring of
 * ring_samples (a power of two, 2^10..2^24), or SOURCE_UNAVAILABLE or
 * SOURCE_DISABLED without one, with `reason` as text (copied; may be NULL).
 * collector is borrowed for life; claim_millibits is 1..1000. 0, -ENOMEM,
 * or -EINVAL. *memory_locked becomes false where the ring could not be locked
 * into memory, and is left alone otherwise.
 */
int source_init(struct source *s, const struct collector *collector,
                unsigned claim_millibits, size_t ring_samples,
                enum source_state state, const char *reason,
                bool *memory_locked);

/* Wipes and frees what source_init() made; no worker runs any more. A zeroed
 * source is allowed. */
void source_fini(struct source *s);

/* The state that counts: SOURCE_STALLED while source_watch() sees no samples,
 * else the one that the worker gave it. */
static inline enum source_state source_state(const struct source *s)
{
    if (atomic_load_explicit(&s->is_starved, memory_order_relaxed))
        return SOURCE_STALLED;
    return (enum source_state)atomic_load_explicit(&s->state,
                                                   memory_order_relaxed);
}

/* Does the live estimate speak against the claim? */
static inline bool source_is_below_claim(const struct source *s)
{
    return atomic_load_explicit(&s->is_below_claim, memory_order_relaxed);
}

/* The worker's side. */

/* Moves to `to` with a reason ("" or NULL: none), notes the move for the loop.
 * An illegal move is a bug and asserts. */
void source_move(struct source *s, enum source_state to, const char *reason);

/* Something happened that leaves the state as it is, a further alarm of a
 * suspect source, say: gives the state a new reason and notes it for the loop
 * as a move from the state to itself. */
void source_remark(struct source *s, const char *reason);

/* The worker need not give samples for so long: it opens its collector, or
 * naps. 0: it need, from now on. */
void source_idle(struct source *s, uint64_t ms);

/* Counts an alarm and its time. */
void source_alarm(struct source *s, enum alarm_test test,
                  enum alarm_level level);

/* The pending commands (bits of enum source_command), which are pending no
 * more; 0: none. Takes park_lock, which the caller must not hold. */
unsigned source_take_commands(struct source *s);

/* Free places in the ring; 0 without one. Flushed samples keep theirs until
 * the loop has swept them (source_sweep()). A worker asks judge_room(), which
 * also counts what the judge holds back. */
size_t source_space(const struct source *s);

/* Is the ring down to the low-water mark? What a parked worker waits for. */
bool source_is_low(const struct source *s);

/* source_wait() without a limit. */
#define SOURCE_WAIT_FOREVER UINT64_MAX

/*
 * Sleeps until a command is pending, or for timeout_ms of running time. Takes
 * park_lock, which the caller must not hold. 0 with a command (also one that
 * was pending before), or -ETIMEDOUT.
 */
int source_wait(struct source *s, uint64_t timeout_ms);

/* Sleeps until source_is_low() or a command is pending, without limit, and
 * shows is_parked meanwhile. Takes park_lock, which the caller must not hold.
 * The loop takes it too whenever the ring is low, so no wake-up is lost. */
void source_park(struct source *s);

/* The judge's side, in the worker's thread. */

/* Publishes n samples, oldest first; returns how many fitted. The rest is lost
 * and counted as discarded. */
size_t source_publish(struct source *s, const uint64_t *ticks, size_t n);

/* Makes everything published so far worthless: the loop wipes it, unused, when
 * it next looks. */
void source_flush(struct source *s);

/* Counts n samples that the judge dropped before they were published. */
void source_discard(struct source *s, size_t n);

/* The loop's side. */

/* Asks the worker for `command` (bits of enum source_command) and wakes it. */
void source_command(struct source *s, unsigned command);

/* The oldest move that the loop has not seen. False: none, and *move is left
 * alone. *lost is how many were dropped since the last call because the queue
 * was full (they came after every move that is in it). */
bool source_next_move(struct source *s, struct source_move *move,
                      uint64_t *lost);

/* Does the ring hold no more than its low-water mark, so that samples should
 * come? */
bool source_needs_samples(const struct source *s);

/*
 * Do samples come? A worker that gets no processor time cannot see that itself.
 * elapsed_ms has passed since the last call, and the loop ran meanwhile; a
 * source that should give samples and has given none for limit_ms of such time
 * is starved: its state is SOURCE_STALLED until the next sample, and the moves
 * tell so. True while it is to be watched.
 */
bool source_watch(struct source *s, uint64_t elapsed_ms, uint64_t limit_ms);

/* Copies the reason of the present state ("" where there is none). */
void source_reason(struct source *s, char *reason, size_t size);

/* Credit of one sample now, in thousandths of a bit: the claim, or the live
 * estimate where that is lower. */
unsigned source_credit_millibits(const struct source *s);

/* Samples that wait in the ring, flushed ones not counted; 0 without a ring. */
size_t source_available(const struct source *s);

/*
 * Takes up to n samples out of the ring, oldest first, wiping them there, and
 * returns how many of them may be used: those that a flush did not overtake
 * while they were copied. Wakes a parked worker when the ring falls to the
 * low-water mark. What is taken is never handed out again.
 */
size_t source_take(struct source *s, uint64_t *ticks, size_t n);

/*
 * Wipes what was flushed and frees its places, which may wake the worker.
 * source_next_move() and source_take() do so too: a flush comes with a move of
 * the state, and on that the loop looks.
 */
void source_sweep(struct source *s);

/*
 * A number that changes when a flush makes published samples worthless. Who
 * takes samples in several portions compares it from before the first with
 * after the last: only where it is the same may they be credited.
 */
uint64_t source_flush_mark(const struct source *s);

/* A step of one tick. */
#define SOURCE_STEP_ONE (UINT64_C(1) << 16)

/* The symbol that is tested, estimated and credited: the nearest whole number
 * of steps, modulo 256. step_q16 is in 1/65536 ticks, at least
 * SOURCE_STEP_ONE. Durations are below 2^47 ticks. */
static inline uint8_t source_symbol(uint64_t ticks, uint64_t step_q16)
{
    return (uint8_t)((ticks * SOURCE_STEP_ONE + step_q16 / 2) / step_q16);
}

/* The daemon's health in one word; the only place where it is decided. */
enum health_word {
    HEALTH_STARTING, /* never seeded yet, but a source may still come to it */
    HEALTH_OK,       /* every enabled and available source is healthy, and no
                      * estimate below its claim */
    HEALTH_DEGRADED, /* not so, but some are healthy; or the last reseed found
                      * no credit */
    HEALTH_FAILED,   /* none is; before the first seed: all have failed */
};

/* unavailable and disabled sources never count; with no other the word is
 * HEALTH_FAILED. */
enum health_word health_of(const struct source *sources, size_t count,
                           bool is_seeded, bool last_reseed_credited);

/* Can credit still come without an operator: is a source healthy, or on its
 * way there? */
bool health_may_recover(const struct source *sources, size_t count);

/* "starting", "ok", "degraded", "failed". */
const char *health_word_name(enum health_word word);

#endif
