/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_ESTIMATE_H
#define ENTROPYD_LAB_ESTIMATE_H

/*
 * The ten estimators of min-entropy of SP 800-90B 6.3, where the text leaves
 * something open as NIST's own program computes them.
 *
 * Each takes the upper end of a 99 % confidence interval of how well one way
 * of guessing does, so what it returns is the pessimistic end of an interval.
 * The lowest of all is the assessment.
 *
 * Pure functions of their input: any thread, several at once on one sequence.
 * Those that return an int allocate and return 0 or -ENOMEM; the others
 * allocate nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most symbols of a sequence of up to 256 values: positions and counts have 27
 * bits in the dictionaries of 6.3.9 and 6.3.10. */
#define ESTIMATE_SYMBOLS_MAX 100000000u

/* The standard normal distribution's 0.995 quantile; the standard rounds it
 * to 2.576. */
#define ESTIMATE_Z 2.5758293035489008

/* What is estimated. Borrowed. */
struct sequence {
    const uint8_t *values; /* each less than alphabet */
    size_t n;              /* at most ESTIMATE_SYMBOLS_MAX, of bits 8 times as
                            * many */
    unsigned alphabet;     /* 1 to 256 */
};

#define ESTIMATE_FIGURES_MAX 12

struct estimate {
    double min_entropy;  /* bits a symbol of the sequence, at least 0 */
    const char *missing; /* what is missing, if it does not apply */
    bool applies;
    unsigned figure_count;
    /* How it came about, for a reviewer: figures in the standard's words. */
    struct estimate_figure {
        const char *name;
        double value;
    } figures[ESTIMATE_FIGURES_MAX];
};

/* 6.3.1, most common value. n >= 2. */
void estimate_mcv(const struct sequence *s, struct estimate *e);

/* 6.3.2 and 6.3.3, collision and Markov. Of two values only. */
void estimate_collision(const struct sequence *s, struct estimate *e);
void estimate_markov(const struct sequence *s, struct estimate *e);

/* 6.3.4, compression, likewise; `learn` blocks of six bits fill the dictionary
 * before anything counts. */
#define ESTIMATE_LEARN 1000u
void estimate_compression(const struct sequence *s, size_t learn,
                          struct estimate *e);

/* 6.3.5 and 6.3.6, t-tuple and longest repeated substring, from one suffix
 * array: 8 bytes a symbol, and up to 20 more where long parts are repeated. */
int estimate_tuples(const struct sequence *s, struct estimate *t_tuple,
                    struct estimate *lrs);

/* 6.3.7, multi most common in window: four windows, which rise, of at most
 * 32767 symbols. */
#define ESTIMATE_WINDOWS 4
extern const size_t estimate_windows[ESTIMATE_WINDOWS]; /* the standard's */
void estimate_multi_mcw(const struct sequence *s,
                        const size_t windows[ESTIMATE_WINDOWS],
                        struct estimate *e);

/* 6.3.8, lag: of 1 to `lags` symbols, at most ESTIMATE_LAGS, the standard's. */
#define ESTIMATE_LAGS 128u
void estimate_lag(const struct sequence *s, unsigned lags, struct estimate *e);

/* 6.3.9, multi Markov model with counting; at most 50 MB. */
int estimate_multi_mmc(const struct sequence *s, struct estimate *e);

/* 6.3.10, LZ78Y. */
int estimate_lz78y(const struct sequence *s, struct estimate *e);

/* The length of the longest substring that occurs twice (5.2.5), 0: none. A
 * length or -ENOMEM. */
int64_t estimate_longest_repeat(const struct sequence *s);

#endif
