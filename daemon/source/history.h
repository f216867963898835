/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SOURCE_HISTORY_H
#define ENTROPYD_DAEMON_SOURCE_HISTORY_H

/* The last changes of state of all sources, so that the morning after an alarm
 * explains itself. Loop thread. */

#include "daemon/source/source.h"

/* Changes that are kept. */
#define HISTORY_MAX 20

struct history_entry {
    const struct collector *collector; /* of the source; borrowed for life */
    enum source_state from, to;        /* the same: a fault, see source.h */
    int64_t time_ms;                   /* since 1970, UTC */
    char reason[SOURCE_REASON_MAX];    /* "" where there is none */
};

struct history {
    struct history_entry entries[HISTORY_MAX];
    uint64_t total; /* changes ever added */
};

/* Adds what source_next_move() told of s; forgets the oldest where it is
 * full. */
void history_add(struct history *history, const struct source *s,
                 const struct source_move *move);

/* How many changes are kept. */
size_t history_count(const struct history *history);

/* The i-th of them, the oldest first; i < history_count(). */
const struct history_entry *history_get(const struct history *history,
                                        size_t i);

#endif
