/* SPDX-License-Identifier: MIT */
/* What is drawn between the axes. */

#include "lab/chart.h"

#include "lab/pictures.h"
#include "lab/svg.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BINS          160u
#define LAGS          128u
#define CELLS         64u /* of the lag plot, each way */
#define FIRST_SAMPLES 128u

/* A bar of the estimates, and the column of their names. */
#define BAR_HEIGHT 16.0
#define NAMES      220.0

#define NS_PER_US 1000.0

static void bar(FILE *out, const char *class, double y, double share)
{
    svg_bar(out, class, NAMES, y, share * (SVG_WIDTH - NAMES - SVG_RIGHT),
            BAR_HEIGHT / 2 - 1);
}

void chart_estimates(FILE *out, const struct assessment *a, double claim)
{
    double height = ESTIMATORS * (BAR_HEIGHT + 4) + 24;
    double width = SVG_WIDTH - NAMES - SVG_RIGHT;
    svg_begin(out, height, "Estimates");
    for (unsigned i = 0; i < ESTIMATORS; i++) {
        double y = 4 + i * (BAR_HEIGHT + 4);
        svg_label(out, NAMES - 6, y + 11, "end", estimator_infos[i].title);
        if (a->literal[i].applies)
            bar(out, "symbols", y, a->literal[i].min_entropy / a->width);
        if (a->bits[i].applies)
            bar(out, "bits", y + BAR_HEIGHT / 2, a->bits[i].min_entropy);
    }
    for (unsigned bits = 0; bits <= a->width; bits++) {
        double x = NAMES + width * bits / a->width;
        svg_line(out, "grid", x, 2, x, height - 20);
        svg_value(out, x, height - 6, "middle", bits);
    }
    if (claim > 0)
        svg_line(out, "claim", NAMES + width * claim / a->width, 0,
                 NAMES + width * claim / a->width, height - 20);
    (void)fputs("</svg>\n", out);
}

int chart_durations(FILE *out, const struct dataset *data, double tick_ns)
{
    struct histogram h;
    double most = 1;
    if (histogram_of(&h, data->ticks, data->n, BINS) < 0)
        return -ENOMEM;
    for (unsigned i = 0; i < BINS; i++)
        most = fmax(most, h.counts[i]);
    double shift = log2(tick_ns / NS_PER_US);
    struct svg_axes a = {log2(h.low) + shift, log2(h.high) + shift, 0,
                         most / (double)data->n};
    if (a.x_high <= a.x_low)
        a.x_high = a.x_low + 1;
    svg_begin(out, SVG_HEIGHT, "Durations");
    svg_log_marks(out, &a, true);
    (void)fputs("<path class=\"area\" d=\"", out);
    for (unsigned i = 0; i < BINS; i++) {
        double from = a.x_low + (a.x_high - a.x_low) * i / BINS;
        double to = a.x_low + (a.x_high - a.x_low) * (i + 1) / BINS;
        double y = svg_y(&a, h.counts[i] / (double)data->n);
        (void)fprintf(out, "%s%.1f,%.1f L%.1f,%.1f ", i == 0 ? "M" : "L",
                      svg_x(&a, from), y, svg_x(&a, to), y);
    }
    (void)fprintf(out, "L%.1f,%.1f L%.1f,%.1f Z\"/>\n",
                  SVG_LEFT + SVG_PLOT_WIDTH, svg_y(&a, 0), SVG_LEFT,
                  svg_y(&a, 0));
    svg_value(out, SVG_LEFT - 6, SVG_TOP + 8, "end", 100 * a.y_high);
    svg_label(out, SVG_LEFT - 6, SVG_TOP + 22, "end", "%");
    svg_end(out, "microseconds; the shortest and longest hundredth left out");
    return 0;
}

int chart_correlation(FILE *out, const struct dataset *data)
{
    double values[LAGS];
    double bound;
    double top = 0.05;
    if (data->n <= LAGS)
        return 0;
    if (correlation_of(data->ticks, data->n, LAGS, values, &bound) < 0)
        return -ENOMEM;
    for (unsigned i = 0; i < LAGS; i++)
        top = fmax(top, fabs(values[i]) * 1.1);
    const struct svg_axes a = {0, LAGS + 1, -top, top};
    svg_begin(out, SVG_HEIGHT, "Autocorrelation");
    for (unsigned lag = 16; lag <= LAGS; lag += 16)
        svg_value(out, svg_x(&a, lag), SVG_TOP + SVG_PLOT_HEIGHT + 15, "middle",
                  lag);
    svg_line(out, "claim", SVG_LEFT, svg_y(&a, bound),
             SVG_LEFT + SVG_PLOT_WIDTH, svg_y(&a, bound));
    svg_line(out, "claim", SVG_LEFT, svg_y(&a, -bound),
             SVG_LEFT + SVG_PLOT_WIDTH, svg_y(&a, -bound));
    for (unsigned i = 0; i < LAGS; i++)
        svg_line(out, "stem", svg_x(&a, i + 1), svg_y(&a, 0), svg_x(&a, i + 1),
                 svg_y(&a, values[i]));
    svg_value(out, SVG_LEFT - 6, SVG_TOP + 8, "end", top);
    svg_label(out, SVG_LEFT - 6, svg_y(&a, 0) + 4, "end", "0");
    svg_value(out, SVG_LEFT - 6, SVG_TOP + SVG_PLOT_HEIGHT, "end", -top);
    svg_end(out,
            "lag; dashed: 99 of 100 are within where samples are independent");
    return 0;
}

