/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_COLLECTORS_EVENTS_WATCH_FILES_H
#define ENTROPYD_COLLECTORS_EVENTS_WATCH_FILES_H

/*
 * Files that exist only to be watched and touched. They are made in a private
 * directory (0700, unpredictable name) of $TMPDIR, else /tmp; files and
 * directory are unlinked before the function returns, so that nothing stays
 * behind however the process ends. Any thread.
 */

#include "base/reason.h"

#include <stddef.h>

/* Opens `count` empty files for reading and writing into fds: close-on-exec,
 * non-blocking, owned by the caller, -1 where none was opened. 0, or -errno
 * with the reason in why; then none is left open. */
int watch_files_open(int *fds, unsigned count, struct reason *why);

/* Closes what is open of fds and sets it to -1. */
void watch_files_close(int *fds, unsigned count);

#endif
