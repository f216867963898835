/* Eighths of a line. */

#include "lab/assess_draw.h"

#define EIGHTHS 8

/* What fills so many eighths of a cell, from below: U+2581 to U+2588. */
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

void draw_columns(FILE *out, const double *values, size_t count, unsigned rows,
                  double top, bool with_utf8)
{
    for (unsigned row = rows; row-- > 0;) {
        (void)fprintf(out, "%9.3g |", top * (row + 1) / rows);
        for (size_t i = 0; i < count; i++) {
            double height = values[i] / top * rows * EIGHTHS;
            double above = height - (double)row * EIGHTHS;
            unsigned eighths = above >= EIGHTHS ? EIGHTHS
                               : above > 0      ? (unsigned)above
                                                : 0;
            bool is_cut = row + 1 == rows && above > EIGHTHS + 1;
            (void)fputs(is_cut && !with_utf8 ? "^" : cell(eighths, with_utf8),
                        out);
        }
        (void)fputc('\n', out);
    }
}
