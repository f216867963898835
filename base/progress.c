/* One line on stderr. */

#include "base/progress.h"

#include "base/monotonic.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_COLUMNS 40

void progress_start(struct progress *p, uint64_t total)
{
    *p = (struct progress){
        .is_shown = isatty(STDERR_FILENO) == 1,
        .total = total,
        .started_ms = monotonic_now_ms(),
    };
}

void progress_show(struct progress *p, uint64_t done)
{
    uint64_t now_ms = monotonic_now_ms();
    if (!p->is_shown || now_ms - p->drawn_ms < 100)
        return;
    p->drawn_ms = now_ms;
    char bar[BAR_COLUMNS + 1];
    size_t filled = (size_t)(done * BAR_COLUMNS / p->total);
    memset(bar, '.', BAR_COLUMNS);
    memset(bar, '#', filled < BAR_COLUMNS ? filled : BAR_COLUMNS);
    bar[BAR_COLUMNS] = '\0';
    uint64_t ms = now_ms - p->started_ms;
    (void)fprintf(
        stderr,
        "\r[%s] %3" PRIu64 " %%  %" PRIu64 " samples, %" PRIu64 "/s\033[K", bar,
        done * 100 / p->total, done, ms > 0 ? done * 1000 / ms : 0);
    (void)fflush(stderr);
}

void progress_end(struct progress *p)
{
    if (p->is_shown && p->drawn_ms > 0)
        (void)fprintf(stderr, "\r\033[K");
}
