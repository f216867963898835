#ifndef ENTROPYD_LAB_ASSESS_DRAW_H
#define ENTROPYD_LAB_ASSESS_DRAW_H

/* Columns in a terminal: UTF-8 blocks of an eighth of a line, or hashes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Draws `count` values, 0 and more, as columns that are `rows` lines high at
 * `top` (which is above 0; higher values are cut, marked by '^' in ASCII), each
 * line behind a margin with the value of its upper edge. */
void draw_columns(FILE *out, const double *values, size_t count, unsigned rows,
                  double top, bool with_utf8);

#endif
