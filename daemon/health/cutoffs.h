/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HEALTH_CUTOFFS_H
#define ENTROPYD_DAEMON_HEALTH_CUTOFFS_H

/*
 * From a claim to the counts at which the health tests fail. With a claim of H
 * bits a sample, a prediction of a symbol from all that came before is right
 * with probability p <= 2^-H; a cut-off is the smallest count that such a
 * source reaches with probability alpha = 2^-alpha_bits or less. Pure
 * functions; any thread.
 *
 * Claims are in thousandths of a bit, 1..8000 (a symbol has 8 bits), alpha_bits
 * is 1..64. tests/daemon/health/cutoffs.py recomputes every cut-off of every
 * claim that a source may have, independently and in exact arithmetic.
 */

/* Window of the adaptive proportion test, SP 800-90B 4.4.2, not binary. */
#define CUTOFF_APT_WINDOW 512u

/*
 * Windows of the predictors. The long one is jitterentropy's. The short one is
 * for a large excess: a source that is predicted with probability 0.75 at a
 * claim of 0.5 bit comes to 6144 of 8192 right predictions, 39 its deviation;
 * the cut-off of 2^-30 is 6039 (6.0 deviations above 2^-0.5), so that 99.6 % of
 * the windows find it.
 */
#define CUTOFF_SHORT_WINDOW (1u << 13)
#define CUTOFF_LONG_WINDOW  (1u << 17)

/* Repetition count, SP 800-90B 4.4.1: fails at this many equal symbols in a
 * row, C = 1 + ceil(alpha_bits / H). */
unsigned cutoff_rct(unsigned claim_millibits, unsigned alpha_bits);

/*
 * Adaptive proportion: fails when the first symbol of a window occurs this
 * often in it, C = 2 + qbinom(1 - alpha, W - 1, 2^-H). The text of SP 800-90B
 * 4.4.2 has 1 + qbinom(1 - alpha, W, 2^-H), which forgets that the first symbol
 * is certain to occur once. At most W: a cut-off beyond it could never fire.
 */
unsigned cutoff_apt(unsigned claim_millibits, unsigned alpha_bits);

/* A predictor's right predictions in a window (1..CUTOFF_LONG_WINDOW): C =
 * qbinom(1 - alpha, window, 2^-H) + 1. There is one prediction a symbol, made
 * before it is seen, so it does not matter how many ways there are to make
 * it. */
unsigned cutoff_prediction_count(unsigned window, unsigned claim_millibits,
                                 unsigned alpha_bits);

/*
 * A predictor's right predictions in a row, within a long window of W: the
 * smallest R with p^R (1 + (W - R) (1 - p)) <= alpha. The left side bounds the
 * chance of such a run from above: it begins at the window's first prediction,
 * or at one of W - R others behind a wrong one.
 */
unsigned cutoff_prediction_run(unsigned claim_millibits, unsigned alpha_bits);

#endif
