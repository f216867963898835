/* SPDX-License-Identifier: MIT */
/* The repetition count and the adaptive proportion test, and the predictors
 * beside them. */

#include "daemon/health/health.h"

#include "base/reason.h"
#include "daemon/health/cutoffs.h"

#include <assert.h>
#include <string.h>

/* False-positive chance at a sample: SP 800-90B 4.4 recommends 2^-20 to 2^-40;
 * below that, a level that means a broken source and nothing else. Both are
 * jitterentropy's. */
static const unsigned alpha_bits[ALARM_LEVEL_COUNT] = {
    [ALARM_INTERMITTENT] = 30,
    [ALARM_PERMANENT] = 60,
};

void health_init(struct health *h, unsigned claim_millibits, unsigned period)
{
    memset(h, 0, sizeof(*h));
    for (int level = 0; level < ALARM_LEVEL_COUNT; level++) {
        h->rct_cutoff[level] = cutoff_rct(claim_millibits, alpha_bits[level]);
        h->apt_cutoff[level] = cutoff_apt(claim_millibits, alpha_bits[level]);
    }
    lag_init(&h->lag, claim_millibits, period);
    markov_init(&h->markov, claim_millibits);
}

void health_reset(struct health *h)
{
    h->run = 0;
    h->apt_seen = 0;
    lag_reset(&h->lag);
    markov_reset(&h->markov);
}

/* SP 800-90B 4.4.1; A is run_symbol, B is run, C the cut-off. */
static unsigned repetition_count(struct health *h, uint8_t symbol)
{
    unsigned notes = 0;
    if (h->run == 0 || symbol != h->run_symbol) {
        h->run_symbol = symbol; /* step 1, or the end of step 4: A = X */
        h->run = 1;             /* step 2, or the same: B = 1 */
        return RCT_ENDED;
    }
    h->run++; /* step 4: X = A, so B = B + 1 */
    if (h->run == h->rct_cutoff[ALARM_INTERMITTENT]) /* B >= C */
        notes |= RCT_INTERMITTENT;
    if (h->run == h->rct_cutoff[ALARM_PERMANENT])
        notes |= RCT_PERMANENT;
    return notes;
}

/* SP 800-90B 4.4.2; A is apt_symbol, B is apt_count, C the cut-off. */
static unsigned adaptive_proportion(struct health *h, uint8_t symbol)
{
    unsigned notes = 0;
    if (h->apt_seen == 0) {
        h->apt_symbol = symbol; /* step 1: A = X */
        h->apt_count = 1;       /* step 2: B = 1 */
    } else if (symbol == h->apt_symbol) {
        h->apt_count++; /* step 3: if A = X, B = B + 1 */
        if (h->apt_count == h->apt_cutoff[ALARM_INTERMITTENT])
            notes |= APT_INTERMITTENT; /* step 4: B >= C */
        if (h->apt_count == h->apt_cutoff[ALARM_PERMANENT])
            notes |= APT_PERMANENT;
    }
    if (++h->apt_seen == CUTOFF_APT_WINDOW) {
        h->apt_seen = 0; /* step 5: go to step 1 */
        notes |= APT_ENDED;
    }
    return notes;
}

unsigned health_insert(struct health *h, uint8_t symbol)
{
    return repetition_count(h, symbol) | adaptive_proportion(h, symbol) |
           lag_insert(&h->lag, symbol) | markov_insert(&h->markov, symbol);
}

enum alarm_test health_test_of(unsigned notes)
{
    assert(notes & NOTES_ALARM);
    int test = ALARM_RCT;
    while (!(notes & ((unsigned)(RCT_INTERMITTENT | RCT_PERMANENT) << test)))
        test++;
    return (enum alarm_test)test;
}

static void describe_prediction(const struct prediction *p,
                                const char *predictor, struct reason *why)
{
    if (p->is_alarmed[PREDICTION_RUN])
        reason_set(why, "%u symbols in a row predicted (%s)",
                   p->right[PREDICTION_RUN], predictor);
    else if (p->is_alarmed[PREDICTION_SHORT])
        reason_set(why, "%u symbols of %u predicted (%s)",
                   p->right[PREDICTION_SHORT],
                   (p->seen - 1) % CUTOFF_SHORT_WINDOW + 1, predictor);
    else
        reason_set(why, "%u symbols of %u predicted (%s)",
                   p->right[PREDICTION_LONG], p->seen, predictor);
}

void health_describe(const struct health *h, unsigned notes, struct reason *why)
{
    char predictor[40];
    switch (health_test_of(notes)) {
    case ALARM_RCT:
        reason_set(why, "%u equal symbols in a row", h->run);
        return;
    case ALARM_APT:
        reason_set(why, "one symbol %u times in a window of %u samples",
                   h->apt_count, CUTOFF_APT_WINDOW);
        return;
    case ALARM_LAG:
        lag_describe(&h->lag, predictor, sizeof(predictor));
        describe_prediction(&h->lag.prediction, predictor, why);
        return;
    default:
        describe_prediction(&h->markov.prediction, "by the symbol before", why);
        return;
    }
}
