/* SPDX-License-Identifier: MIT */
/* A table and two pictures. */

#include "lab/comparison.h"

#include "lab/pictures.h"
#include "lab/svg.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* A recording's bars, and the column of their names. */
#define BAR_HEIGHT 9.0
#define ROW_HEIGHT (2 * BAR_HEIGHT + 6)
#define NAMES      220.0

/* Colours of curves in the page's style, ".c0" and so on; then they are dashed,
 * then dotted. */
#define COLOURS 8u

#define NS_PER_US 1000.0

static void count_durations(struct compared *c, const struct dataset *data,
                            double tick_ns)
{
    for (size_t i = 0; i < data->n; i++) {
        double ns = fmax((double)data->ticks[i] * tick_ns, 1);
        double bin = floor(log2(ns) * COMPARISON_BINS_AN_OCTAVE);
        c->shares[(size_t)fmin(bin, COMPARISON_BINS - 1)]++;
    }
    for (unsigned i = 0; i < COMPARISON_BINS; i++)
        c->shares[i] /= (double)data->n;
}

/* The last part of a path, without the slashes after it. */
static void name_of(char *out, size_t size, const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    (void)snprintf(out, size, "%.*s", (int)(end - begin), path + begin);
}

int compared_init(struct compared *c, const struct findings *f, double tick_ns)
{
    const struct assessment *a = f->assessment;
    const struct dataset *data = f->data;
    struct histogram h;
    *c = (struct compared){
        .n = data->n,
        .rate = dataset_number(data, "run.samples_per_second"),
        .h_original = a->h_original,
        .h_bitstring = a->has_bits ? a->width * a->h_bitstring : 0,
        .min_entropy = a->min_entropy,
        .claim = dataset_number(data, "claim_bits"),
        .width = a->width,
        .is_refuted = findings_refute(f),
        .has_durations = data->ticks != NULL,
    };
    name_of(c->name, sizeof(c->name), f->path);
    (void)snprintf(c->source, sizeof(c->source), "%s",
                   dataset_text(data, "source"));
    (void)snprintf(c->processor, sizeof(c->processor), "%s",
                   dataset_text(data, "machine.processor"));
    if (data->ticks == NULL)
        return 0;
    count_durations(c, data, tick_ns);
    if (histogram_of(&h, data->ticks, data->n, 1) < 0)
        return -ENOMEM;
    c->low_us = h.low * tick_ns / NS_PER_US;
    c->high_us = h.high * tick_ns / NS_PER_US;
    return 0;
}

static void number_cell(FILE *out, const char *format, double value)
{
    (void)fputs("<td class=\"n\">", out);
    if (value > 0)
        (void)fprintf(out, format, value);
    else
        (void)fputs("&ndash;", out);
    (void)fputs("</td>", out);
}

