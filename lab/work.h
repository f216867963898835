/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_WORK_H
#define ENTROPYD_LAB_WORK_H

/* Pieces of work that do not depend on each other, done by several threads.
 * Main thread. */

#include <stdbool.h>
#include <stddef.h>

struct work {
    /* Does piece number i. 0, or -errno: then no more pieces are begun. Called
     * from several threads at once. */
    int (*piece)(void *context, size_t i);
    void *context;
    size_t count;
    unsigned threads; /* at most this many, at least 1 */
    const char *unit; /* shows progress on stderr, where that is a terminal, in
                       * these: "estimates"; NULL: shows none */
};

/* Does all of it, begun in the order of their numbers. 0, or the first error
 * of a piece. Where no thread can be made it is done by the caller's. */
int work_run(const struct work *work);

/* How many processors there are to run threads on, at least 1. */
unsigned work_processors(void);

#endif
