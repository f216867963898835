/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_RESTART_H
#define ENTROPYD_LAB_RESTART_H

/* The restart tests of SP 800-90B 3.1.4, on a matrix of which each row was
 * taken after a restart of its own. */

#include "lab/assessment.h"

/* What 3.1.4.1 wants of both. */
#define RESTART_STANDARD 1000u

struct restart_matrix {
    const uint8_t *symbols; /* row by row; borrowed */
    size_t rows, columns;
    unsigned width; /* bits of a symbol */
};

struct restart_result {
    /* The sanity check of 3.1.4.3: how often the most frequent symbol of a row,
     * or of a column, may occur, and does. */
    double alpha; /* chance that a single row or column has more by accident */
    unsigned row_limit, column_limit;
    unsigned row_most, column_most;
    size_t row_at, column_at; /* which */
    bool is_sane;

    /* By all estimators of symbols: rows one after another, and columns. */
    struct assessment rows, columns;
    double h_initial;
    bool is_valid;      /* both, and neither assessment below h_initial / 2 */
    double min_entropy; /* the least of h_initial and both; 0: not valid */
};

/*
 * How often the most frequent of n symbols (1 to RECORD_ROW_MAX) may occur
 * where none is likelier than 2^-h: the least number that is exceeded with
 * chance alpha at most. Of all distributions with that bound the one with the
 * fewest, equally likely symbols is taken, as NIST's program does; its chances
 * are computed, not simulated. h is more than 0, at most 8. 0 and *limit, or
 * -ENOMEM.
 */
int restart_limit(size_t n, double h, double alpha, unsigned *limit);

/* Tests a matrix of at least 2 rows and columns, on at most `threads` threads,
 * against the initial estimate h_initial, more than 0 and at most the width.
 * Blocks. 0, -ENOMEM, or -EINVAL with the reason in `why`. */
int restart_run(struct restart_result *r, const struct restart_matrix *m,
                double h_initial, unsigned threads, struct reason *why);

#endif