static void write_table(FILE *out, const struct compared *all, size_t count)
{
    (void)fputs("<table "
                "class=\"compared\">\n<tr><th></th><th>Source</"
                "th><th>Processor</th><th "
                "class=\"n\">Samples</th><th class=\"n\">/s</th><th "
                "class=\"n\">Symbols</th><th class=\"n\">Bits</th><th "
                "class=\"n\">Assessed</th><th class=\"n\">Claim</th></tr>\n",
                out);
    for (size_t i = 0; i < count; i++) {
        const struct compared *c = &all[i];
        (void)fprintf(out, "<tr%s><td><a href=\"#%zu\">",
                      c->is_refuted ? " class=\"refuted\"" : "", i + 1);
        html_text(out, c->name);
        (void)fputs("</a></td><td>", out);
        html_text(out, c->source);
        (void)fputs("</td><td>", out);
        html_text(out, c->processor);
        (void)fputs("</td>", out);
        number_cell(out, "%.0f", (double)c->n);
        number_cell(out, "%.0f", c->rate);
        number_cell(out, "%.4f", c->h_original);
        number_cell(out, "%.4f", c->h_bitstring);
        number_cell(out, "%.4f", c->min_entropy);
        number_cell(out, "%.3f", c->claim);
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</table>\n", out);
}

static void draw_assessments(FILE *out, const struct compared *all,
                             size_t count)
{
    double bottom = (double)count * ROW_HEIGHT;
    double width = SVG_WIDTH - NAMES - SVG_RIGHT;
    unsigned most = 1;
    for (size_t i = 0; i < count; i++)
        most = all[i].width > most ? all[i].width : most;
    svg_begin(out, bottom + 24, "Assessments");
    for (unsigned bits = 0; bits <= most; bits++) {
        double x = NAMES + width * bits / most;
        svg_line(out, "grid", x, 2, x, bottom);
        svg_value(out, x, bottom + 14, "middle", bits);
    }
    for (size_t i = 0; i < count; i++) {
        const struct compared *c = &all[i];
        double y = 4 + (double)i * ROW_HEIGHT;
        double x = NAMES + width * c->claim / most;
        svg_label(out, NAMES - 6, y + BAR_HEIGHT + 3, "end", c->name);
        svg_bar(out, "symbols", NAMES, y, width * c->h_original / most,
                BAR_HEIGHT - 1);
        svg_bar(out, "bits", NAMES, y + BAR_HEIGHT,
                width * c->h_bitstring / most, BAR_HEIGHT - 1);
        if (c->claim > 0)
            svg_line(out, "claim", x, y - 2, x, y + 2 * BAR_HEIGHT + 1);
    }
    (void)fputs("</svg>\n<p class=\"key\">Dark: the lowest estimate of the "
                "symbols; light: of the bits, times the bits of a symbol; "
                "dashed: the claim.</p>\n",
                out);
}

static const char *dashes(size_t i)
{
    static const char *const patterns[] = {"", " stroke-dasharray=\"6 3\"",
                                           " stroke-dasharray=\"2 3\""};
    return patterns[i / COLOURS % 3];
}

static void draw_curve(FILE *out, const struct svg_axes *a,
                       const struct compared *c, size_t number)
{
    const char *word = "M";
    (void)fprintf(out, "<path class=\"curve c%zu\"%s d=\"", number % COLOURS,
                  dashes(number));
    for (unsigned i = 0; i < COMPARISON_BINS; i++) {
        double us = (i + 0.5) / COMPARISON_BINS_AN_OCTAVE - log2(NS_PER_US);
        if (us < a->x_low || us > a->x_high)
            continue;
        (void)fprintf(out, "%s%.1f,%.1f ", word, svg_x(a, us),
                      svg_y(a, c->shares[i]));
        word = "L";
    }
    (void)fputs("\"/>\n", out);
}

static void draw_legend(FILE *out, const struct compared *c, size_t number,
                        unsigned row)
{
    double y = SVG_TOP + 8 + row * 14.0;
    double x = SVG_WIDTH - SVG_RIGHT;
    (void)fprintf(out, "<path class=\"curve c%zu\"%s d=\"M%.1f,%.1f h-24\"/>\n",
                  number % COLOURS, dashes(number), x, y - 4);
    svg_label(out, x - 30, y, "end", c->name);
}

/* Those that have durations; false: fewer than two. */
static bool find_axes(struct svg_axes *a, const struct compared *all,
                      size_t count)
{
    unsigned found = 0;
    *a = (struct svg_axes){INFINITY, -INFINITY, 0, 0};
    for (size_t i = 0; i < count; i++) {
        if (!all[i].has_durations)
            continue;
        found++;
        a->x_low = fmin(a->x_low, log2(all[i].low_us));
        a->x_high = fmax(a->x_high, log2(all[i].high_us));
        for (unsigned k = 0; k < COMPARISON_BINS; k++)
            a->y_high = fmax(a->y_high, all[i].shares[k]);
    }
    a->x_low -= 0.25;
    a->x_high += 0.25;
    return found > 1;
}

static void draw_durations(FILE *out, const struct compared *all, size_t count)
{
    struct svg_axes axes;
    unsigned row = 0;
    if (!find_axes(&axes, all, count))
        return;
    (void)fputs("<h3>Durations</h3>\n", out);
    svg_begin(out, SVG_HEIGHT, "Durations of all");
    svg_log_marks(out, &axes, true);
    for (size_t i = 0; i < count; i++) {
        if (!all[i].has_durations)
            continue;
        draw_curve(out, &axes, &all[i], i);
        draw_legend(out, &all[i], i, row++);
    }
    svg_value(out, SVG_LEFT - 6, SVG_TOP + 8, "end", 100 * axes.y_high);
    svg_label(out, SVG_LEFT - 6, SVG_TOP + 22, "end", "%");
    svg_end(out, "microseconds; % of the samples in a twenty-fourth of an "
                 "octave");
}

void comparison_write(FILE *out, const struct compared *all, size_t count)
{
    (void)fputs("<section>\n<h2>Comparison</h2>\n", out);
    write_table(out, all, count);
    (void)fputs("<h3>Assessments and claims</h3>\n", out);
    draw_assessments(out, all, count);
    draw_durations(out, all, count);
    (void)fputs("</section>\n", out);
}
