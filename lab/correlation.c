/* SPDX-License-Identifier: MIT */
/*
 * record.json says when some of the samples were taken; those in between are
 * placed by their durations, scaled to fit.
 */

#include "lab/correlation.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S  1e9
#define NS_PER_MS 1e6

#define SLOT_LAGS (2 * CORRELATION_SLOTS + 1)
#define PAIR_LAGS (2 * CORRELATION_PAIRS + 1)

/* Two-sided 99 % at all of 65 lags together: 0.01 / 65 / 2 is the upper tail of
 * the normal distribution at 3.78. */
#define Z_ALL_LAGS 3.78

/* Autocorrelations that Bartlett's formula adds up, either way. */
#define BARTLETT_LAGS 128

/* Upper halves of symbols. */
#define CLASSES 16u

/* A recording on the time axis. */
struct track {
    const struct dataset *data;
    size_t n;     /* samples whose time is known */
    double *ends; /* ns, of each; owned */
    double from, to;
};

static int refuse(const char *name, struct reason *why)
{
    reason_set(why,
               "recording %s does not say when its samples were taken: it is "
               "one of restarts, or an older one; record it again",
               name);
    return -EINVAL;
}

/* Places samples first to last - 1 from `begin` to `end`. */
static void place(struct track *t, size_t first, size_t last, double begin,
                  double end)
{
    double total = 0;
    double sum = 0;
    for (size_t i = first; i < last; i++)
        total += (double)t->data->ticks[i] + 1;
    for (size_t i = first; i < last; i++) {
        sum += (double)t->data->ticks[i] + 1;
        t->ends[i] = begin + (end - begin) * sum / total;
    }
}

/* tick_ns is a tick in ns, taken from record.json like all else here. */
static int track_init(struct track *t, const struct dataset *data,
                      const char *name, struct reason *why)
{
    const json_t *samples = dataset_value(data, "run.time_marks.samples");
    const json_t *ticks = dataset_value(data, "run.time_marks.ticks");
    const json_t *ratio = dataset_value(data, "clock.tick_ns_ratio");
    double tick_ns = json_number_value(json_array_get(ratio, 0)) /
                     json_number_value(json_array_get(ratio, 1));
    size_t marks = json_array_size(samples);
    *t = (struct track){.data = data};
    if (marks < 2 || json_array_size(ticks) != marks || data->ticks == NULL ||
        !(tick_ns > 0 && tick_ns < NS_PER_S))
        return refuse(name, why);
    t->ends = malloc(data->n * sizeof(*t->ends));
    if (t->ends == NULL)
        return reason_errno(ENOMEM, why, "recording %s", name);
    for (size_t i = 0; i < marks; i++) {
        json_int_t count = json_integer_value(json_array_get(samples, i));
        double at =
            (double)json_integer_value(json_array_get(ticks, i)) * tick_ns;
        bool is_next = i == 0 ? count == 0
                              : count > (json_int_t)t->n && at > t->to &&
                                    (uint64_t)count <= data->n;
        if (!is_next)
            return refuse(name, why);
        if (i == 0)
            t->from = at;
        else
            place(t, t->n, (size_t)count, t->to, at);
        t->n = (size_t)count;
        t->to = at;
    }
    return 0;
}

/* Means of the slots, less the mean of them all; a slot without a sample gets
 * that mean. New. */
static double *slots_of(const struct track *t, double from, size_t slots)
{
    double *sums = calloc(slots, sizeof(*sums));
    double *counts = calloc(slots, sizeof(*counts));
    double mean = 0;
    double used = 0;
    if (sums == NULL || counts == NULL) {
        free(sums);
        free(counts);
        return NULL;
    }
    for (size_t i = 0; i < t->n; i++) {
        double slot = (t->ends[i] - from) / (CORRELATION_SLOT_MS * NS_PER_MS);
        if (slot < 0 || slot >= (double)slots)
            continue;
        sums[(size_t)slot] += log2((double)t->data->ticks[i] + 1);
        counts[(size_t)slot]++;
    }
    for (size_t i = 0; i < slots; i++) {
        mean += counts[i] > 0 ? sums[i] / counts[i] : 0;
        used += counts[i] > 0;
    }
    mean /= fmax(used, 1);
    for (size_t i = 0; i < slots; i++)
        sums[i] = counts[i] > 0 ? sums[i] / counts[i] - mean : 0;
    free(counts);
    return sums;
}

