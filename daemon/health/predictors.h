/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HEALTH_PREDICTORS_H
#define ENTROPYD_DAEMON_HEALTH_PREDICTORS_H

/*
 * Can a symbol be predicted from those before it? Two predictors name each
 * symbol before it is looked at, and their right predictions are counted: in
 * a row, in a window of 2^13 and in one of 2^17 symbols, against the cut-offs
 * of daemon/health/cutoffs.h. Any prediction of a source that keeps its claim
 * of H bits is right with probability 2^-H at most, so the cut-offs hold for
 * any predictor. One thread.
 */

#include "daemon/health/note.h"
#include "daemon/source/states.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a prediction's counts run: each is reset as its span ends. */
enum prediction_span {
    PREDICTION_SHORT, /* 2^13 predictions: finds a large excess soon */
    PREDICTION_LONG,  /* 2^17 predictions: finds a small one at all */
    PREDICTION_RUN,   /* right ones in a row, within the long window */
    PREDICTION_SPAN_COUNT
};

/* The right predictions of one predictor. */
struct prediction {
    enum alarm_test test;
    unsigned seen; /* predictions in the long window */
    unsigned right[PREDICTION_SPAN_COUNT];
    bool is_alarmed[PREDICTION_SPAN_COUNT]; /* its cut-off was reached */
    unsigned cutoff[PREDICTION_SPAN_COUNT][ALARM_LEVEL_COUNT];
};

/* Longest lag that every source is looked at with: SP 800-90B 6.3.8. */
#define LAG_MAX 128u

/* Longest lag of first differences. */
#define LAG_STEP_MAX 64u

/* Longest period of its own that a source may have: COLLECTOR_PERIOD_MAX. */
#define LAG_PERIOD_MAX 512u

/* Symbols that the lag predictor keeps, the oldest dropped in portions. */
#define LAG_HISTORY 2048u

/* Places of the scores: of each kind the longest lag first. */
enum lag_predictor {
    LAG_STEP = 0,
    LAG_SYMBOL = LAG_STEP + LAG_STEP_MAX,
    LAG_OWN_STEP = LAG_SYMBOL + LAG_MAX, /* the source's own period */
    LAG_OWN_SYMBOL,
    LAG_PREDICTOR_COUNT
};

/*
 * The lag predictor (after SP 800-90B 6.3.8): does the source repeat itself?
 * Many predict each symbol: "the symbol of d samples ago", and "the last one,
 * and the step of d samples ago once more" (a constant step or a sawtooth
 * repeats no symbol soon). The prediction of the one that has been right most
 * often in this short window is what counts; which one that is is settled
 * every LAG_ROUND symbols.
 */
struct lag {
    struct prediction prediction;
    unsigned period; /* the source's own; 0: none */
    unsigned at;     /* where the next symbol goes */
    unsigned winner; /* whose predictions count; LAG_PREDICTOR_COUNT: none
                      * until the first is settled */
    unsigned round;  /* symbols since the winner was settled */
    uint8_t symbols[LAG_HISTORY];
    uint8_t steps[LAG_HISTORY]; /* differences of neighbours */
    uint8_t round_scores[LAG_PREDICTOR_COUNT];
    uint16_t scores[LAG_PREDICTOR_COUNT]; /* in this short window */
};

/* Symbols after which a winner is settled; a byte counts them. */
#define LAG_ROUND 128u

/* The first-order predictor: "what came after the last symbol's value the time
 * before". */
struct markov {
    struct prediction prediction;
    unsigned last;       /* the last symbol; 256: there was none */
    uint16_t after[257]; /* what came after it; 256: nothing yet */
};

/* Begin, for a claim in thousandths of a bit (1..8000). period is the number of
 * samples after which the source's own work repeats, up to LAG_PERIOD_MAX; 0:
 * it has none. */
void lag_init(struct lag *l, unsigned claim_millibits, unsigned period);
void markov_init(struct markov *m, unsigned claim_millibits);

/* Begin again: everything seen is forgotten. */
void lag_reset(struct lag *l);
void markov_reset(struct markov *m);

/* One more symbol; bits of enum note. */
unsigned lag_insert(struct lag *l, uint8_t symbol);
unsigned markov_insert(struct markov *m, uint8_t symbol);

/* The lag predictor whose predictions count now, as text. */
void lag_describe(const struct lag *l, char *text, size_t size);

#endif
