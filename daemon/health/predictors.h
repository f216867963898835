#ifndef ENTROPYD_DAEMON_HEALTH_LAG_H
#define ENTROPYD_DAEMON_HEALTH_LAG_H

/*
 * The lag predictor: does the source repeat itself? 32 predictors guess each
 * symbol: 16 say "the symbol of d samples ago", 16 say "the last one, and the
 * step of d samples ago once more" (so a constant step is found, or a sawtooth,
 * which repeat no symbol soon). Only the guess of the one that has been right
 * most often in this window counts, after the lag estimator of SP 800-90B
 * 6.3.8. Right guesses are counted by the window and in a row, against
 * cutoff_lag_count() and cutoff_lag_run(). One thread.
 */

#include "daemon/source/source.h"

/* Longest lag, in samples. */
#define LAG_MAX 16u

#define LAG_PREDICTORS (2 * LAG_MAX)

/* Eight lags to a word, the lowest byte the nearest. */
#define LAG_WORDS (LAG_MAX / 8)

/* What an insertion led to: a set of bits. */
enum lag_note {
    LAG_COUNT_INTERMITTENT = 1u << 0, /* right guesses in this window */
    LAG_COUNT_PERMANENT = 1u << 1,
    LAG_RUN_INTERMITTENT = 1u << 2, /* right guesses in a row */
    LAG_RUN_PERMANENT = 1u << 3,
    LAG_RUN_ENDED = 1u << 4, /* a wrong guess, or the window's end */
    LAG_WINDOW_ENDED = 1u << 5,
};

struct lag {
    uint64_t symbols[LAG_WORDS];     /* the last 16 symbols */
    uint64_t steps[LAG_WORDS];       /* the last 16 differences of neighbours */
    unsigned history;                /* symbols seen, as far as it matters */
    unsigned scores[LAG_PREDICTORS]; /* right guesses in this window */
    unsigned winner;                 /* predictor with the highest score */
    unsigned guesses;                /* in this window */
    unsigned right;                  /* of these */
    unsigned run;                    /* right ones in a row, up to now */
    unsigned count_cutoff[ALARM_LEVEL_COUNT];
    unsigned run_cutoff[ALARM_LEVEL_COUNT];
};

/* Begins, for a claim in thousandths of a bit (1..8000). */
void lag_init(struct lag *l, unsigned claim_millibits);

/* Begins again: everything seen is forgotten. */
void lag_reset(struct lag *l);

/* One more symbol; bits of enum lag_note. A bit of an alarm is set as its
 * cut-off is reached, once a window or run. */
unsigned lag_insert(struct lag *l, uint8_t symbol);

/* The predictor that is best now, in words: how it guesses, and its lag. */
void lag_describe(const struct lag *l, char *text, size_t size);

#endif
