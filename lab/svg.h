/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_SVG_H
#define ENTROPYD_LAB_SVG_H

/* What pictures of a report are made of: SVG inside an HTML page, which takes
 * its colours from the page's classes. One thread. */

#include <stdbool.h>
#include <stdio.h>

/* A picture and the space that its axes leave, in SVG's units. */
#define SVG_WIDTH  680.0
#define SVG_HEIGHT 230.0
#define SVG_LEFT   62.0
#define SVG_RIGHT  12.0
#define SVG_TOP    10.0
#define SVG_BOTTOM 36.0

#define SVG_PLOT_WIDTH  (SVG_WIDTH - SVG_LEFT - SVG_RIGHT)
#define SVG_PLOT_HEIGHT (SVG_HEIGHT - SVG_TOP - SVG_BOTTOM)

/* What is drawn from where to where; logarithms where that is the scale. */
struct svg_axes {
    double x_low, x_high, y_low, y_high;
};

/* Where a value is. */
double svg_x(const struct svg_axes *a, double x);
double svg_y(const struct svg_axes *a, double y);

/* Writes text with its markup escaped, in an element or an attribute. */
void html_text(FILE *out, const char *text);

/* Begins a picture; the title is constant text. */
void svg_begin(FILE *out, double height, const char *title);

/* Ends one of SVG_HEIGHT with both axes and the name of what is along x. */
void svg_end(FILE *out, const char *x_name);

/* anchor: "start", "middle" or "end". */
void svg_label(FILE *out, double x, double y, const char *anchor,
               const char *text);
void svg_value(FILE *out, double x, double y, const char *anchor, double value);
void svg_line(FILE *out, const char *class, double x1, double y1, double x2,
              double y2);
void svg_bar(FILE *out, const char *class, double x, double y, double width,
             double height);

/* Powers of ten, and twice and five times them, between two logarithms of
 * microseconds, as marks of an axis. */
void svg_log_marks(FILE *out, const struct svg_axes *a, bool is_x);

#endif
