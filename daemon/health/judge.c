/*
 * A sample's way: warm-up (dropped), start-up test (held until all 1,024 are
 * there, for symbols need the divisor of all of them), then the continuous
 * tests, held until its window has closed clean, then the ring. After an
 * intermittent alarm the judge lingers, and then it starts over on fresh
 * samples.
 */

#include "daemon/health/judge_parts.h"

#include "base/secret.h"
#include "base/wipe.h"
#include "daemon/health/cutoffs.h"

#include <assert.h>
#include <string.h>

/* Symbols between two looks at the estimate: 256 counts are looked through, so
 * this makes it about one count a symbol. */
#define ESTIMATE_EACH 256u

/*
 * In PHASE_RUNNING no more is held than a window and the run that the window
 * before it ended with. A run cannot be as long as a window: the
 * adaptive-proportion test, whose cut-off is a window at most, would have
 * failed.
 */
_Static_assert(JUDGE_START_UP >= 2 * CUTOFF_APT_WINDOW,
               "room for what is held");

void judge_publish_estimate(struct judge *j)
{
    j->since_estimate = 0;
    /* Releases the flush in judge_restart() to source_credit_millibits(): no
     * flushed sample is credited by what is thought of those after it. */
    atomic_store_explicit(&j->source->estimate_millibits,
                          estimate_millibits(&j->estimate),
                          memory_order_release);
}

void judge_drop_held(struct judge *j)
{
    source_discard(j->source, j->held_count);
    wipe(j->held, j->held_count * sizeof(*j->held));
    j->held_count = 0;
}

/* The run that the window ended with is kept: if it goes on it may yet become
 * an alarm. A lone last symbol is no run. */
void judge_publish_held(struct judge *j)
{
    size_t kept = j->health.run > 1 ? j->health.run : 0;

    if (kept > j->held_count)
        kept = j->held_count;

    size_t n = j->held_count - kept;

    (void)source_publish(j->source, j->held, n); /* counts what did not fit */
    memmove(j->held, j->held + n, kept * sizeof(*j->held));
    wipe(j->held + kept, n * sizeof(*j->held));
    j->held_count = kept;
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

/* Everything that was believed so far is not: drops it, here and in the ring,
 * and begins with a warm-up. */
void judge_restart(struct judge *j)
{
    judge_drop_held(j);
    source_flush(j->source);
    health_reset(&j->health);
    estimate_reset(&j->estimate);
    judge_publish_estimate(j);
    j->is_selftest = false;
    j->skip = JUDGE_WARM_UP;
    j->phase = PHASE_START_UP;
}

void judge_resumed(struct judge *j)
{
    j->skip = JUDGE_WARM_UP;
    if (j->phase == PHASE_START_UP)
        judge_drop_held(j);
    if (j->is_selftest)
        judge_begin_trial(j);
}

void judge_selftest(struct judge *j)
{
    if (j->phase != PHASE_RUNNING || j->is_selftest)
        return;
    j->is_selftest = true;
    judge_begin_trial(j);
}

/* One sample of a running source. */
static void run(struct judge *j, uint64_t ticks, struct judge_outcome *outcome)
{
    uint8_t symbol = judge_symbol(j, ticks);
    unsigned notes = health_insert(&j->health, symbol);

    assert(j->held_count < JUDGE_START_UP);
    j->held[j->held_count++] = ticks;
    if (notes & (HEALTH_INTERMITTENT | HEALTH_PERMANENT)) {
        judge_raise_alarm(j, notes, outcome);
        return;
    }
    estimate_insert(&j->estimate, symbol);
    if (++j->since_estimate == ESTIMATE_EACH)
        judge_publish_estimate(j);
    if (j->is_selftest && judge_try_symbol(j, ticks, symbol, outcome) &&
        outcome->event != JUDGE_PASSED)
        return;
    if (notes & HEALTH_WINDOW_ENDED)
        judge_publish_held(j);
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
        j->held[j->held_count++] = ticks;
        if (j->held_count == JUDGE_START_UP)
            judge_test_start_up(j, outcome);
        return;
    case PHASE_RUNNING:
        run(j, ticks, outcome);
        return;
    case PHASE_LINGER:
        source_discard(j->source, 1);
        (void)judge_linger(j, judge_symbol(j, ticks), outcome);
        return;
    case PHASE_ENDED:
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
