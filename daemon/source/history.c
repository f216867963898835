/* SPDX-License-Identifier: MIT */
#include "daemon/source/history.h"

#include "base/monotonic.h"

#include <assert.h>
#include <string.h>
#include <time.h>

/* The wall clock's time of an instant of monotonic_now_ms(). */
static int64_t wall_ms(uint64_t at_ms)
{
    struct timespec now;
    uint64_t running = monotonic_now_ms();

    (void)clock_gettime(CLOCK_REALTIME, &now);
    int64_t age = running > at_ms ? (int64_t)(running - at_ms) : 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - age;
}

void history_add(struct history *history, const struct source *s,
                 const struct source_move *move)
{
    struct history_entry *entry =
        &history->entries[history->total++ % HISTORY_MAX];

    entry->collector = s->collector;
    entry->from = move->from;
    entry->to = move->to;
    entry->time_ms = wall_ms(move->at_ms);
    memcpy(entry->reason, move->reason, sizeof(entry->reason));
}

size_t history_count(const struct history *history)
{
    return history->total < HISTORY_MAX ? (size_t)history->total : HISTORY_MAX;
}

const struct history_entry *history_get(const struct history *history, size_t i)
{
    assert(i < history_count(history));
    size_t first =
        history->total < HISTORY_MAX ? 0 : (size_t)history->total % HISTORY_MAX;
    return &history->entries[(first + i) % HISTORY_MAX];
}
