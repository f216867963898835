/* SPDX-License-Identifier: MIT */
/*
 * A sample's way: warm-up (dropped), start-up test (kept until all 1,024 are
 * there, for symbols need the step of all of them), then the continuous
 * tests, held until its window has closed clean, then the ring.
 *
 * A permanent alarm, or the third intermittent one in a short time, is the end.
 * After an intermittent alarm the judge drains: the runs and windows that are
 * pending go on to their ends, counted at the permanent level, and then it
 * starts over on fresh samples.
 */

#include "daemon/health/judge.h"

#include "base/secret.h"
#include "base/wipe.h"
#include "daemon/health/cutoffs.h"
#include "daemon/health/estimate.h"
#include "daemon/health/granularity.h"
#include "daemon/health/startup_test.h"

#include <assert.h>
#include <string.h>

/* Symbols between two looks at the estimate: 256 counts are looked through, so
 * this makes it about one count a symbol. */
#define ESTIMATE_EACH 256u

/* Intermittent alarms that make a failure when they come close together. */
#define ALARMS_MAX 3u

/*
 * Most samples that wait for their window's end: the window, and the run that
 * the window before it ended with. A run cannot be as long as a window: the
 * adaptive proportion test, whose cut-off is a window at most, would have
 * failed.
 */
#define HELD_MAX ((size_t)2 * CUTOFF_APT_WINDOW)

enum judge_phase {
    PHASE_START_UP, /* collecting the samples of the start-up test */
    PHASE_RUNNING,  /* continuous tests */
    PHASE_DRAIN,    /* after an intermittent alarm, until all has ended */
    PHASE_ENDED, /* after a permanent one or a refusal, until judge_restart() */
};

struct judge {
    struct source *source;
    uint64_t clock_step_ticks;
    uint64_t (*ticks_to_ns)(uint64_t ticks);
    bool is_locked;

    enum judge_phase phase;
    size_t skip;           /* samples of the warm-up still to be dropped */
    uint64_t seen;         /* samples handed in, ever */
    uint64_t step_q16;     /* of the symbols, see source_symbol() */
    unsigned pending_ends; /* in PHASE_DRAIN: bits of enum note to wait for */
    uint64_t alarm_at[ALARMS_MAX - 1]; /* `seen` at the last intermittent
                                        * alarms, latest first; 0: none */
    struct health health;
    bool is_selftest; /* in PHASE_RUNNING: test is an on-demand test */
    struct startup_test test;

    size_t since_estimate; /* symbols since the estimate was published */
    struct estimate estimate;

    size_t held_count;
    uint64_t held[HELD_MAX]; /* judged, not yet published */
};

static uint8_t symbol_of(const struct judge *j, uint64_t ticks)
{
    /* Most clocks count in ones, and a division costs more than the tests. */
    return j->step_q16 == SOURCE_STEP_ONE ? (uint8_t)ticks
                                          : source_symbol(ticks, j->step_q16);
}

/* Publishing. */

/* Below the claim by the estimate; back only a twentieth above it, so that an
 * estimate that wavers about the claim is told of once. */
static bool is_below_claim(const struct judge *j, unsigned estimate)
{
    unsigned claim = j->source->claim_millibits;
    if (estimate == 0)
        return false;
    return estimate < claim ||
           (source_is_below_claim(j->source) && estimate < claim + claim / 20);
}

static void publish_estimate(struct judge *j)
{
    unsigned estimate = estimate_millibits(&j->estimate);
    j->since_estimate = 0;
    atomic_store_explicit(&j->source->is_below_claim,
                          is_below_claim(j, estimate), memory_order_relaxed);
    /* Releases the flush in judge_restart() to source_credit_millibits(): no
     * flushed sample is credited by what is thought of those after it. */
    atomic_store_explicit(&j->source->estimate_millibits, estimate,
                          memory_order_release);
}

/* Publishes samples whose window has closed clean, oldest first, but for the
 * run that it ended with: if that goes on it may yet become an alarm. A lone
 * last symbol is not a run. What is not published is held. */
static void publish(struct judge *j, const uint64_t *ticks, size_t count)
{
    size_t kept = j->health.run > 1 ? j->health.run : 0;
    if (kept > count)
        kept = count;
    size_t n = count - kept;
    (void)source_publish(j->source, ticks, n); /* counts what did not fit */
    memmove(j->held, ticks + n, kept * sizeof(*j->held));
    if (j->held_count > kept)
        wipe(j->held + kept, (j->held_count - kept) * sizeof(*j->held));
    j->held_count = kept;
}

/* Drops what was not published; samples of an on-demand test are copies. */
static void drop_unpublished(struct judge *j)
{
    source_discard(j->source, j->held_count);
    wipe(j->held, j->held_count * sizeof(*j->held));
    j->held_count = 0;
    if (j->phase == PHASE_START_UP)
        source_discard(j->source, j->test.count);
    startup_test_begin(&j->test);
    j->is_selftest = false;
}

/* Alarms and refusals. */

