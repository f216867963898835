#ifndef ENTROPYD_DAEMON_HEALTH_CUTOFFS_H
#define ENTROPYD_DAEMON_HEALTH_CUTOFFS_H

/*
 * From a claim to the counts at which the health tests fail. With a claim of H
 * bits a sample, whoever predicts a symbol from all that came before is right
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

/* Window of the lag predictor: jitterentropy's. */
#define CUTOFF_LAG_WINDOW (1u << 17)

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

/* Lag predictor, right predictions in a window: C = 1 + qbinom(1 - alpha, W,
 * 2^-H). There is one prediction a symbol, by the lag that is best so far, so
 * the number of lags does not matter. */
unsigned cutoff_lag_count(unsigned claim_millibits, unsigned alpha_bits);

/*
 * Lag predictor, right predictions in a row within a window: the smallest R
 * with p^R (1 + (W - R) (1 - p)) <= alpha. The left side bounds the chance of
 * such a run from above: it begins at the window's first prediction, or at one
 * of W - R others behind a wrong one.
 */
unsigned cutoff_lag_run(unsigned claim_millibits, unsigned alpha_bits);

#endif
