/* The repetition count and the adaptive proportion test, and the lag predictor
 * beside them. */

#include "daemon/health/health.h"

#include "base/reason.h"
#include "daemon/health/cutoffs.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* False-positive chance at a sample: SP 800-90B 4.4 recommends 2^-20 to 2^-40;
 * below that, a level that means a broken source and nothing else. Both are
 * jitterentropy's. */
static const unsigned alpha_bits[ALARM_LEVEL_COUNT] = {
    [ALARM_INTERMITTENT] = 30,
    [ALARM_PERMANENT] = 60,
};

void health_init(struct health *h, unsigned claim_millibits)
{
    memset(h, 0, sizeof(*h));
    for (int level = 0; level < ALARM_LEVEL_COUNT; level++) {
        h->rct_cutoff[level] = cutoff_rct(claim_millibits, alpha_bits[level]);
        h->apt_cutoff[level] = cutoff_apt(claim_millibits, alpha_bits[level]);
    }
    lag_init(&h->lag, claim_millibits);
}

void health_reset(struct health *h)
{
    h->run = 0;
    h->apt_seen = 0;
    lag_reset(&h->lag);
}

static unsigned repetition_count(struct health *h, uint8_t symbol)
{
    if (h->run == 0 || symbol != h->run_symbol) {
        h->run_symbol = symbol;
        h->run = 1;
        return HEALTH_RUN_ENDED;
    }

    unsigned notes = 0;

    h->run++;
    if (h->run == h->rct_cutoff[ALARM_INTERMITTENT])
        notes |= HEALTH_RCT_INTERMITTENT;
    if (h->run == h->rct_cutoff[ALARM_PERMANENT])
        notes |= HEALTH_RCT_PERMANENT;
    return notes;
}

static unsigned adaptive_proportion(struct health *h, uint8_t symbol)
{
    unsigned notes = 0;

    if (h->apt_seen == 0) {
        h->apt_symbol = symbol;
        h->apt_count = 1;
    } else if (symbol == h->apt_symbol) {
        h->apt_count++;
        if (h->apt_count == h->apt_cutoff[ALARM_INTERMITTENT])
            notes |= HEALTH_APT_INTERMITTENT;
        if (h->apt_count == h->apt_cutoff[ALARM_PERMANENT])
            notes |= HEALTH_APT_PERMANENT;
    }
    if (++h->apt_seen == CUTOFF_APT_WINDOW) {
        h->apt_seen = 0;
        notes |= HEALTH_WINDOW_ENDED;
    }
    return notes;
}

unsigned health_insert(struct health *h, uint8_t symbol)
{
    /* The lag predictor's notes are ours, moved beside the others. */
    _Static_assert(LAG_COUNT_INTERMITTENT << 4 == HEALTH_LAG_COUNT_INTERMITTENT,
                   "alarms of the lag predictor");
    _Static_assert(LAG_RUN_PERMANENT << 4 == HEALTH_LAG_RUN_PERMANENT,
                   "alarms of the lag predictor");
    _Static_assert(LAG_RUN_ENDED << 6 == HEALTH_LAG_RUN_ENDED,
                   "ends of the lag predictor");
    _Static_assert(LAG_WINDOW_ENDED << 6 == HEALTH_LAG_WINDOW_ENDED,
                   "ends of the lag predictor");

    unsigned lag = lag_insert(&h->lag, symbol);
    unsigned ends = lag & (LAG_RUN_ENDED | LAG_WINDOW_ENDED);

    return repetition_count(h, symbol) | adaptive_proportion(h, symbol) |
           (lag - ends) << 4 | ends << 6;
}

enum alarm_test health_test_of(unsigned notes)
{
    assert(notes & (HEALTH_INTERMITTENT | HEALTH_PERMANENT));
    if (notes & (HEALTH_RCT_INTERMITTENT | HEALTH_RCT_PERMANENT))
        return ALARM_RCT;
    if (notes & (HEALTH_APT_INTERMITTENT | HEALTH_APT_PERMANENT))
        return ALARM_APT;
    return ALARM_LAG;
}

void health_describe(const struct health *h, unsigned notes, struct reason *why)
{
    switch (health_test_of(notes)) {
    case ALARM_RCT:
        reason_set(why, "%u equal symbols in a row", h->run);
        return;
    case ALARM_APT:
        reason_set(why, "one symbol %u times in a window of %u samples",
                   h->apt_count, CUTOFF_APT_WINDOW);
        return;
    default:
        break;
    }

    char predictor[40];

    lag_describe(&h->lag, predictor, sizeof(predictor));
    if (notes & (HEALTH_LAG_RUN_INTERMITTENT | HEALTH_LAG_RUN_PERMANENT))
        reason_set(why, "%u symbols in a row foreseen (%s)", h->lag.run,
                   predictor);
    else
        reason_set(why, "%u symbols of %u foreseen (%s)", h->lag.right,
                   h->lag.guesses, predictor);
}