/* Notes an intermittent alarm; is it one too many? */
static bool is_third_alarm(struct judge *j)
{
    uint64_t first = j->alarm_at[ALARMS_MAX - 2];
    memmove(j->alarm_at + 1, j->alarm_at,
            (ALARMS_MAX - 2) * sizeof(*j->alarm_at));
    j->alarm_at[0] = j->seen;
    return first != 0 && j->seen - first <= JUDGE_ALARM_MEMORY;
}

/* Acts on the alarms in notes, which j->health raised: counts the gravest,
 * flushes, and drains or ends. */
static void raise_alarm(struct judge *j, unsigned notes,
                        struct judge_outcome *outcome)
{
    unsigned permanent = notes & NOTES_PERMANENT;
    unsigned alarms = permanent != 0 ? permanent : notes & NOTES_INTERMITTENT;
    struct reason what;
    outcome->test = health_test_of(alarms);
    outcome->level = permanent != 0 ? ALARM_PERMANENT : ALARM_INTERMITTENT;
    source_alarm(j->source, outcome->test, outcome->level);
    health_describe(&j->health, alarms, &what);
    bool is_third = permanent == 0 && is_third_alarm(j);
    bool is_end = permanent != 0 || is_third;
    outcome->event = is_end ? JUDGE_PERMANENT : JUDGE_INTERMITTENT;
    reason_set(&outcome->why, "%s %s alarm: %s%s",
               alarm_level_name(outcome->level), alarm_test_name(outcome->test),
               what.text, is_third ? ", the third alarm in a short time" : "");
    source_flush(j->source);
    j->phase = is_end ? PHASE_ENDED : PHASE_DRAIN;
    /* A new run may have begun with this very symbol: it goes on. */
    j->pending_ends = NOTES_ENDED & ~(notes & ~(unsigned)RCT_ENDED);
}

/* Clock or symbols are too coarse: flushes and ends. */
static void refuse(struct judge *j, struct judge_outcome *outcome)
{
    outcome->event = JUDGE_REFUSED;
    source_flush(j->source);
    drop_unpublished(j);
    j->phase = PHASE_ENDED;
}

/* One symbol in PHASE_DRAIN; starts over once all that was pending has
 * ended. */
static void drain(struct judge *j, uint8_t symbol,
                  struct judge_outcome *outcome)
{
    unsigned notes = health_insert(&j->health, symbol);
    if ((notes & NOTES_PERMANENT) != 0) {
        raise_alarm(j, notes & ~NOTES_INTERMITTENT, outcome);
        return;
    }
    j->pending_ends &= ~notes;
    if (j->pending_ends == 0)
        judge_restart(j);
}

/* The start-up and the on-demand test. */

/* The samples' own step is what is shown. What back-to-back readings move by
 * may be no more than what a reading costs: only where it is too coarse does it
 * count too. */
static bool is_fine(struct judge *j, struct judge_outcome *outcome)
{
    const struct startup_test *t = &j->test;
    uint64_t step_q16 = granularity_step_q16(t->ticks, t->count);
    uint64_t ticks = step_q16 / SOURCE_STEP_ONE;
    if (ticks < j->clock_step_ticks)
        ticks = j->clock_step_ticks;
    if (!startup_test_is_fine(t, j->ticks_to_ns(ticks), &outcome->why))
        return false;
    atomic_store_explicit(&j->source->granularity_q16, step_q16,
                          memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&j->source->starts, 1,
                                    memory_order_relaxed);
    outcome->event = JUDGE_PASSED;
    return true;
}

/* The start-up test is passed: its samples count. */
static void begin_running(struct judge *j)
{
    struct startup_test *t = &j->test;
    /* Releases the flush before this start, to who acquires the step:
     * reservoir_take() and pool_raw() look for one after it. */
    atomic_store_explicit(&j->source->step_q16, j->step_q16,
                          memory_order_release);
    for (size_t i = 0; i < t->count; i++)
        estimate_insert(&j->estimate, symbol_of(j, t->ticks[i]));
    publish_estimate(j);
    publish(j, t->ticks, t->count);
    startup_test_begin(t);
    j->phase = PHASE_RUNNING;
}

/*
 * The start-up test, once its samples are all there. The health tests come
 * before the question of granularity: a stuck or periodic source has few
 * symbols too, and should be called what it is. An intermittent alarm that
 * becomes a permanent one within these samples is told as the latter.
 */
static void test_start_up(struct judge *j, struct judge_outcome *outcome)
{
    struct startup_test *t = &j->test;
    unsigned notes = 0;
    size_t i = 0;
    j->step_q16 = granularity_step_q16(t->ticks, t->count);
    while (i < STARTUP_TEST_SAMPLES && (notes & NOTES_ALARM) == 0)
        notes = startup_test_judge(t, symbol_of(j, t->ticks[i++]));
    j->health = t->health;
    if ((notes & NOTES_ALARM) == 0) {
        if (is_fine(j, outcome))
            begin_running(j);
        else
            refuse(j, outcome);
        return;
    }
    raise_alarm(j, notes, outcome);
    while (i < STARTUP_TEST_SAMPLES && j->phase == PHASE_DRAIN)
        drain(j, symbol_of(j, t->ticks[i++]), outcome);
    source_discard(j->source, STARTUP_TEST_SAMPLES);
    startup_test_begin(t);
}

