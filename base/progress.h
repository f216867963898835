#ifndef ENTROPYD_BASE_PROGRESS_H
#define ENTROPYD_BASE_PROGRESS_H

/* How far a long piece of work is: a bar on stderr that is drawn over and over
 * where that is a terminal, and nothing where it is not. One thread. */

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool is_shown;
    uint64_t total;
    uint64_t started_ms, drawn_ms; /* drawn_ms 0: not drawn yet */
};

/* Begins; total is at least 1. */
void progress_start(struct progress *p, uint64_t total);

/* `done` of total are; draws at most ten times a second. */
void progress_show(struct progress *p, uint64_t done);

/* Wipes the line, so that another can stand there. */
void progress_end(struct progress *p);

#endif