static unsigned cell_of(uint64_t ticks, double low, double high)
{
    double place = (log2(fmax((double)ticks, 1)) - low) / (high - low) * CELLS;
    return (unsigned)fmin(fmax(place, 0), CELLS - 1);
}

int chart_lag(FILE *out, const struct dataset *data, double tick_ns)
{
    struct histogram h;
    double counts[CELLS][CELLS] = {{0}};
    double most = 1;
    if (histogram_of(&h, data->ticks, data->n, 1) < 0)
        return -ENOMEM;
    double low = log2(h.low);
    double high = fmax(log2(h.high), low + 1);
    for (size_t i = 1; i < data->n; i++) {
        double *count = &counts[cell_of(data->ticks[i], low, high)]
                               [cell_of(data->ticks[i - 1], low, high)];
        *count += 1;
        most = fmax(most, *count);
    }
    double shift = log2(tick_ns / NS_PER_US);
    const struct svg_axes a = {low + shift, high + shift, low + shift,
                               high + shift};
    svg_begin(out, SVG_HEIGHT, "Lag plot");
    for (unsigned y = 0; y < CELLS; y++) {
        for (unsigned x = 0; x < CELLS; x++) {
            if (counts[y][x] <= 0)
                continue;
            (void)fprintf(out,
                          "<rect class=\"cell\" x=\"%.1f\" y=\"%.2f\" "
                          "width=\"%.2f\" height=\"%.2f\" "
                          "opacity=\"%.2f\"/>\n",
                          SVG_LEFT + SVG_PLOT_WIDTH * x / CELLS,
                          SVG_TOP + SVG_PLOT_HEIGHT * (CELLS - 1 - y) / CELLS,
                          SVG_PLOT_WIDTH / CELLS, SVG_PLOT_HEIGHT / CELLS,
                          0.08 + 0.92 * log1p(counts[y][x]) / log1p(most));
        }
    }
    svg_log_marks(out, &a, true);
    svg_log_marks(out, &a, false);
    svg_end(out, "microseconds of a sample; upwards: of the next one");
    return 0;
}

static int compare_ticks(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Logarithms of a column's quarter, half and three quarters. */
static void quartiles(const struct dataset *data, size_t column,
                      uint64_t *sorted, double out[3])
{
    for (size_t row = 0; row < data->rows; row++)
        sorted[row] = data->ticks[row * data->columns + column];
    qsort(sorted, data->rows, sizeof(*sorted), compare_ticks);
    for (size_t i = 0; i < 3; i++) {
        size_t place = data->rows * (i + 1) / 4;
        out[i] = log2(fmax((double)sorted[place], 1));
    }
}

int chart_restarts(FILE *out, const struct dataset *data, double tick_ns)
{
    double places[FIRST_SAMPLES][3];
    if (data->rows < 4)
        return 0;
    size_t count =
        data->columns < FIRST_SAMPLES ? data->columns : FIRST_SAMPLES;
    uint64_t *sorted = malloc(data->rows * sizeof(*sorted));
    double shift = log2(tick_ns / NS_PER_US);
    struct svg_axes a = {-1, (double)count, INFINITY, -INFINITY};
    if (sorted == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        quartiles(data, i, sorted, places[i]);
        a.y_low = fmin(a.y_low, places[i][0] + shift - 0.1);
        a.y_high = fmax(a.y_high, places[i][2] + shift + 0.1);
    }
    free(sorted);
    svg_begin(out, SVG_HEIGHT, "First samples after restarts");
    svg_log_marks(out, &a, false);
    for (size_t i = 0; i < count; i++) {
        double x = svg_x(&a, (double)i);
        svg_line(out, "stem", x, svg_y(&a, places[i][0] + shift), x,
                 svg_y(&a, places[i][2] + shift));
        (void)fprintf(out,
                      "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" "
                      "r=\"1.8\"/>\n",
                      x, svg_y(&a, places[i][1] + shift));
        if (i % 16 == 0)
            svg_value(out, x, SVG_TOP + SVG_PLOT_HEIGHT + 15, "middle",
                      (double)i);
    }
    svg_end(out, "sample after a restart; microseconds: median, middle half");
    return 0;
}
