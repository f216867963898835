#ifndef ENTROPYD_LAB_ASSESS_ESTIMATES_H
#define ENTROPYD_LAB_ASSESS_ESTIMATES_H

/*
 * Those estimators of SP 800-90B 6.3 that are cheap, each in bits of
 * min-entropy a symbol, 0 and more. An estimator asks how well one kind of
 * guess does, with the upper end of a 99 % confidence interval: what it returns
 * bounds the min-entropy from above. The lowest of several may speak against a
 * claim; none of them speaks for one.
 *
 * Pure functions; they allocate nothing. Symbols are one a byte; `bits` are
 * bytes of value 0 or 1.
 */

#include <stddef.h>
#include <stdint.h>

/* Fewer symbols than this are not estimated by anything here. */
#define ASSESS_SYMBOLS_MIN 1000u

/* The 0.995 quantile of the standard normal distribution, which the standard
 * rounds to 2.576. */
#define ASSESS_Z 2.5758293035489008

/* Upper end of the 99 % interval of a proportion p seen in n >= 2 trials, at
 * most 1. */
double assess_upper(double p, size_t n);

/* 6.3.1, most common value. n >= 2. */
double assess_most_common(const uint8_t *symbols, size_t n);

/* 6.3.2, collision, for bits. n >= 6. */
double assess_collision(const uint8_t *bits, size_t n);

/* 6.3.3, Markov, for bits. n >= 2. */
double assess_markov(const uint8_t *bits, size_t n);

/* Blocks of 6 bits that assess_compression() learns from before it counts. */
#define ASSESS_COMPRESSION_LEARN 1000u

/* 6.3.4, compression, for bits; `learn` blocks of 6 bits fill the dictionary.
 * n >= 6 * (learn + 2). */
double assess_compression(const uint8_t *bits, size_t n, size_t learn);

#endif
