/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_ASSESSMENT_H
#define ENTROPYD_LAB_ASSESSMENT_H

/* The non-IID assessment of SP 800-90B 3.1.3 and 6.3: all ten estimators on the
 * symbols and on their bits, side by side on several processors. */

#include "lab/estimate.h"
#include "lab/symbols.h"

/* In the order of the standard. */
enum estimator {
    ESTIMATOR_MCV,
    ESTIMATOR_COLLISION,
    ESTIMATOR_MARKOV,
    ESTIMATOR_COMPRESSION,
    ESTIMATOR_T_TUPLE,
    ESTIMATOR_LRS,
    ESTIMATOR_MULTI_MCW,
    ESTIMATOR_LAG,
    ESTIMATOR_MULTI_MMC,
    ESTIMATOR_LZ78Y,
    ESTIMATORS
};

struct estimator_info {
    const char *name;    /* as in JSON: "multi_mcw" */
    const char *title;   /* for people: "multi-MCW" */
    const char *section; /* "6.3.7" */
};

extern const struct estimator_info estimator_infos[ESTIMATORS];

struct assessment {
    size_t n;
    unsigned width, alphabet;
    bool is_translated;
    bool has_bits;                       /* else `bits` is empty */
    struct estimate literal[ESTIMATORS]; /* of the symbols */
    struct estimate bits[ESTIMATORS];    /* of the bits, a bit each */
    double h_original, h_bitstring;      /* the lowest of each; h_bitstring 1
                                          * without bits */
    double min_entropy;                  /* min(width, h_original, width x
                                          * h_bitstring): bits a symbol */
    enum estimator deciding;             /* whose it is ... */
    bool is_decided_by_bits;             /* ... and of what */
};

/*
 * Assesses, on at most `threads` threads (at least 1); progress on stderr where
 * is_progress_shown and it is a terminal. Blocks until done. 0, or -ENOMEM.
 */
int assessment_run(struct assessment *a, const struct symbols *s,
                   unsigned threads, bool is_progress_shown);

#endif
