/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_PICTURES_H
#define ENTROPYD_LAB_PICTURES_H

/* Pictures of a recording for a terminal, and the numbers that they and those
 * of a report are drawn from. One thread. */

#include "lab/dataset.h"

#include <stdbool.h>
#include <stdio.h>

/* A picture's columns in a terminal without a width, and at most. */
#define PICTURE_COLUMNS     64u
#define PICTURE_COLUMNS_MAX 256u

/* Where and how something is drawn. */
struct canvas {
    FILE *out;
    unsigned columns; /* of a picture, up to PICTURE_COLUMNS_MAX */
    bool is_utf8;     /* block characters, else "." ":" "#" */
};

/* One for `out`: as wide as its terminal lets it be, characters as the locale
 * has them. */
struct canvas canvas_of(FILE *out);

/* Each value as a column `rows` lines high, with a scale at the left; what is
 * above `top` is cut, and marked "^" where the terminal has no block
 * characters. */
void draw_columns(const struct canvas *canvas, const double *values,
                  size_t count, unsigned rows, double top);

/* How many samples took how long, in bins of equal width on a logarithmic
 * scale, which a long tail does not squash. */
struct histogram {
    double low, high; /* ticks; all but one in a hundred at each end */
    double median;
    size_t below, above; /* samples left out */
    double counts[PICTURE_COLUMNS_MAX];
};

/* 0 or -ENOMEM. bins is at most PICTURE_COLUMNS_MAX. */
int histogram_of(struct histogram *h, const uint64_t *ticks, size_t n,
                 unsigned bins);

/* The autocorrelation of log2(ticks) (a few long waits would drown everything
 * else) at lags 1 to `lags`, less than n; bound: what 99 % of those of
 * independent samples stay below. 0 or -ENOMEM. */
int correlation_of(const uint64_t *ticks, size_t n, unsigned lags,
                   double *values, double *bound);

/* The pictures in a terminal. 0 or -ENOMEM. */
int draw_histogram(const struct canvas *canvas, const struct dataset *data);
int draw_correlation(const struct canvas *canvas, const struct dataset *data);

#endif
