/* SPDX-License-Identifier: MIT */
/*
 * The work is done in plain loops over bytes, as many as a symbol has
 * predictors, which compilers turn into vector instructions: the time of a
 * symbol does not depend on how often it occurred before.
 */

#include "daemon/health/predictors.h"

#include "daemon/health/cutoffs.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Chance of a false alarm, in a window or, of a run, in a long window: as for
 * the tests of the standard. */
static const unsigned alpha_bits[ALARM_LEVEL_COUNT] = {
    [ALARM_INTERMITTENT] = 30,
    [ALARM_PERMANENT] = 60,
};

static void prediction_init(struct prediction *p, enum alarm_test test,
                            unsigned claim_millibits)
{
    p->test = test;
    for (int level = 0; level < ALARM_LEVEL_COUNT; level++) {
        p->cutoff[PREDICTION_SHORT][level] = cutoff_prediction_count(
            CUTOFF_SHORT_WINDOW, claim_millibits, alpha_bits[level]);
        p->cutoff[PREDICTION_LONG][level] = cutoff_prediction_count(
            CUTOFF_LONG_WINDOW, claim_millibits, alpha_bits[level]);
        p->cutoff[PREDICTION_RUN][level] =
            cutoff_prediction_run(claim_millibits, alpha_bits[level]);
    }
}

static void begin_span(struct prediction *p, enum prediction_span span)
{
    p->right[span] = 0;
    p->is_alarmed[span] = false;
}

static void prediction_reset(struct prediction *p)
{
    p->seen = 0;
    for (int span = 0; span < PREDICTION_SPAN_COUNT; span++)
        begin_span(p, (enum prediction_span)span);
}

static unsigned count_right(struct prediction *p)
{
    unsigned notes = 0;
    for (int span = 0; span < PREDICTION_SPAN_COUNT; span++) {
        unsigned right = ++p->right[span];
        if (right < p->cutoff[span][ALARM_INTERMITTENT])
            continue;
        p->is_alarmed[span] = true;
        if (right == p->cutoff[span][ALARM_INTERMITTENT])
            notes |= (unsigned)RCT_INTERMITTENT << p->test;
        if (right == p->cutoff[span][ALARM_PERMANENT])
            notes |= (unsigned)RCT_PERMANENT << p->test;
    }
    return notes;
}

/* One more prediction; bits of enum note. */
static unsigned prediction_insert(struct prediction *p, bool is_hit)
{
    unsigned notes = 0;
    /* Not sooner, so that an alarm at a window's end can be described. */
    if (p->seen % CUTOFF_SHORT_WINDOW == 0) {
        begin_span(p, PREDICTION_SHORT);
        if (p->seen == CUTOFF_LONG_WINDOW)
            prediction_reset(p);
    }
    p->seen++;
    if (is_hit)
        notes = count_right(p);
    else
        begin_span(p, PREDICTION_RUN);
    bool is_end = p->seen % CUTOFF_SHORT_WINDOW == 0;
    bool is_long_end = p->seen == CUTOFF_LONG_WINDOW;
    if ((p->right[PREDICTION_RUN] == 0 || is_long_end) &&
        (!p->is_alarmed[PREDICTION_SHORT] || is_end) &&
        (!p->is_alarmed[PREDICTION_LONG] || is_long_end))
        notes |= (unsigned)RCT_ENDED << p->test;
    return notes;
}

/* Where symbols and steps begin: as long a history is always there, of zeros
 * at first. */
#define LAG_FIRST (LAG_PERIOD_MAX + 1)

void lag_init(struct lag *l, unsigned claim_millibits, unsigned period)
{
    assert(period <= LAG_PERIOD_MAX);
    memset(l, 0, sizeof(*l));
    prediction_init(&l->prediction, ALARM_LAG, claim_millibits);
    l->period = period;
    lag_reset(l);
}

static void begin_scores(struct lag *l)
{
    memset(l->round_scores, 0, sizeof(l->round_scores));
    memset(l->scores, 0, sizeof(l->scores));
    l->round = 0;
}

void lag_reset(struct lag *l)
{
    prediction_reset(&l->prediction);
    begin_scores(l);
    l->winner = LAG_PREDICTOR_COUNT;
    l->at = LAG_FIRST;
    memset(l->symbols, 0, LAG_FIRST);
    memset(l->steps, 0, LAG_FIRST);
}

static bool is_symbol(unsigned predictor)
{
    return predictor == LAG_OWN_SYMBOL ||
           (predictor >= LAG_SYMBOL && predictor < LAG_OWN_STEP);
}

