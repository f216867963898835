/* SPDX-License-Identifier: MIT */
/*
 * The limit of the sanity check. Counts of independent Poisson numbers whose
 * sum is n are distributed like those of n symbols, so
 *
 *     P(most <= m) = P(all <= m, sum = n) / P(sum = n),
 *
 * and the first is a coefficient of a product of truncated Poisson series: one
 * for each symbol of chance p, and one for what remains.
 */

#include "lab/restart.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 3.1.4.3: the chance that a source that is what it says passes. */
#define CONFIDENCE 0.99

/* to = to x by, both of degrees 0 to n; room is for n + 1 more. */
static void multiply(double *to, const double *by, double *room, size_t n)
{
    memset(room, 0, (n + 1) * sizeof(*room));
    for (size_t i = 0; i <= n; i++) {
        if (to[i] == 0)
            continue;
        for (size_t k = 0; k <= n - i; k++)
            room[i + k] += to[i] * by[k];
    }
    memcpy(to, room, (n + 1) * sizeof(*to));
}

/* The chances of 0 to n where `mean` are expected; 0 of more than `most`. */
static void fill_series(double *series, double mean, size_t most, size_t n)
{
    double log_factorial = 0;
    memset(series, 0, (n + 1) * sizeof(*series));
    if (mean <= 0) {
        series[0] = 1;
        return;
    }
    for (size_t i = 0; i <= n && i <= most; i++) {
        log_factorial += i > 0 ? log((double)i) : 0;
        series[i] = exp((double)i * log(mean) - mean - log_factorial);
    }
}

/* P(most <= m) of n symbols, `count` of which have chance p each and one the
 * rest. room is for 3 (n + 1) numbers. */
static double chance_of_most(size_t n, double p, unsigned count, size_t m,
                             double *room)
{
    double *product = room;
    double *power = room + (n + 1);
    double *spare = room + 2 * (n + 1);
    fill_series(product, (1 - p * count) * (double)n, m, n);
    fill_series(power, p * (double)n, m, n);
    for (unsigned rest = count; rest > 0; rest /= 2) {
        if (rest % 2 != 0)
            multiply(product, power, spare, n);
        if (rest > 1)
            multiply(power, power, spare, n);
    }
    double all = product[n];
    fill_series(spare, (double)n, n, n);
    return all / spare[n];
}

int restart_limit(size_t n, double h, double alpha, unsigned *limit)
{
    double p = exp2(-h);
    unsigned count = (unsigned)floor(1 / p);
    size_t low = 0; /* is exceeded too often */
    size_t high = n;
    double *room = malloc(3 * (n + 1) * sizeof(*room));
    if (room == NULL)
        return -ENOMEM;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (chance_of_most(n, p, count, middle, room) >= 1 - alpha)
            high = middle;
        else
            low = middle;
    }
    free(room);
    *limit = (unsigned)high;
    return 0;
}

/* The most frequent symbol's count in any of `lines` lines of `length`; which
 * line it is in *at. */
static unsigned most_in_lines(const uint8_t *symbols, size_t lines,
                              size_t length, size_t *at)
{
    unsigned most = 0;
    for (size_t i = 0; i < lines; i++) {
        unsigned counts[256] = {0};
        for (size_t k = 0; k < length; k++) {
            unsigned count = ++counts[symbols[i * length + k]];
            if (count > most) {
                most = count;
                *at = i;
            }
        }
    }
    return most;
}

/* The symbols column by column, new. */
static uint8_t *transpose(const struct restart_matrix *m)
{
    uint8_t *turned = malloc(m->rows * m->columns);
    for (size_t i = 0; turned != NULL && i < m->rows; i++) {
        for (size_t k = 0; k < m->columns; k++)
            turned[k * m->rows + i] = m->symbols[i * m->columns + k];
    }
    return turned;
}

/* Symbols only: 3.1.4 says nothing of their bits. */
static int assess_lines(struct assessment *a, const uint8_t *lines,
                        const struct restart_matrix *m, unsigned threads,
                        struct reason *why)
{
    struct symbols s;
    int rc = symbols_init(&s, lines, m->rows * m->columns, m->width, why);
    if (rc < 0)
        return rc;
    s.bits.n = 0;
    rc = assessment_run(a, &s, threads, true);
    if (rc < 0)
        (void)reason_errno(-rc, why, "the assessment");
    symbols_fini(&s);
    return rc;
}

static int check_sanity(struct restart_result *r,
                        const struct restart_matrix *m, const uint8_t *turned,
                        struct reason *why)
{
    r->alpha = -expm1(log(CONFIDENCE) / (double)(m->rows + m->columns));
    int rc = restart_limit(m->columns, r->h_initial, r->alpha, &r->row_limit);
    if (rc == 0)
        rc = restart_limit(m->rows, r->h_initial, r->alpha, &r->column_limit);
    if (rc < 0)
        return reason_errno(-rc, why, "the limits of the sanity check");
    r->row_most = most_in_lines(m->symbols, m->rows, m->columns, &r->row_at);
    r->column_most = most_in_lines(turned, m->columns, m->rows, &r->column_at);
    r->is_sane =
        r->row_most <= r->row_limit && r->column_most <= r->column_limit;
    return 0;
}

int restart_run(struct restart_result *r, const struct restart_matrix *m,
                double h_initial, unsigned threads, struct reason *why)
{
    *r = (struct restart_result){.h_initial = h_initial};
    uint8_t *turned = transpose(m);
    if (turned == NULL)
        return reason_errno(ENOMEM, why, "the columns");
    int rc = check_sanity(r, m, turned, why);
    if (rc == 0)
        rc = assess_lines(&r->rows, m->symbols, m, threads, why);
    if (rc == 0)
        rc = assess_lines(&r->columns, turned, m, threads, why);
    free(turned);
    if (rc < 0)
        return rc;
    double least = fmin(r->rows.h_original, r->columns.h_original);
    r->is_valid = r->is_sane && least >= h_initial / 2;
    r->min_entropy = r->is_valid ? fmin(least, h_initial) : 0;
    return 0;
}
