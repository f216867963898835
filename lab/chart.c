/* SPDX-License-Identifier: MIT */
/* Axes, and what is drawn between them. */

#include "lab/chart.h"

#include "lab/pictures.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A picture and the space that its axes leave, in SVG's units. */
#define WIDTH  680.0
#define HEIGHT 230.0
#define LEFT   62.0
#define RIGHT  12.0
#define TOP    10.0
#define BOTTOM 36.0

#define PLOT_WIDTH  (WIDTH - LEFT - RIGHT)
#define PLOT_HEIGHT (HEIGHT - TOP - BOTTOM)

#define BINS          160u
#define LAGS          128u
#define CELLS         64u /* of the lag plot, each way */
#define FIRST_SAMPLES 128u

/* A bar of the estimates, and the column of their names. */
#define BAR_HEIGHT 16.0
#define NAMES      220.0

#define NS_PER_US 1000.0

/* What is drawn from where to where; logarithms where that is the scale. */
struct axes {
    double x_low, x_high, y_low, y_high;
};

static double at_x(const struct axes *a, double x)
{
    return LEFT + (x - a->x_low) / (a->x_high - a->x_low) * PLOT_WIDTH;
}

static double at_y(const struct axes *a, double y)
{
    return TOP + (a->y_high - y) / (a->y_high - a->y_low) * PLOT_HEIGHT;
}

void html_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            (void)fputs("&lt;", out);
            break;
        case '>':
            (void)fputs("&gt;", out);
            break;
        case '&':
            (void)fputs("&amp;", out);
            break;
        case '"':
            (void)fputs("&quot;", out);
            break;
        case '\'':
            (void)fputs("&#39;", out);
            break;
        default:
            (void)fputc(*text, out);
        }
    }
}

static void begin(FILE *out, double height, const char *title)
{
    (void)fprintf(out,
                  "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
                  "aria-label=\"%s\">\n",
                  WIDTH, height, title);
}

static void label(FILE *out, double x, double y, const char *anchor,
                  const char *text)
{
    (void)fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y,
                  anchor);
    html_text(out, text);
    (void)fputs("</text>\n", out);
}

static void line(FILE *out, const char *class, double x1, double y1, double x2,
                 double y2)
{
    (void)fprintf(out,
                  "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
                  "y2=\"%.1f\"/>\n",
                  class, x1, y1, x2, y2);
}

/* A number as a scale has it. */
static void value_label(FILE *out, double x, double y, const char *anchor,
                        double value)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%.4g", value);
    label(out, x, y, anchor, text);
}

/* Powers of ten, and twice and five times them, between two logarithms of
 * microseconds, as marks of an axis. */
static void log_marks(FILE *out, const struct axes *a, bool is_x)
{
    static const double steps[] = {1, 2, 5};
    double low = is_x ? a->x_low : a->y_low;
    double high = is_x ? a->x_high : a->y_high;
    bool is_wide = high - low > 10; /* octaves */
    for (int power = -4; power <= 9; power++) {
        for (size_t i = 0; i < (is_wide ? 1u : 3u); i++) {
            double value = steps[i] * pow(10, power);
            double place = log2(value);
            if (place < low || place > high)
                continue;
            if (is_x) {
                double x = at_x(a, place);
                line(out, "grid", x, TOP, x, TOP + PLOT_HEIGHT);
                value_label(out, x, TOP + PLOT_HEIGHT + 15, "middle", value);
            } else {
                double y = at_y(a, place);
                line(out, "grid", LEFT, y, LEFT + PLOT_WIDTH, y);
                value_label(out, LEFT - 6, y + 4, "end", value);
            }
        }
    }
}

static void end(FILE *out, const char *x_name)
{
    line(out, "axis", LEFT, TOP + PLOT_HEIGHT, LEFT + PLOT_WIDTH,
         TOP + PLOT_HEIGHT);
    line(out, "axis", LEFT, TOP, LEFT, TOP + PLOT_HEIGHT);
    label(out, LEFT + PLOT_WIDTH / 2, HEIGHT - 4, "middle", x_name);
    (void)fputs("</svg>\n", out);
}

static void bar(FILE *out, const char *class, double y, double share)
{
    (void)fprintf(out,
                  "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                  "height=\"%.1f\"/>\n",
                  class, NAMES, y, share * (WIDTH - NAMES - RIGHT),
                  BAR_HEIGHT / 2 - 1);
}

