/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_IID_H
#define ENTROPYD_LAB_IID_H

/* Is a sequence independent and identically distributed? The tests of SP
 * 800-90B 5. */

#include "lab/symbols.h"

#include <stdbool.h>
#include <stdint.h>

/* 5.2.1 to 5.2.4, chi-square. */
struct chi_square {
    double score, degrees;
    double p;       /* the chance of a score as high of an IID sequence */
    bool is_passed; /* p is at least 0.001 */
};

/* Are pairs (of bits: tuples) as frequent as their parts let expect; are tenths
 * of the sequence alike? 0 or -ENOMEM. */
int chi_square_independence(struct chi_square *c, const struct sequence *s);
int chi_square_goodness(struct chi_square *c, const struct sequence *s);

/* 5.2.5, the longest repeated substring. */
struct longest_repeat {
    int64_t length;
    double p_collision; /* of two symbols */
    double p;           /* the chance of a repeat of that length */
    bool is_passed;     /* p is at least 0.001 */
};

/* 0 or -ENOMEM. */
int longest_repeat_test(struct longest_repeat *r, const struct sequence *s);

/* 5.1, permutation tests. */
#define PERMUTATIONS           10000u
#define PERMUTATION_STATISTICS 19

extern const char *const permutation_names[PERMUTATION_STATISTICS];

struct permutation_result {
    double value;                 /* of the sequence as it is */
    unsigned above, equal, below; /* permutations whose value was */
    bool is_decided;              /* false: not computed, or not to the end */
    bool is_passed; /* neither among the highest nor the lowest 0.05 % */
};

struct permutation_test {
    struct permutation_result results[PERMUTATION_STATISTICS];
    unsigned permutations;  /* that were needed */
    const char *stopped_by; /* what ended it early; NULL: nothing */
    bool is_decided;        /* false: stopped before any had failed */
    bool is_passed;         /* all */
};

struct permutation_options {
    uint64_t seed;
    unsigned threads;       /* at least 1 */
    bool is_progress_shown; /* on stderr, where that is a terminal */
    bool is_complete;       /* computes compression where another statistic
                             * has failed, too */
    const char *(*stopped_by)(void); /* asked several times a second: names what
                                      * asks for an end, or NULL; may be NULL */
};

/*
 * Shuffles the sequence up to 10,000 times, the same way for the same seed on
 * whatever number of threads; a statistic is done as soon as it has passed.
 * values are the symbols as they came, s their translation. Blocks. 0 or
 * -ENOMEM.
 */
int permutation_run(struct permutation_test *t, const struct sequence *s,
                    const uint8_t *values, const struct permutation_options *o);

/* The statistics of `values` (see permutation_run()), for the tests of the
 * tests. 0 or -ENOMEM. */
int permutation_statistics(double statistics[PERMUTATION_STATISTICS],
                           const struct sequence *s, const uint8_t *values);

/* Permutation `number` of n values, likewise; digits is room for n. */
void permutation_shuffle(uint8_t *out, const uint8_t *values, size_t n,
                         uint8_t *digits, uint64_t seed, uint64_t number);

struct iid_result {
    struct chi_square independence, goodness;
    struct longest_repeat repeat;
    struct permutation_test permutation;
    bool is_decided; /* false: the permutations were stopped */
    bool is_passed;  /* no test found anything against IID */
};

/* All of section 5. values and options as above. 0 or -ENOMEM. */
int iid_run(struct iid_result *r, const struct sequence *s,
            const uint8_t *values, const struct permutation_options *o);

#endif