static double product(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* How far the correlation of two independent series with these
 * autocorrelations gets, by Bartlett: its variance is the sum of the products
 * of both, over n. Never below that of white noise. */
static double bound_of(const double *a, const double *b, size_t n, double aa,
                       double bb)
{
    double sum = 1;
    for (size_t lag = 1; lag <= BARTLETT_LAGS && lag < n; lag++)
        sum += 2 * product(a, a + lag, n - lag) / aa *
               product(b, b + lag, n - lag) / bb;
    return Z_ALL_LAGS * sqrt(fmax(sum, 1) / (double)n);
}

static int correlate_durations(struct correlation *c, const struct track *a,
                               const struct track *b, double from)
{
    double *x = slots_of(a, from, c->slots);
    double *y = slots_of(b, from, c->slots);
    if (x == NULL || y == NULL) {
        free(x);
        free(y);
        return -ENOMEM;
    }
    double xx = product(x, x, c->slots);
    double yy = product(y, y, c->slots);
    double most = 0;
    for (int i = 0; xx > 0 && yy > 0 && i < SLOT_LAGS; i++) {
        int lag = i - CORRELATION_SLOTS;
        size_t shift = (size_t)abs(lag);
        double sum = lag >= 0 ? product(x, y + shift, c->slots - shift)
                              : product(x + shift, y, c->slots - shift);
        c->durations[i] = sum / sqrt(xx * yy);
        if (fabs(c->durations[i]) > most) {
            most = fabs(c->durations[i]);
            c->duration_lag = lag;
        }
    }
    c->bound = xx > 0 && yy > 0 ? bound_of(x, y, c->slots, xx, yy) : 1;
    c->are_durations_correlated = most > c->bound;
    free(x);
    free(y);
    return 0;
}

/* Bits that the one class tells of the other, on average. */
static double information(const double counts[CLASSES][CLASSES], double n)
{
    double rows[CLASSES] = {0};
    double columns[CLASSES] = {0};
    double sum = 0;
    for (unsigned i = 0; i < CLASSES; i++) {
        for (unsigned k = 0; k < CLASSES; k++) {
            rows[i] += counts[i][k];
            columns[k] += counts[i][k];
        }
    }
    for (unsigned i = 0; i < CLASSES; i++) {
        for (unsigned k = 0; k < CLASSES; k++) {
            if (counts[i][k] > 0)
                sum += counts[i][k] / n *
                       log2(counts[i][k] * n / (rows[i] * columns[k]));
        }
    }
    return sum;
}

/* Of the slower one, each sample in the common time, with the lag-th after the
 * one of the other that ended first after it. */
static void correlate_symbols(struct correlation *c, const struct track *slow,
                              const struct track *fast, double from, double to)
{
    double most = -1;
    for (int i = 0; i < PAIR_LAGS; i++) {
        double counts[CLASSES][CLASSES] = {{0}};
        double n = 0;
        size_t next = 0;
        for (size_t k = 0; k < slow->n; k++) {
            if (slow->ends[k] < from || slow->ends[k] > to)
                continue;
            while (next < fast->n && fast->ends[next] < slow->ends[k])
                next++;
            ptrdiff_t at = (ptrdiff_t)next + i - CORRELATION_PAIRS;
            if (at < 0 || (size_t)at >= fast->n)
                continue;
            counts[slow->data->symbols[k] / CLASSES]
                  [fast->data->symbols[at] / CLASSES]++;
            n++;
        }
        c->bits[i] = n > 0 ? information(counts, n) : 0;
        if (i == CORRELATION_PAIRS) {
            c->pairs = (size_t)n;
            /* Half a chi-square with so many degrees of freedom, in bits. */
            c->chance_bits =
                (CLASSES - 1) * (CLASSES - 1) / (2 * fmax(n, 1) * log(2));
        }
        if (c->bits[i] > most) {
            most = c->bits[i];
            c->symbol_lag = i - CORRELATION_PAIRS;
        }
    }
    c->are_symbols_dependent = most > c->chance_bits + CORRELATION_BITS_MAX;
}

int correlation_run(struct correlation *c, const struct dataset *a,
                    const struct dataset *b, struct reason *why)
{
    struct track x;
    struct track y = {0};
    *c = (struct correlation){0};
    int rc = track_init(&x, a, "A", why);
    if (rc == 0)
        rc = track_init(&y, b, "B", why);
    double from = fmax(x.from, y.from);
    double to = fmin(x.to, y.to);
    c->seconds = fmax(to - from, 0) / NS_PER_S;
    if (rc == 0 && c->seconds < CORRELATION_SECONDS_MIN) {
        reason_set(why,
                   "both were recording during %.1f s; at least %.0f s are "
                   "needed: start them at the same time, on one machine",
                   c->seconds, CORRELATION_SECONDS_MIN);
        rc = -EINVAL;
    }
    if (rc == 0 && c->seconds > CORRELATION_SECONDS_MAX) {
        reason_set(why, "both were recording during %.0f s; at most %.0f",
                   c->seconds, CORRELATION_SECONDS_MAX);
        rc = -EINVAL;
    }
    if (rc == 0) {
        bool is_a_slower =
            (double)x.n / (x.to - x.from) <= (double)y.n / (y.to - y.from);
        c->slots = (size_t)((to - from) / (CORRELATION_SLOT_MS * NS_PER_MS));
        correlate_symbols(c, is_a_slower ? &x : &y, is_a_slower ? &y : &x, from,
                          to);
        rc = correlate_durations(c, &x, &y, from);
        if (rc < 0)
            (void)reason_errno(ENOMEM, why, "the slots");
    }
    free(x.ends);
    free(y.ends);
    return rc;
}
