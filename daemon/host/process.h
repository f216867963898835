/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HOST_PROCESS_H
#define ENTROPYD_DAEMON_HOST_PROCESS_H

/* What the process asks of its operating system for itself; one file a
 * platform. Called at the start, before threads, unless said otherwise. */

#include "base/reason.h"

#include <stddef.h>

/* "linux" or "macos", as in status. Any thread. */
const char *process_platform(void);

/*
 * Raises the soft limit of open descriptors to `wanted`, or as near as the
 * hard limit lets it; never lowers it. Returns the limit in force (at most
 * INT_MAX), or -errno.
 */
int process_raise_descriptors(unsigned wanted);

/* Raises the soft limit of locked memory to the hard one. 0 or -errno. What
 * can be locked in the end shows where it is locked. */
int process_raise_locked_memory(void);

/* Tries to lock a page of memory, and lets it go. 0 or -errno. Any thread. */
int process_lock_page(void);

/* No core file, and no debugger of the same user: rings and keys stay where
 * they are. 0, or -errno with the reason in `why`; the daemon may go on. */
int process_forbid_dumps(struct reason *why);

/* Called by each worker thread for itself. On macOS it becomes of utility
 * quality: modest, but its timers keep their time, which those of background
 * quality do not. Nothing on Linux. */
void process_worker_thread(void);

#endif
