#ifndef ENTROPYD_CLIENT_CTL_PROGRESS_H
#define ENTROPYD_CLIENT_CTL_PROGRESS_H

/* A bar on standard error for writes that take a while: only on a terminal,
 * and only where the bytes do not go to the same one. */

#include <stdbool.h>
#include <stdint.h>

struct ctl_progress {
    bool is_shown;
    uint64_t total;
    int64_t started_ms;
    int64_t drawn_ms; /* when it was drawn last */
};

/* Starts a bar for total bytes that go to descriptor fd. */
void ctl_progress_start(struct ctl_progress *progress, uint64_t total, int fd);

/* Draws it, at most ten times a second. */
void ctl_progress_show(struct ctl_progress *progress, uint64_t done);

/* Takes it away. */
void ctl_progress_end(struct ctl_progress *progress);

#endif
