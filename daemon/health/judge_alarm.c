/*
 * What follows from an alarm. A permanent one, or the third intermittent one in
 * a short time, is the end. After an intermittent one the judge lingers: the
 * run and the window that are open go on to their end, counted at the permanent
 * level, and then it starts over on fresh samples.
 */

#include "daemon/health/judge_parts.h"

#include <stdio.h>
#include <string.h>

/* What a lingering judge waits for the end of, always. */
#define OPEN_ALWAYS                                                            \
    (HEALTH_RUN_ENDED | HEALTH_WINDOW_ENDED | HEALTH_LAG_RUN_ENDED)

/* Notes an intermittent alarm; is it one too many? */
static bool is_third_alarm(struct judge *j)
{
    uint64_t first = j->alarm_at[JUDGE_ALARMS_MAX - 2];

    memmove(j->alarm_at + 1, j->alarm_at,
            (JUDGE_ALARMS_MAX - 2) * sizeof(*j->alarm_at));
    j->alarm_at[0] = j->seen;
    return first != 0 && j->seen - first <= JUDGE_ALARM_MEMORY;
}

void judge_raise_alarm(struct judge *j, unsigned notes,
                       struct judge_outcome *outcome)
{
    unsigned permanent = notes & HEALTH_PERMANENT;
    unsigned alarms = permanent ? permanent : notes & HEALTH_INTERMITTENT;
    struct reason what;

    outcome->test = health_test_of(alarms);
    outcome->level = permanent ? ALARM_PERMANENT : ALARM_INTERMITTENT;
    source_alarm(j->source, outcome->test, outcome->level);
    health_describe(&j->health, alarms, &what);

    bool is_third = !permanent && is_third_alarm(j);

    outcome->event =
        permanent || is_third ? JUDGE_PERMANENT : JUDGE_INTERMITTENT;
    reason_set(&outcome->why, "%s %s alarm: %s%s",
               alarm_level_name(outcome->level), alarm_test_name(outcome->test),
               what.text, is_third ? ", the third alarm in a short time" : "");
    judge_drop_held(j);
    source_flush(j->source);
    j->is_selftest = false;
    j->phase = outcome->event == JUDGE_PERMANENT ? PHASE_ENDED : PHASE_LINGER;
    j->open = OPEN_ALWAYS;
    /* A count of the lag predictor has a window of its own to go on in. */
    if (alarms & HEALTH_LAG_COUNT_INTERMITTENT)
        j->open |= HEALTH_LAG_WINDOW_ENDED;
    /* A new run may have begun with this very sample: it goes on. */
    j->open &= ~(notes & ~(unsigned)HEALTH_RUN_ENDED);
}

void judge_refuse(struct judge *j, const struct reason *why,
                  struct judge_outcome *outcome)
{
    outcome->event = JUDGE_REFUSED;
    outcome->why = *why;
    judge_drop_held(j);
    source_flush(j->source);
    j->is_selftest = false;
    j->phase = PHASE_ENDED;
}

bool judge_linger(struct judge *j, uint8_t symbol,
                  struct judge_outcome *outcome)
{
    unsigned notes = health_insert(&j->health, symbol);

    if (notes & HEALTH_PERMANENT) {
        judge_raise_alarm(j, notes & ~(unsigned)HEALTH_INTERMITTENT, outcome);
        return true;
    }
    j->open &= ~notes;
    if (j->open == 0)
        judge_restart(j);
    return false;
}
