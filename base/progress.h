/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_PROGRESS_H
#define ENTROPYD_BASE_PROGRESS_H

/* How far a long piece of work is: a bar on stderr that is drawn over itself
 * where that is a terminal, and nothing where it is not. One thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed, it is never shown. */
struct progress {
    bool is_shown;
    bool is_at_most; /* it may end before total: the time left is at most what
                      * is shown; set after progress_start() */
    uint64_t total;
    const char *unit;              /* borrowed */
    uint64_t started_ms, drawn_ms; /* drawn_ms 0: not drawn yet */
};

/* Begins; total is at least 1. unit is what is counted ("samples"); NULL for
 * bytes, of which the rate is shown. */
void progress_start(struct progress *p, uint64_t total, const char *unit);

/* `done` of total are; draws at most ten times a second, from the second second
 * on with the time that the rest takes at the same speed. */
void progress_show(struct progress *p, uint64_t done);

/* Clears the line. */
void progress_end(struct progress *p);

/* "[####......]" of width cells, filled for used of size, in text, which it
 * returns; text_size is at least width + 3. */
const char *progress_bar(uint64_t used, uint64_t size, unsigned width,
                         char *text, size_t text_size);

#endif
