/* SPDX-License-Identifier: MIT */
/* One line on stderr. */

#include "base/progress.h"

#include "base/monotonic.h"
#include "base/number.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_CELLS 40

/* Speeds of the first moments say little about the rest. */
#define FORETELL_AFTER_MS 1000

void progress_start(struct progress *p, uint64_t total, const char *unit)
{
    *p = (struct progress){
        .is_shown = isatty(STDERR_FILENO) == 1,
        .total = total,
        .unit = unit,
        .started_ms = monotonic_now_ms(),
    };
}

const char *progress_bar(uint64_t used, uint64_t size, unsigned width,
                         char *text, size_t text_size)
{
    double share = size > 0 ? (double)used / (double)size : 0;
    unsigned filled = share < 1 ? (unsigned)(share * width + 0.5) : width;

    assert(text_size >= (size_t)width + 3);
    text[0] = '[';
    memset(text + 1, '#', filled);
    memset(text + 1 + filled, '.', width - filled);
    text[width + 1] = ']';
    text[width + 2] = '\0';
    return text;
}

/* ", 1:05 left", or "" where that cannot be told yet. */
static const char *time_left(const struct progress *p, uint64_t done,
                             uint64_t ms, char *text, size_t size)
{
    text[0] = '\0';
    if (done == 0 || done >= p->total || ms < FORETELL_AFTER_MS)
        return text;
    uint64_t seconds = (uint64_t)((double)(p->total - done) * (double)ms /
                                      (double)done / 1000 +
                                  0.5);
    (void)snprintf(text, size, ",%s %" PRIu64 ":%02u left",
                   p->is_at_most ? " at most" : "", seconds / 60,
                   (unsigned)(seconds % 60));
    return text;
}

void progress_show(struct progress *p, uint64_t done)
{
    uint64_t now_ms = monotonic_now_ms();
    char bar[BAR_CELLS + 3];
    char speed[24];
    char left[48];

    if (!p->is_shown || now_ms - p->drawn_ms < 100)
        return;
    p->drawn_ms = now_ms;
    uint64_t ms = now_ms - p->started_ms;
    double rate = ms > 0 ? (double)done * 1000 / (double)ms : 0;
    (void)fprintf(stderr, "\r%s %3.0f %%  ",
                  progress_bar(done, p->total, BAR_CELLS, bar, sizeof(bar)),
                  100 * (double)done / (double)p->total);
    (void)time_left(p, done, ms, left, sizeof(left));
    if (p->unit != NULL)
        (void)fprintf(stderr, "%" PRIu64 " %s, %.0f/s%s\033[K", done, p->unit,
                      rate, left);
    else
        (void)fprintf(stderr, "%s/s%s\033[K",
                      number_format_bytes((uint64_t)rate, speed, sizeof(speed)),
                      left);
    (void)fflush(stderr);
}

void progress_end(struct progress *p)
{
    if (p->is_shown && p->drawn_ms > 0)
        (void)fprintf(stderr, "\r\033[K");
}
