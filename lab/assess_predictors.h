#ifndef ENTROPYD_LAB_ASSESS_PREDICTORS_H
#define ENTROPYD_LAB_ASSESS_PREDICTORS_H

/*
 * The two cheap predictors of SP 800-90B 6.3: guess each symbol from those
 * before it, and see how often, and how often in a row, that is right. Like
 * daemon/assess_estimates: upper bounds of the min-entropy, in bits a symbol.
 */

#include <stddef.h>
#include <stdint.h>

/* 6.3.7 has four windows. */
#define ASSESS_WINDOWS 4

/* The windows and the longest lag of the standard. */
extern const size_t assess_windows[ASSESS_WINDOWS];
#define ASSESS_LAGS 128u

/* 6.3.7, the most common value of each of four windows, which rise. Symbols
 * have `alphabet` values. n > windows[0] + 1. Pure. */
double assess_multi_mcw(const uint8_t *symbols, size_t n, unsigned alphabet,
                        const size_t windows[ASSESS_WINDOWS]);

/* 6.3.8, the symbol of d places ago for d in 1..lags (at most ASSESS_LAGS).
 * n > 2. Pure. */
double assess_lag(const uint8_t *symbols, size_t n, unsigned alphabet,
                  size_t lags);

/* Step 5 and after of both: min-entropy where `right` of n guesses (n >= 2)
 * were right, at most `run` in a row, out of `alphabet` values. Pure. */
double assess_prediction(size_t right, size_t n, size_t run, unsigned alphabet);

#endif
