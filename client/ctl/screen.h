/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_CTL_SCREEN_H
#define ENTROPYD_CLIENT_CTL_SCREEN_H

/* A terminal's screen that is drawn over itself, line by line from the top. */

#include <stdbool.h>

struct screen {
    unsigned columns, rows;
    unsigned row; /* lines written */
};

/* The size of the terminal on stdout; 80x24 if that does not tell. */
void screen_measure(struct screen *screen);

/* Begins to draw, at the top. */
void screen_begin(struct screen *screen);

/* How many lines screen_put() makes of text. */
unsigned screen_lines(const struct screen *screen, const char *text);

/* Prints text, lines broken between words, but no more than `most` lines; the
 * last line of the screen is left free. */
void screen_put(struct screen *screen, const char *text, unsigned most);

/* Prints the last line, and clears what was below. */
void screen_end(struct screen *screen, const char *text);

/* Clears it: lines of another size may be anywhere. */
void screen_clear(void);

#endif
