/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HEALTH_JUDGE_H
#define ENTROPYD_DAEMON_HEALTH_JUDGE_H

/*
 * The judge of one source: every raw sample goes through it, and only what it
 * finds clean reaches the ring. It discards the warm-up, runs the start-up
 * test, runs the continuous health tests on the symbols, keeps the live
 * estimate, and holds samples back until the adaptive-proportion window of the
 * last of them has closed clean. It has no thread and no clock: the worker
 * hands it samples and acts on what it says. One thread.
 */

#include "base/reason.h"
#include "daemon/source/source.h"

/* Samples thrown away after every open, resume and restart: the first of them
 * carry the start's own pattern (measured: of 1,000 restarts the columns that
 * repeat lie at indices 1 to 3). */
#define JUDGE_WARM_UP 64

/* Samples within which a third intermittent alarm is a failure. */
#define JUDGE_ALARM_MEMORY (1u << 20)

enum judge_event {
    JUDGE_NOTHING,      /* go on */
    JUDGE_PASSED,       /* the start-up test was passed: healthy now */
    JUDGE_INTERMITTENT, /* an intermittent alarm: suspect now; the ring was
                         * flushed, the start-up test is due */
    JUDGE_PERMANENT,    /* a permanent alarm, or the third intermittent one in
                         * JUDGE_ALARM_MEMORY samples: failed */
    JUDGE_REFUSED,      /* the clock or the symbols are too coarse: failed */
};

/* What a batch led to. */
struct judge_outcome {
    enum judge_event event;
    enum alarm_test test;   /* of JUDGE_INTERMITTENT and JUDGE_PERMANENT */
    enum alarm_level level; /* what was raised (a third intermittent alarm is
                             * JUDGE_PERMANENT with ALARM_INTERMITTENT) */
    size_t used;            /* samples of the batch looked at, this one last */
    struct reason why;      /* as text; "" for JUDGE_NOTHING, PASSED */
};

struct judge;

/*
 * A judge for s, which is borrowed for life. New, the caller's; NULL without
 * memory. clock_step_ticks is the smallest step of back-to-back
 * clock readings (ticks_smallest_step()), the other half of the granularity
 * check, and ticks_to_ns the clock's scale; both are arguments so that a test
 * can be a 24 MHz clock.
 */
struct judge *judge_create(struct source *s, uint64_t clock_step_ticks,
                           uint64_t (*ticks_to_ns)(uint64_t ticks));

/* Could its memory be locked? It holds samples that were not published yet. */
bool judge_memory_locked(const struct judge *j);

/*
 * How many samples can be judged now so that all of them find a place in the
 * ring: its free places less those spoken for by what is held back. At 0 the
 * worker parks. More are judged too, but what does not fit is lost.
 */
size_t judge_room(const struct judge *j);

/*
 * How many samples, at least 1, the judge needs for its next decision: the end
 * of the start-up test, or of the adaptive-proportion window, with which
 * samples are published. What comes beyond that only waits for the next one.
 */
size_t judge_wanted(const struct judge *j);

/* Wipes and frees; NULL is allowed. */
void judge_destroy(struct judge *j);

/*
 * Begins again after an open, a reopen, an on-demand test of a failed source or
 * a sleep of the machine: unpublished samples are dropped, the ring is flushed,
 * warm-up and start-up test are due, the memory of alarms stays. The caller
 * moves the source's state after this call, not before it, so that the loop,
 * which looks at every move, finds the flush.
 */
void judge_restart(struct judge *j);

/* A pause ends: what is not published yet is kept, the next JUDGE_WARM_UP
 * samples are dropped. A start-up or on-demand test under way begins again, for
 * it needs consecutive samples. */
void judge_resumed(struct judge *j);

/*
 * The on-demand test of a healthy source: the next STARTUP_TEST_SAMPLES samples
 * are also put through a fresh start-up test; JUDGE_PASSED says when it is
 * passed. A passed one flushes nothing. Asked twice, it runs once; asked while
 * the start-up test is due anyway, that one answers.
 */
void judge_selftest(struct judge *j);

/*
 * Judges up to n samples, oldest first, and publishes what has become clean.
 * Stops at the first event; the caller acts on it and hands in the rest
 * (outcome->used says how far it came). Alarms are counted in the source
 * (source_alarm()); moving its state is the caller's.
 */
void judge_samples(struct judge *j, const uint64_t *ticks, size_t n,
                   struct judge_outcome *outcome);

#endif
