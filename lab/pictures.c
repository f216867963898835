/* SPDX-License-Identifier: MIT */
/* What is drawn, at which scale, and eighths of a line. */

#include "lab/pictures.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Lines of a picture; columns of the scale beside it. */
#define LINES         8
#define SCALE_COLUMNS 12u

#define EIGHTHS 8

/* Lowest top of the autocorrelation's picture, so that noise looks like it. */
#define CORRELATION_TOP 0.1

/* The 0.995 quantile of the standard normal distribution. */
#define Z_99 2.576

static bool is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        /* One thread. */
        const char *value =
            getenv(names[i]); /* NOLINT(concurrency-mt-unsafe) */
        if (value != NULL && value[0] != '\0')
            return strstr(value, "UTF-8") != NULL ||
                   strstr(value, "utf8") != NULL ||
                   strstr(value, "UTF8") != NULL;
    }
    return false;
}

struct canvas canvas_of(FILE *out)
{
    struct winsize size;
    struct canvas canvas = {out, PICTURE_COLUMNS, is_utf8()};
    int fd = fileno(out);
    if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return canvas;
    canvas.columns = size.ws_col > 2 * SCALE_COLUMNS
                         ? size.ws_col - SCALE_COLUMNS
                         : SCALE_COLUMNS;
    if (canvas.columns > PICTURE_COLUMNS_MAX)
        canvas.columns = PICTURE_COLUMNS_MAX;
    return canvas;
}

/* What fills `eighths` eighths of a cell, from below: U+2581 to U+2588. */
static const char *cell(unsigned eighths, bool with_utf8)
{
    static const char *const blocks[] = {
        " ",
        "\xe2\x96\x81",
        "\xe2\x96\x82",
        "\xe2\x96\x83",
        "\xe2\x96\x84",
        "\xe2\x96\x85",
        "\xe2\x96\x86",
        "\xe2\x96\x87",
        "\xe2\x96\x88",
    };
    static const char *const plain[] = {" ", ".", ".", ".", ":",
                                        ":", ":", "#", "#"};
    return with_utf8 ? blocks[eighths] : plain[eighths];
}

void draw_columns(const struct canvas *canvas, const double *values,
                  size_t count, unsigned rows, double top)
{
    for (unsigned row = rows; row-- > 0;) {
        (void)fprintf(canvas->out, "%9.3g |", top * (row + 1) / rows);
        for (size_t i = 0; i < count; i++) {
            double height = values[i] / top * rows * EIGHTHS;
            double above = height - (double)row * EIGHTHS;
            unsigned eighths = above >= EIGHTHS ? EIGHTHS
                               : above > 0      ? (unsigned)above
                                                : 0;
            bool is_cut = row + 1 == rows && above > EIGHTHS + 1;
            (void)fputs(is_cut && !canvas->is_utf8
                            ? "^"
                            : cell(eighths, canvas->is_utf8),
                        canvas->out);
        }
        (void)fputc('\n', canvas->out);
    }
}

static int compare_ticks(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

int histogram_of(struct histogram *h, const uint64_t *ticks, size_t n,
                 unsigned bins)
{
    uint64_t *sorted = malloc(n * sizeof(*sorted));
    if (sorted == NULL)
        return -ENOMEM;
    memcpy(sorted, ticks, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), compare_ticks);
    size_t tail = n / 100;
    size_t middle = n / 2;
    *h = (struct histogram){
        .low = fmax((double)sorted[tail], 1),
        .high = fmax((double)sorted[n - 1 - tail], 1),
        .median = (double)sorted[middle],
    };
    free(sorted);
    double width = log2(h->high / h->low) / bins;
    for (size_t i = 0; i < n; i++) {
        double tick = (double)ticks[i];
        h->below += tick < h->low;
        h->above += tick > h->high;
        if (tick < h->low || tick > h->high)
            continue;
        double place = width > 0 ? floor(log2(tick / h->low) / width) : 0;
        h->counts[(size_t)fmin(place, bins - 1)]++;
    }
    return 0;
}

/* Logarithms of the ticks less their mean, new. */
static double *centred_logarithms(const uint64_t *ticks, size_t n)
{
    double mean = 0;
    double *values = malloc(n * sizeof(*values));
    if (values == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        values[i] = log2((double)ticks[i] + 1);
        mean += values[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
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

int correlation_of(const uint64_t *ticks, size_t n, unsigned lags,
                   double *values, double *bound)
{
    double *logarithms = centred_logarithms(ticks, n);
    if (logarithms == NULL)
        return -ENOMEM;
    double variance = product_at(logarithms, n, 0);
    for (unsigned lag = 1; lag <= lags; lag++)
        values[lag - 1] =
            variance > 0 ? product_at(logarithms, n, lag) / variance : 0;
    *bound = Z_99 / sqrt((double)n);
    free(logarithms);
    return 0;
}

int draw_histogram(const struct canvas *canvas, const struct dataset *data)
{
    struct histogram h;
    double top = 1;
    if (histogram_of(&h, data->ticks, data->n, canvas->columns) < 0)
        return -ENOMEM;
    for (unsigned i = 0; i < canvas->columns; i++)
        top = fmax(top, h.counts[i]);
    (void)fprintf(canvas->out,
                  "\nSamples by their ticks, %.0f to %.0f on a logarithmic "
                  "scale, median %.0f\n(%zu shorter and %zu longer ones are "
                  "left out):\n",
                  h.low, h.high, h.median, h.below, h.above);
    draw_columns(canvas, h.counts, canvas->columns, LINES, top);
    return 0;
}

int draw_correlation(const struct canvas *canvas, const struct dataset *data)
{
    double values[PICTURE_COLUMNS_MAX] = {0};
    double bound;
    double top = CORRELATION_TOP;
    unsigned largest = 0;
    if (data->n <= canvas->columns)
        return 0;
    if (correlation_of(data->ticks, data->n, canvas->columns, values, &bound) <
        0)
        return -ENOMEM;
    for (unsigned i = 0; i < canvas->columns; i++)
        largest = fabs(values[i]) > fabs(values[largest]) ? i : largest;
    double with_sign = values[largest];
    for (unsigned i = 0; i < canvas->columns; i++) {
        values[i] = fabs(values[i]);
        top = fmax(top, values[i]);
    }
    (void)fprintf(canvas->out,
                  "\nAutocorrelation of log2(ticks), its size at lags 1 to %u, "
                  "largest %+.3f at %u;\nbelow %.4f in 99 of 100 where samples "
                  "are independent:\n",
                  canvas->columns, with_sign, largest + 1, bound);
    draw_columns(canvas, values, canvas->columns, LINES / 2, top);
    return 0;
}
