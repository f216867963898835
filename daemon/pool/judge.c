/*
 * A sample's way: warm-up (dropped), start-up test (held until all 1,024 are
 * there, for symbols need the divisor of all of them), then the continuous
 * tests, held until its window has closed clean, then the ring. After an
 * intermittent alarm the judge lingers: the run and the window that are open go
 * on to their end, counted at the permanent level, and then it starts over on
 * fresh samples.
 */

#include "daemon/pool/judge.h"

#include "daemon/pool/cutoffs.h"
#include "daemon/pool/estimate.h"
#include "daemon/pool/granularity.h"
#include "daemon/pool/health.h"
#include "daemon/pool/secret.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Symbols between two looks at the estimate: 256 counts are looked through, so
 * this makes it about one count a symbol. */
#define ESTIMATE_EACH 256u

/* Intermittent alarms that make a failure when they come close together. */
#define ALARMS_MAX 3u

/* What a lingering judge waits for the end of, always. */
#define OPEN_ALWAYS                                                            \
    (HEALTH_RUN_ENDED | HEALTH_WINDOW_ENDED | HEALTH_LAG_RUN_ENDED)

enum phase {
    START_UP, /* collecting the samples of the start-up test */
    RUNNING,  /* continuous tests */
    LINGER,   /* after an intermittent alarm, until run and window end */
    ENDED,    /* after a permanent one or a refusal, until judge_restart() */
};

struct judge {
    struct source *source;
    uint64_t clock_step_ticks;
    uint64_t (*ticks_to_ns)(uint64_t ticks);
    bool is_locked;

    enum phase phase;
    size_t skip;   /* samples of the warm-up still to be dropped */
    uint64_t seen; /* samples handed in, ever */
    uint64_t gcd;  /* >= 1 */
    unsigned open; /* in LINGER: ends to wait for, enum health_note */
    uint64_t alarm_at[ALARMS_MAX - 1]; /* `seen` at the last intermittent
                                        * alarms, latest first; 0: none */

    struct health health;
    struct granularity granularity; /* of the start-up test or selftest */
    bool is_selftest;               /* in RUNNING: a trial is under way */
    size_t trial_seen;
    struct health trial;

    size_t since_estimate; /* symbols since the estimate was published */
    struct estimate estimate;

    size_t held_count;
    uint64_t held[JUDGE_START_UP]; /* judged or not, not yet published */
};

/*
 * In RUNNING no more is held than a window and the run that the window before
 * it ended with. A run cannot be as long as a window: the adaptive-proportion
 * test, whose cut-off is a window at most, would have failed.
 */
_Static_assert(JUDGE_START_UP >= 2 * CUTOFF_APT_WINDOW,
               "room for what is held");

static void publish_estimate(struct judge *j)
{
    j->since_estimate = 0;
    atomic_store_explicit(&j->source->estimate_millibits,
                          estimate_millibits(&j->estimate),
                          memory_order_relaxed);
}

static void drop_held(struct judge *j)
{
    source_discard(j->source, j->held_count);
    sodium_memzero(j->held, j->held_count * sizeof(*j->held));
    j->held_count = 0;
}

/* Everything that was believed so far is not: drops it, here and in the ring,
 * and begins with a warm-up. */
static void start_over(struct judge *j)
{
    drop_held(j);
    source_flush(j->source);
    health_reset(&j->health);
    estimate_reset(&j->estimate);
    publish_estimate(j);
    j->is_selftest = false;
    j->skip = JUDGE_WARM_UP;
    j->phase = START_UP;
}

struct judge *judge_create(struct source *s, uint64_t clock_step_ticks,
                           uint64_t (*ticks_to_ns)(uint64_t ticks))
{
    bool is_locked = true;
    struct judge *j = secret_alloc(sizeof(*j), &is_locked);

    if (!j)
        return NULL;
    j->source = s;
    j->clock_step_ticks = clock_step_ticks;
    j->ticks_to_ns = ticks_to_ns;
    j->is_locked = is_locked;
    j->gcd = 1;
    j->skip = JUDGE_WARM_UP;
    health_init(&j->health, s->claim_millibits);
    health_init(&j->trial, s->claim_millibits);
    return j;
}

bool judge_memory_locked(const struct judge *j)
{
    return j->is_locked;
}

size_t judge_room(const struct judge *j)
{
    size_t space = source_space(j->source);

    return space > j->held_count ? space - j->held_count : 0;
}

void judge_destroy(struct judge *j)
{
    secret_free(j, sizeof(*j));
}

void judge_restart(struct judge *j)
{
    start_over(j);
}

/* What has consecutive samples to look at begins with the next one. */
static void begin_trial(struct judge *j)
{
    j->trial_seen = 0;
    health_reset(&j->trial);
    granularity_reset(&j->granularity);
}