void chart_estimates(FILE *out, const struct assessment *a, double claim)
{
    double height = ESTIMATORS * (BAR_HEIGHT + 4) + 24;
    double width = WIDTH - NAMES - RIGHT;
    begin(out, height, "Estimates");
    for (unsigned i = 0; i < ESTIMATORS; i++) {
        double y = 4 + i * (BAR_HEIGHT + 4);
        label(out, NAMES - 6, y + 11, "end", estimator_infos[i].title);
        if (a->literal[i].applies)
            bar(out, "symbols", y, a->literal[i].min_entropy / a->width);
        if (a->bits[i].applies)
            bar(out, "bits", y + BAR_HEIGHT / 2, a->bits[i].min_entropy);
    }
    for (unsigned bits = 0; bits <= a->width; bits++) {
        double x = NAMES + width * bits / a->width;
        line(out, "grid", x, 2, x, height - 20);
        value_label(out, x, height - 6, "middle", bits);
    }
    if (claim > 0)
        line(out, "claim", NAMES + width * claim / a->width, 0,
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
    struct axes a = {log2(h.low) + shift, log2(h.high) + shift, 0,
                     most / (double)data->n};
    if (a.x_high <= a.x_low)
        a.x_high = a.x_low + 1;
    begin(out, HEIGHT, "Durations");
    log_marks(out, &a, true);
    (void)fputs("<path class=\"area\" d=\"", out);
    for (unsigned i = 0; i < BINS; i++) {
        double from = a.x_low + (a.x_high - a.x_low) * i / BINS;
        double to = a.x_low + (a.x_high - a.x_low) * (i + 1) / BINS;
        double y = at_y(&a, h.counts[i] / (double)data->n);
        (void)fprintf(out, "%s%.1f,%.1f L%.1f,%.1f ", i == 0 ? "M" : "L",
                      at_x(&a, from), y, at_x(&a, to), y);
    }
    (void)fprintf(out, "L%.1f,%.1f L%.1f,%.1f Z\"/>\n", LEFT + PLOT_WIDTH,
                  at_y(&a, 0), LEFT, at_y(&a, 0));
    value_label(out, LEFT - 6, TOP + 8, "end", 100 * a.y_high);
    label(out, LEFT - 6, TOP + 22, "end", "%");
    end(out, "microseconds; the shortest and longest hundredth left out");
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
    const struct axes a = {0, LAGS + 1, -top, top};
    begin(out, HEIGHT, "Autocorrelation");
    for (unsigned lag = 16; lag <= LAGS; lag += 16)
        value_label(out, at_x(&a, lag), TOP + PLOT_HEIGHT + 15, "middle", lag);
    line(out, "claim", LEFT, at_y(&a, bound), LEFT + PLOT_WIDTH,
         at_y(&a, bound));
    line(out, "claim", LEFT, at_y(&a, -bound), LEFT + PLOT_WIDTH,
         at_y(&a, -bound));
    for (unsigned i = 0; i < LAGS; i++)
        line(out, "stem", at_x(&a, i + 1), at_y(&a, 0), at_x(&a, i + 1),
             at_y(&a, values[i]));
    value_label(out, LEFT - 6, TOP + 8, "end", top);
    label(out, LEFT - 6, at_y(&a, 0) + 4, "end", "0");
    value_label(out, LEFT - 6, TOP + PLOT_HEIGHT, "end", -top);
    end(out, "lag; dashed: 99 of 100 are within where samples are independent");
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
    const struct axes a = {low + shift, high + shift, low + shift,
                           high + shift};
    begin(out, HEIGHT, "Lag plot");
    for (unsigned y = 0; y < CELLS; y++) {
        for (unsigned x = 0; x < CELLS; x++) {
            if (counts[y][x] <= 0)
                continue;
            (void)fprintf(out,
                          "<rect class=\"cell\" x=\"%.1f\" y=\"%.2f\" "
                          "width=\"%.2f\" height=\"%.2f\" "
                          "opacity=\"%.2f\"/>\n",
                          LEFT + PLOT_WIDTH * x / CELLS,
                          TOP + PLOT_HEIGHT * (CELLS - 1 - y) / CELLS,
                          PLOT_WIDTH / CELLS, PLOT_HEIGHT / CELLS,
                          0.08 + 0.92 * log1p(counts[y][x]) / log1p(most));
        }
    }
    log_marks(out, &a, true);
    log_marks(out, &a, false);
    end(out, "microseconds of a sample; upwards: of the next one");
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
    struct axes a = {-1, (double)count, INFINITY, -INFINITY};
    if (sorted == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        quartiles(data, i, sorted, places[i]);
        a.y_low = fmin(a.y_low, places[i][0] + shift - 0.1);
        a.y_high = fmax(a.y_high, places[i][2] + shift + 0.1);
    }
    free(sorted);
    begin(out, HEIGHT, "First samples after restarts");
    log_marks(out, &a, false);
    for (size_t i = 0; i < count; i++) {
        double x = at_x(&a, (double)i);
        line(out, "stem", x, at_y(&a, places[i][0] + shift), x,
             at_y(&a, places[i][2] + shift));
        (void)fprintf(out,
                      "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" "
                      "r=\"1.8\"/>\n",
                      x, at_y(&a, places[i][1] + shift));
        if (i % 16 == 0)
            value_label(out, x, TOP + PLOT_HEIGHT + 15, "middle", (double)i);
    }
    end(out, "sample after a restart; microseconds: median, middle half");
    return 0;
}
