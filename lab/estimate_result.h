/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_ESTIMATE_RESULT_H
#define ENTROPYD_LAB_ESTIMATE_RESULT_H

/* How the estimators fill a struct estimate. Pure. */

#include "lab/estimate.h"

/* Does not apply, because the data lack `missing` (borrowed). */
void estimate_refuse(struct estimate *e, const char *missing);

/* Notes a figure. At most ESTIMATE_FIGURES_MAX. */
void estimate_note(struct estimate *e, const char *name, double value);

/* The upper end of the 99 % interval of a proportion p seen in n >= 2 trials,
 * at most 1. */
double estimate_upper(double p, size_t n);

/* The result where a symbol, or a guess, is right with chance p in 0..1. */
void estimate_from_chance(struct estimate *e, double p);

/* What a predictor did (6.3.7 to 6.3.10). */
struct prediction {
    size_t n;     /* guesses, of which every one could have been made */
    size_t right; /* right ones */
    size_t run;   /* right ones in a row up to now */
    size_t longest_run;
};

/* Counts one guess. */
static inline void prediction_count(struct prediction *p, bool is_right)
{
    p->right += is_right;
    p->run = is_right ? p->run + 1 : 0;
    if (p->run > p->longest_run)
        p->longest_run = p->run;
}

/* The steps that the four predictors share: the global chance with its bound,
 * and the local one of a run of r. n >= 2. */
void estimate_from_prediction(struct estimate *e, const struct prediction *p,
                              unsigned alphabet);

#endif
