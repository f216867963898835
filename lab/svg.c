/* SPDX-License-Identifier: MIT */
/* Axes and marks. */

#include "lab/svg.h"

#include <math.h>

double svg_x(const struct svg_axes *a, double x)
{
    return SVG_LEFT + (x - a->x_low) / (a->x_high - a->x_low) * SVG_PLOT_WIDTH;
}

double svg_y(const struct svg_axes *a, double y)
{
    return SVG_TOP + (a->y_high - y) / (a->y_high - a->y_low) * SVG_PLOT_HEIGHT;
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

void svg_begin(FILE *out, double height, const char *title)
{
    (void)fprintf(out,
                  "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
                  "aria-label=\"%s\">\n",
                  SVG_WIDTH, height, title);
}

void svg_label(FILE *out, double x, double y, const char *anchor,
               const char *text)
{
    (void)fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y,
                  anchor);
    html_text(out, text);
    (void)fputs("</text>\n", out);
}

void svg_line(FILE *out, const char *class, double x1, double y1, double x2,
              double y2)
{
    (void)fprintf(out,
                  "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
                  "y2=\"%.1f\"/>\n",
                  class, x1, y1, x2, y2);
}

void svg_bar(FILE *out, const char *class, double x, double y, double width,
             double height)
{
    (void)fprintf(out,
                  "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                  "height=\"%.1f\"/>\n",
                  class, x, y, width, height);
}

void svg_value(FILE *out, double x, double y, const char *anchor, double value)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%.4g", value);
    svg_label(out, x, y, anchor, text);
}

void svg_log_marks(FILE *out, const struct svg_axes *a, bool is_x)
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
                double x = svg_x(a, place);
                svg_line(out, "grid", x, SVG_TOP, x, SVG_TOP + SVG_PLOT_HEIGHT);
                svg_value(out, x, SVG_TOP + SVG_PLOT_HEIGHT + 15, "middle",
                          value);
            } else {
                double y = svg_y(a, place);
                svg_line(out, "grid", SVG_LEFT, y, SVG_LEFT + SVG_PLOT_WIDTH,
                         y);
                svg_value(out, SVG_LEFT - 6, y + 4, "end", value);
            }
        }
    }
}

void svg_end(FILE *out, const char *x_name)
{
    svg_line(out, "axis", SVG_LEFT, SVG_TOP + SVG_PLOT_HEIGHT,
             SVG_LEFT + SVG_PLOT_WIDTH, SVG_TOP + SVG_PLOT_HEIGHT);
    svg_line(out, "axis", SVG_LEFT, SVG_TOP, SVG_LEFT,
             SVG_TOP + SVG_PLOT_HEIGHT);
    svg_label(out, SVG_LEFT + SVG_PLOT_WIDTH / 2, SVG_HEIGHT - 4, "middle",
              x_name);
    (void)fputs("</svg>\n", out);
}
