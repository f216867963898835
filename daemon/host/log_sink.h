/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HOST_LOG_SINK_H
#define ENTROPYD_DAEMON_HOST_LOG_SINK_H

/* Where a line goes; one file a platform. Loop thread. */

#include "daemon/host/log.h"

/* The prefix for the reader of stderr ("<6>"), or "". */
const char *log_sink_prefix(enum log_level level);

/* Hands the line (no prefix, no newline) to the system's own log beside
 * stderr, where there is one. */
void log_sink_system(enum log_level level, const char *line);

/* The path of the file that stderr is. 0, or -errno where there is none. */
int log_sink_path(char *path, size_t size);

#endif