/* One more sample of the on-demand test, which runs beside the continuous tests
 * and takes nothing from them. */
static void test_on_demand(struct judge *j, uint64_t ticks, uint8_t symbol,
                           struct judge_outcome *outcome)
{
    bool is_last = startup_test_keep(&j->test, ticks);
    unsigned notes = startup_test_judge(&j->test, symbol);
    if ((notes & NOTES_ALARM) != 0) {
        j->health = j->test.health; /* the runs and windows that go on */
        drop_unpublished(j);
        raise_alarm(j, notes, outcome);
    } else if (is_last && !is_fine(j, outcome)) {
        refuse(j, outcome);
    } else if (is_last) {
        j->is_selftest = false;
        startup_test_begin(&j->test);
    }
}

/* A sample's way. */

/* One sample of a running source. */
static void run(struct judge *j, uint64_t ticks, struct judge_outcome *outcome)
{
    uint8_t symbol = symbol_of(j, ticks);
    unsigned notes = health_insert(&j->health, symbol);
    assert(j->held_count < HELD_MAX);
    j->held[j->held_count++] = ticks;
    if ((notes & NOTES_ALARM) != 0) {
        drop_unpublished(j);
        raise_alarm(j, notes, outcome);
        return;
    }
    estimate_insert(&j->estimate, symbol);
    if (++j->since_estimate == ESTIMATE_EACH)
        publish_estimate(j);
    if (j->is_selftest)
        test_on_demand(j, ticks, symbol, outcome);
    if (j->phase == PHASE_RUNNING && (notes & APT_ENDED) != 0)
        publish(j, j->held, j->held_count);
}

static void judge_sample(struct judge *j, uint64_t ticks,
                         struct judge_outcome *outcome)
{
    if (j->skip > 0) {
        j->skip--;
        source_discard(j->source, 1);
        return;
    }
    switch (j->phase) {
    case PHASE_START_UP:
        if (startup_test_keep(&j->test, ticks))
            test_start_up(j, outcome);
        return;
    case PHASE_RUNNING:
        run(j, ticks, outcome);
        return;
    case PHASE_DRAIN:
        source_discard(j->source, 1);
        drain(j, symbol_of(j, ticks), outcome);
        return;
    case PHASE_ENDED:
        source_discard(j->source, 1);
        return;
    }
}

void judge_samples(struct judge *j, const uint64_t *ticks, size_t n,
                   struct judge_outcome *outcome)
{
    outcome->event = JUDGE_NOTHING;
    outcome->used = 0;
    reason_clear(&outcome->why);
    while (outcome->used < n && outcome->event == JUDGE_NOTHING) {
        j->seen++;
        judge_sample(j, ticks[outcome->used++], outcome);
    }
    (void)atomic_fetch_add_explicit(&j->source->samples_total, outcome->used,
                                    memory_order_relaxed);
}

/* Beginning and end. */

struct judge *judge_create(struct source *s, uint64_t clock_step_ticks,
                           uint64_t (*ticks_to_ns)(uint64_t ticks))
{
    bool is_locked = true;
    struct judge *j = secret_alloc(sizeof(*j), &is_locked);
    if (j == NULL)
        return NULL;
    j->source = s;
    j->clock_step_ticks = clock_step_ticks;
    j->ticks_to_ns = ticks_to_ns;
    j->is_locked = is_locked;
    j->step_q16 = SOURCE_STEP_ONE;
    j->skip = JUDGE_WARM_UP;
    health_init(&j->health, s->claim_millibits, s->period);
    startup_test_init(&j->test, s->claim_millibits, s->period);
    return j;
}

bool judge_memory_locked(const struct judge *j)
{
    return j->is_locked;
}

size_t judge_room(const struct judge *j)
{
    size_t space = source_space(j->source);
    size_t spoken_for =
        j->held_count + (j->phase == PHASE_START_UP ? j->test.count : 0);
    return space > spoken_for ? space - spoken_for : 0;
}

size_t judge_wanted(const struct judge *j)
{
    if (j->phase == PHASE_START_UP)
        return j->skip + STARTUP_TEST_SAMPLES - j->test.count;
    return j->skip + CUTOFF_APT_WINDOW - j->health.apt_seen;
}

void judge_destroy(struct judge *j)
{
    secret_free(j, sizeof(*j));
}

void judge_restart(struct judge *j)
{
    drop_unpublished(j);
    source_flush(j->source);
    health_reset(&j->health);
    estimate_reset(&j->estimate);
    publish_estimate(j);
    j->skip = JUDGE_WARM_UP;
    j->phase = PHASE_START_UP;
}

void judge_resumed(struct judge *j)
{
    j->skip = JUDGE_WARM_UP;
    if (j->phase == PHASE_START_UP)
        drop_unpublished(j);
    else if (j->is_selftest)
        startup_test_begin(&j->test);
}

void judge_selftest(struct judge *j)
{
    if (j->phase != PHASE_RUNNING || j->is_selftest)
        return;
    j->is_selftest = true;
    startup_test_begin(&j->test);
}