void judge_resumed(struct judge *j)
{
    j->skip = JUDGE_WARM_UP;
    if (j->phase == START_UP)
        drop_held(j);
    if (j->is_selftest)
        begin_trial(j);
}

void judge_selftest(struct judge *j)
{
    if (j->phase != RUNNING || j->is_selftest)
        return;
    j->is_selftest = true;
    begin_trial(j);
}

/* Notes an intermittent alarm; is it one too many? */
static bool is_third_alarm(struct judge *j)
{
    uint64_t first = j->alarm_at[ALARMS_MAX - 2];

    memmove(j->alarm_at + 1, j->alarm_at,
            (ALARMS_MAX - 2) * sizeof(*j->alarm_at));
    j->alarm_at[0] = j->seen;
    return first != 0 && j->seen - first <= JUDGE_ALARM_MEMORY;
}

/* Acts on the alarms in notes, which j->health raised. */
static void raise_alarm(struct judge *j, unsigned notes,
                        struct judge_outcome *outcome)
{
    unsigned permanent = notes & HEALTH_PERMANENT;
    unsigned alarms = permanent ? permanent : notes & HEALTH_INTERMITTENT;
    char what[COLLECTOR_WHY_MAX / 2];

    outcome->test = health_test_of(alarms);
    outcome->level = permanent ? ALARM_PERMANENT : ALARM_INTERMITTENT;
    source_alarm(j->source, outcome->test, outcome->level);
    health_describe(&j->health, alarms, what, sizeof(what));

    bool is_third = !permanent && is_third_alarm(j);

    outcome->event =
        permanent || is_third ? JUDGE_PERMANENT : JUDGE_INTERMITTENT;
    (void)snprintf(outcome->why, sizeof(outcome->why), "%s %s alarm: %s%s",
                   alarm_level_name(outcome->level),
                   alarm_test_name(outcome->test), what,
                   is_third ? ", the third alarm in a short time" : "");
    drop_held(j);
    source_flush(j->source);
    j->is_selftest = false;
    j->phase = outcome->event == JUDGE_PERMANENT ? ENDED : LINGER;
    j->open = OPEN_ALWAYS;
    /* A count of the lag predictor has a window of its own to go on in. */
    if (alarms & HEALTH_LAG_COUNT_INTERMITTENT)
        j->open |= HEALTH_LAG_WINDOW_ENDED;
    /* A new run may have begun with this very sample: it goes on. */
    j->open &= ~(notes & ~(unsigned)HEALTH_RUN_ENDED);
}

static void refuse(struct judge *j, const char *why,
                   struct judge_outcome *outcome)
{
    outcome->event = JUDGE_REFUSED;
    (void)snprintf(outcome->why, sizeof(outcome->why), "%s", why);
    drop_held(j);
    source_flush(j->source);
    j->is_selftest = false;
    j->phase = ENDED;
}

static bool granularity_passes(struct judge *j, struct judge_outcome *outcome)
{
    char why[COLLECTOR_WHY_MAX];
    uint64_t ticks = granularity_ticks(&j->granularity, j->clock_step_ticks);

    if (!granularity_is_fine(&j->granularity, j->ticks_to_ns(ticks), why,
                             sizeof(why))) {
        refuse(j, why, outcome);
        return false;
    }
    return true;
}

/* Publishes what is held, but for the run that the window ended with: if it
 * goes on it may yet become an alarm. A lone last symbol is no run. */
static void publish_held(struct judge *j)
{
    size_t kept = j->health.run > 1 ? j->health.run : 0;

    if (kept > j->held_count)
        kept = j->held_count;

    size_t n = j->held_count - kept;

    (void)source_publish(j->source, j->held, n); /* counts what did not fit */
    memmove(j->held, j->held + n, kept * sizeof(*j->held));
    sodium_memzero(j->held + kept, n * sizeof(*j->held));
    j->held_count = kept;
}

static uint8_t symbol_of(const struct judge *j, uint64_t ticks)
{
    /* Most clocks count in ones, and a division costs more than the tests. */
    return j->gcd == 1 ? (uint8_t)ticks : source_symbol(ticks, j->gcd);
}

/* One symbol while the judge lingers. True: a permanent alarm. */
static bool linger(struct judge *j, uint8_t symbol,
                   struct judge_outcome *outcome)
{
    unsigned notes = health_insert(&j->health, symbol);

    if (notes & HEALTH_PERMANENT) {
        raise_alarm(j, notes & ~(unsigned)HEALTH_INTERMITTENT, outcome);
        return true;
    }
    j->open &= ~notes;
    if (j->open == 0)
        start_over(j);
    return false;
}

/* All samples of the start-up test are held and passed the health tests: the
 * last question is whether they are fine enough. */