static unsigned lag_of(const struct lag *l, unsigned predictor)
{
    if (predictor >= LAG_OWN_STEP)
        return l->period;
    return predictor >= LAG_SYMBOL ? LAG_OWN_STEP - predictor
                                   : LAG_SYMBOL - predictor;
}

static bool is_right(const struct lag *l, uint8_t symbol, uint8_t step)
{
    if (l->winner == LAG_PREDICTOR_COUNT)
        return false;
    unsigned place = l->at - lag_of(l, l->winner);
    return is_symbol(l->winner) ? l->symbols[place] == symbol
                                : l->steps[place] == step;
}

/* Adds 1 to each score whose value equals `value`. Asked with a constant n, and
 * without overlaps, so that this becomes a few vector instructions. */
static inline void count_equal(uint8_t *restrict scores,
                               const uint8_t *restrict values, unsigned n,
                               uint8_t value)
{
    for (unsigned i = 0; i < n; i++)
        scores[i] = (uint8_t)(scores[i] + (values[i] == value));
}

/* Counts which predictors were right. */
static void score(struct lag *l, uint8_t symbol, uint8_t step)
{
    uint8_t *scores = l->round_scores;
    count_equal(scores + LAG_STEP, l->steps + l->at - LAG_STEP_MAX,
                LAG_STEP_MAX, step);
    count_equal(scores + LAG_SYMBOL, l->symbols + l->at - LAG_MAX, LAG_MAX,
                symbol);
    if (l->period == 0)
        return;
    count_equal(scores + LAG_OWN_STEP, l->steps + l->at - l->period, 1, step);
    count_equal(scores + LAG_OWN_SYMBOL, l->symbols + l->at - l->period, 1,
                symbol);
}

/* Finds who has been right most often; at a tie the nearest symbol, or the
 * source's own period. */
static void settle_winner(struct lag *l)
{
    unsigned best = 0;
    for (unsigned i = 0; i < LAG_PREDICTOR_COUNT; i++)
        l->scores[i] = (uint16_t)(l->scores[i] + l->round_scores[i]);
    for (unsigned i = 0; i < LAG_PREDICTOR_COUNT; i++)
        best = l->scores[i] > best ? l->scores[i] : best;
    unsigned winner = LAG_PREDICTOR_COUNT - 1;
    while (l->scores[winner] < best)
        winner--;
    l->winner = winner;
    memset(l->round_scores, 0, sizeof(l->round_scores));
    l->round = 0;
}

/* Makes room by dropping all but what a lag may reach back to. */
static void make_room(struct lag *l)
{
    memmove(l->symbols, l->symbols + l->at - LAG_FIRST, LAG_FIRST);
    memmove(l->steps, l->steps + l->at - LAG_FIRST, LAG_FIRST);
    l->at = LAG_FIRST;
}

unsigned lag_insert(struct lag *l, uint8_t symbol)
{
    if (l->at == LAG_HISTORY)
        make_room(l);
    if (l->round == LAG_ROUND)
        settle_winner(l);
    if (l->prediction.seen % CUTOFF_SHORT_WINDOW == 0)
        begin_scores(l);
    uint8_t step = (uint8_t)(symbol - l->symbols[l->at - 1]);
    unsigned notes =
        prediction_insert(&l->prediction, is_right(l, symbol, step));
    score(l, symbol, step);
    l->symbols[l->at] = symbol;
    l->steps[l->at] = step;
    l->at++;
    l->round++;
    return notes;
}

void lag_describe(const struct lag *l, char *text, size_t size)
{
    (void)snprintf(text, size, "same %s, lag %u",
                   is_symbol(l->winner) ? "symbol" : "step",
                   lag_of(l, l->winner));
}

/* No symbol. */
#define NOTHING 256u

void markov_init(struct markov *m, unsigned claim_millibits)
{
    memset(m, 0, sizeof(*m));
    prediction_init(&m->prediction, ALARM_MARKOV, claim_millibits);
}

void markov_reset(struct markov *m)
{
    prediction_reset(&m->prediction);
    m->last = NOTHING;
    for (unsigned i = 0; i <= NOTHING; i++)
        m->after[i] = NOTHING;
}

unsigned markov_insert(struct markov *m, uint8_t symbol)
{
    uint16_t *after = &m->after[m->last];
    bool is_so = *after == symbol;
    *after = symbol;
    m->last = symbol;
    return prediction_insert(&m->prediction, is_so);
}
