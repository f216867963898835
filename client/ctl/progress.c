/* One line that is drawn again and again. */

#include "client/ctl/progress.h"
#include "client/ctl/text.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Less is there before anybody could read a bar. */
#define WORTH_A_BAR ((uint64_t)8 << 20)

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void ctl_progress_start(struct ctl_progress *progress, uint64_t total, int fd)
{
    *progress = (struct ctl_progress){
        .is_shown =
            total >= WORTH_A_BAR && isatty(STDERR_FILENO) && !isatty(fd),
        .total = total,
        .started_ms = now_ms(),
    };
}

void ctl_progress_show(struct ctl_progress *progress, uint64_t done)
{
    int64_t now = now_ms();
    if (!progress->is_shown || now - progress->drawn_ms < 100)
        return;
    progress->drawn_ms = now;
    int64_t ms = now - progress->started_ms;
    double rate = ms > 0 ? (double)done * 1000 / (double)ms : 0;
    char bar[48];
    char speed[24];
    fprintf(stderr, "\r%s %3.0f %%  %s/s   ",
            text_bar(done, progress->total, 40, bar, sizeof(bar)),
            100 * (double)done / (double)progress->total,
            text_bytes((uint64_t)rate, speed, sizeof(speed)));
    fflush(stderr);
}

void ctl_progress_end(struct ctl_progress *progress)
{
    if (progress->is_shown && progress->drawn_ms > 0)
        fprintf(stderr, "\r\033[K");
}
