/* What is drawn, and at which scale. */

#include "lab/assess_pictures.h"

#include "daemon/health/numeric.h"
#include "lab/assess_draw.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Columns and lines of a picture. */
#define COLUMNS 64
#define LINES   8

/* Lowest top of the autocorrelation's picture, so that noise looks like it. */
#define CORRELATION_TOP 0.1

static int compare_ticks(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

int assess_histogram(FILE *out, const struct assess_data *data, bool with_utf8)
{
    double counts[COLUMNS] = {0};
    double top = 1;
    uint64_t *sorted = malloc(data->n * sizeof(*sorted));
    if (sorted == NULL)
        return -ENOMEM;
    memcpy(sorted, data->ticks, data->n * sizeof(*sorted));
    qsort(sorted, data->n, sizeof(*sorted), compare_ticks);
    uint64_t low = sorted[data->n / 100];
    uint64_t high = sorted[data->n - 1 - data->n / 100];
    uint64_t median = sorted[data->n / 2];
    free(sorted);
    for (size_t i = 0; i < data->n; i++) {
        if (data->ticks[i] >= low && data->ticks[i] <= high)
            counts[(size_t)((double)(data->ticks[i] - low) * COLUMNS /
                            ((double)(high - low) + 1))]++;
    }
    for (size_t i = 0; i < COLUMNS; i++)
        top = counts[i] > top ? counts[i] : top;
    (void)fprintf(out,
                  "\nSamples by their ticks, %" PRIu64 " to %" PRIu64
                  ", median %" PRIu64 ":\n",
                  low, high, median);
    draw_columns(out, counts, COLUMNS, LINES, top, with_utf8);
    return 0;
}

/* Logarithms of the ticks less their mean, new. */
static double *centred_logarithms(const struct assess_data *data)
{
    double mean = 0;
    double *values = malloc(data->n * sizeof(*values));
    if (values == NULL)
        return NULL;
    for (size_t i = 0; i < data->n; i++) {
        values[i] = numeric_log2((double)data->ticks[i] + 1);
        mean += values[i] / (double)data->n;
    }
    for (size_t i = 0; i < data->n; i++)
        values[i] -= mean;
    return values;
}

static double product_at(const double *values, size_t n, size_t lag)
{
    double sum = 0;
    for (size_t i = lag; i < n; i++)
        sum += values[i] * values[i - lag];
    return sum;
}

int assess_correlation(FILE *out, const struct assess_data *data,
                       bool with_utf8)
{
    double sizes[COLUMNS] = {0};
    double largest = 0; /* with its sign */
    double top = CORRELATION_TOP;
    size_t largest_at = 0;
    if (data->n <= COLUMNS)
        return 0;
    double *values = centred_logarithms(data);
    if (values == NULL)
        return -ENOMEM;
    double variance = product_at(values, data->n, 0);
    for (size_t lag = 1; lag <= COLUMNS && variance > 0; lag++) {
        double r = product_at(values, data->n, lag) / variance;
        double size = r < 0 ? -r : r;
        sizes[lag - 1] = size;
        if (largest_at == 0 || size > sizes[largest_at - 1]) {
            largest = r;
            largest_at = lag;
        }
        top = size > top ? size : top;
    }
    free(values);
    (void)fprintf(out,
                  "\nAutocorrelation of log2(ticks), its size at lags 1 to %d, "
                  "largest %+.3f at %zu:\n",
                  COLUMNS, largest, largest_at);
    draw_columns(out, sizes, COLUMNS, LINES / 2, top, with_utf8);
    return 0;
}