static void pass_start_up(struct judge *j, struct judge_outcome *outcome)
{
    struct source *s = j->source;

    if (!granularity_passes(j, outcome))
        return;
    atomic_store_explicit(&s->gcd_ticks, j->gcd, memory_order_relaxed);
    atomic_store_explicit(
        &s->granularity_ticks,
        granularity_ticks(&j->granularity, j->clock_step_ticks),
        memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&s->starts, 1, memory_order_relaxed);
    for (size_t i = 0; i < j->held_count; i++)
        estimate_insert(&j->estimate, symbol_of(j, j->held[i]));
    publish_estimate(j);
    publish_held(j);
    j->phase = RUNNING;
    outcome->event = JUDGE_PASSED;
}

/*
 * The start-up test, once its samples are all there. The health tests come
 * before the question of granularity: a stuck or periodic source has few
 * symbols too, and should be called what it is. An intermittent alarm that
 * becomes a permanent one within these samples is told as the latter.
 */
static void test_start_up(struct judge *j, struct judge_outcome *outcome)
{
    uint64_t held[JUDGE_START_UP];

    granularity_reset(&j->granularity);
    for (size_t i = 0; i < JUDGE_START_UP; i++)
        granularity_sample(&j->granularity, j->held[i]);
    j->gcd = j->granularity.gcd_ticks > 0 ? j->granularity.gcd_ticks : 1;

    memcpy(held, j->held, sizeof(held)); /* an alarm drops j->held */
    for (size_t i = 0; i < JUDGE_START_UP; i++) {
        uint8_t symbol = symbol_of(j, held[i]);

        if (j->phase == LINGER) {
            if (linger(j, symbol, outcome) || j->phase != LINGER)
                break;
            continue;
        }

        unsigned notes = health_insert(&j->health, symbol);

        granularity_symbol(&j->granularity, symbol);
        if (notes & (HEALTH_INTERMITTENT | HEALTH_PERMANENT))
            raise_alarm(j, notes, outcome);
        if (j->phase == ENDED)
            break;
    }
    sodium_memzero(held, sizeof(held));
    if (outcome->event == JUDGE_NOTHING)
        pass_start_up(j, outcome);
}

/* One more symbol of the selftest. True: it is over, one way or the other. */
static bool try_symbol(struct judge *j, uint64_t ticks, uint8_t symbol,
                       struct judge_outcome *outcome)
{
    unsigned notes = health_insert(&j->trial, symbol);

    granularity_sample(&j->granularity, ticks);
    granularity_symbol(&j->granularity, symbol);
    if (notes & (HEALTH_INTERMITTENT | HEALTH_PERMANENT)) {
        j->health = j->trial; /* the run and window that go on */
        raise_alarm(j, notes, outcome);
        return true;
    }
    if (++j->trial_seen < JUDGE_START_UP)
        return false;
    j->is_selftest = false;
    if (granularity_passes(j, outcome)) {
        (void)atomic_fetch_add_explicit(&j->source->starts, 1,
                                        memory_order_relaxed);
        outcome->event = JUDGE_PASSED;
    }
    return true;
}

/* One sample of a running source. */
static void run(struct judge *j, uint64_t ticks, struct judge_outcome *outcome)
{
    uint8_t symbol = symbol_of(j, ticks);
    unsigned notes = health_insert(&j->health, symbol);

    assert(j->held_count < JUDGE_START_UP);
    j->held[j->held_count++] = ticks;
    if (notes & (HEALTH_INTERMITTENT | HEALTH_PERMANENT)) {
        raise_alarm(j, notes, outcome);
        return;
    }
    estimate_insert(&j->estimate, symbol);
    if (++j->since_estimate == ESTIMATE_EACH)
        publish_estimate(j);
    if (j->is_selftest && try_symbol(j, ticks, symbol, outcome) &&
        outcome->event != JUDGE_PASSED)
        return;
    if (notes & HEALTH_WINDOW_ENDED)
        publish_held(j);
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
    case START_UP:
        j->held[j->held_count++] = ticks;
        if (j->held_count == JUDGE_START_UP)
            test_start_up(j, outcome);
        return;
    case RUNNING:
        run(j, ticks, outcome);
        return;
    case LINGER:
        source_discard(j->source, 1);
        (void)linger(j, symbol_of(j, ticks), outcome);
        return;
    case ENDED:
        source_discard(j->source, 1);
        return;
    }
}

void judge_samples(struct judge *j, const uint64_t *ticks, size_t n,
                   struct judge_outcome *outcome)
{
    memset(outcome, 0, sizeof(*outcome));
    while (outcome->used < n && outcome->event == JUDGE_NOTHING) {
        j->seen++;
        judge_sample(j, ticks[outcome->used++], outcome);
    }
    (void)atomic_fetch_add_explicit(&j->source->samples_total, outcome->used,
                                    memory_order_relaxed);
}
