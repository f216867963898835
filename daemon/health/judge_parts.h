#ifndef ENTROPYD_DAEMON_HEALTH_JUDGE_PARTS_H
#define ENTROPYD_DAEMON_HEALTH_JUDGE_PARTS_H

/*
 * The inside of a judge, for the three files that it is made of:
 *   judge_life.c   beginning and end, the way of a sample, publishing
 *   judge_trial.c  tests of 1,024 consecutive samples: start-up and selftest
 *   judge_alarm.c  alarms, refusals, lingering after an alarm
 * Nobody else includes this.
 */

#include "daemon/health/estimate.h"
#include "daemon/health/granularity.h"
#include "daemon/health/health.h"
#include "daemon/health/judge.h"

/* Intermittent alarms that make a failure when they come close together. */
#define JUDGE_ALARMS_MAX 3u

enum judge_phase {
    PHASE_START_UP, /* collecting the samples of the start-up test */
    PHASE_RUNNING,  /* continuous tests */
    PHASE_LINGER,   /* after an intermittent alarm, until run and window end */
    PHASE_ENDED, /* after a permanent one or a refusal, until judge_restart() */
};

struct judge {
    struct source *source;
    uint64_t clock_step_ticks;
    uint64_t (*ticks_to_ns)(uint64_t ticks);
    bool is_locked;

    enum judge_phase phase;
    size_t skip;   /* samples of the warm-up still to be dropped */
    uint64_t seen; /* samples handed in, ever */
    uint64_t gcd;  /* >= 1 */
    unsigned open; /* in PHASE_LINGER: ends to wait for, enum health_note */
    uint64_t alarm_at[JUDGE_ALARMS_MAX - 1]; /* `seen` at the last intermittent
                                              * alarms, latest first; 0: none */

    struct health health;
    struct granularity granularity; /* of the start-up test or selftest */
    bool is_selftest;               /* in PHASE_RUNNING: a trial is under way */
    size_t trial_seen;
    struct health trial;

    size_t since_estimate; /* symbols since the estimate was published */
    struct estimate estimate;

    size_t held_count;
    uint64_t held[JUDGE_START_UP]; /* judged or not, not yet published */
};

static inline uint8_t judge_symbol(const struct judge *j, uint64_t ticks)
{
    /* Most clocks count in ones, and a division costs more than the tests. */
    return j->gcd == 1 ? (uint8_t)ticks : source_symbol(ticks, j->gcd);
}

/* judge_life.c */

/* Drops what is held. */
void judge_drop_held(struct judge *j);

/* Publishes what is held, but for a run that may go on. */
void judge_publish_held(struct judge *j);

/* Shows the live estimate to the loop. */
void judge_publish_estimate(struct judge *j);

/* judge_trial.c */

/* The start-up test over the samples that are held, of which there are
 * JUDGE_START_UP: JUDGE_PASSED and published, or what became of it. */
void judge_test_start_up(struct judge *j, struct judge_outcome *outcome);

/* Begins a selftest, or begins it anew, with the next sample. */
void judge_begin_trial(struct judge *j);

/* One more sample of the selftest. True: it is over, one way or the other. */
bool judge_try_symbol(struct judge *j, uint64_t ticks, uint8_t symbol,
                      struct judge_outcome *outcome);

/* judge_alarm.c */

/* Acts on the alarms in notes, which j->health raised: counts the gravest,
 * flushes, and lingers or ends. */
void judge_raise_alarm(struct judge *j, unsigned notes,
                       struct judge_outcome *outcome);

/* Clock or symbols are too coarse: flushes and ends. */
void judge_refuse(struct judge *j, const struct reason *why,
                  struct judge_outcome *outcome);

/* One symbol in PHASE_LINGER; restarts the judge once all that was open has
 * ended. True: a permanent alarm. */
bool judge_linger(struct judge *j, uint8_t symbol,
                  struct judge_outcome *outcome);

#endif
