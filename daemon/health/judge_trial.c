/* Tests of 1,024 consecutive samples: the start-up test, whose samples count
 * once it is passed, and the selftest, which runs beside the continuous tests
 * and takes nothing from them. */

#include "daemon/health/judge_parts.h"

#include "base/reason.h"
#include "base/wipe.h"

#include <string.h>

static bool granularity_passes(struct judge *j, struct judge_outcome *outcome)
{
    struct reason why;
    uint64_t ticks = granularity_ticks(&j->granularity, j->clock_step_ticks);

    if (!granularity_is_fine(&j->granularity, j->ticks_to_ns(ticks), &why)) {
        judge_refuse(j, &why, outcome);
        return false;
    }
    return true;
}

/* All samples of the start-up test are held and passed the health tests: the
 * last question is whether they are fine enough. */
static void pass_start_up(struct judge *j, struct judge_outcome *outcome)
{
    struct source *s = j->source;

    if (!granularity_passes(j, outcome))
        return;
    /* Releases the flush before this start, to who acquires the divisor:
     * reservoir_take() and pool_raw() look for one after it. */
    atomic_store_explicit(&s->gcd_ticks, j->gcd, memory_order_release);
    atomic_store_explicit(
        &s->granularity_ticks,
        granularity_ticks(&j->granularity, j->clock_step_ticks),
        memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&s->starts, 1, memory_order_relaxed);
    for (size_t i = 0; i < j->held_count; i++)
        estimate_insert(&j->estimate, judge_symbol(j, j->held[i]));
    judge_publish_estimate(j);
    judge_publish_held(j);
    j->phase = PHASE_RUNNING;
    outcome->event = JUDGE_PASSED;
}

/*
 * The start-up test, once its samples are all there. The health tests come
 * before the question of granularity: a stuck or periodic source has few
 * symbols too, and should be called what it is. An intermittent alarm that
 * becomes a permanent one within these samples is told as the latter.
 */
void judge_test_start_up(struct judge *j, struct judge_outcome *outcome)
{
    uint64_t held[JUDGE_START_UP];

    granularity_reset(&j->granularity);
    for (size_t i = 0; i < JUDGE_START_UP; i++)
        granularity_sample(&j->granularity, j->held[i]);
    j->gcd = j->granularity.gcd_ticks > 0 ? j->granularity.gcd_ticks : 1;

    memcpy(held, j->held, sizeof(held)); /* an alarm drops j->held */
    for (size_t i = 0; i < JUDGE_START_UP; i++) {
        uint8_t symbol = judge_symbol(j, held[i]);

        if (j->phase == PHASE_LINGER) {
            if (judge_linger(j, symbol, outcome) || j->phase != PHASE_LINGER)
                break;
            continue;
        }

        unsigned notes = health_insert(&j->health, symbol);

        granularity_symbol(&j->granularity, symbol);
        if (notes & (HEALTH_INTERMITTENT | HEALTH_PERMANENT))
            judge_raise_alarm(j, notes, outcome);
        if (j->phase == PHASE_ENDED)
            break;
    }
    wipe(held, sizeof(held));
    if (outcome->event == JUDGE_NOTHING)
        pass_start_up(j, outcome);
}

void judge_begin_trial(struct judge *j)
{
    j->trial_seen = 0;
    health_reset(&j->trial);
    granularity_reset(&j->granularity);
}

bool judge_try_symbol(struct judge *j, uint64_t ticks, uint8_t symbol,
                      struct judge_outcome *outcome)
{
    unsigned notes = health_insert(&j->trial, symbol);

    granularity_sample(&j->granularity, ticks);
    granularity_symbol(&j->granularity, symbol);
    if (notes & (HEALTH_INTERMITTENT | HEALTH_PERMANENT)) {
        j->health = j->trial; /* the run and window that go on */
        judge_raise_alarm(j, notes, outcome);
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
