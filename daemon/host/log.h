/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HOST_LOG_H
#define ENTROPYD_DAEMON_HOST_LOG_H

/*
 * Logs: one line an event to stderr, `level event key=value ...`, values with
 * spaces quoted. The code that decides logs, once. Never a byte of entropy or
 * of a seed. Loop thread only (workers report through their sources' changes of
 * state).
 *
 * Under systemd a line begins with the journal's priority, "<6>"; elsewhere it
 * ends in time=... (UTC), since nothing else adds one. On macOS a line goes to
 * the system's log as well.
 *
 * A line that stderr does not take within LOG_WAIT_MS is lost, and those after
 * it at once, until it takes one again; then `log-lost lines=N` comes first.
 */

#include <stddef.h>
#include <stdint.h>

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

/* "error", "warning", "info", "debug". */
const char *log_level_name(enum log_level level);

/* Sets the most verbose level that is written; LOG_LEVEL_INFO before. The
 * level and where lines go are the process's, as stderr itself is. */
void log_set_level(enum log_level level);

/*
 * Bounds the file that stderr is, if it is one: when it has grown to max_bytes
 * it is renamed to FILE.old, replacing an older one, and a new one is created;
 * if that fails it is truncated. 0, as before the first call: no bound. What
 * has grown already is renamed at once.
 */
void log_set_file_limit(uint64_t max_bytes);

/* Long enough for a reader who has no processor at the moment, and short enough
 * for the clients who wait. */
#define LOG_WAIT_MS 100

/* Longest line; what is longer is cut and ends in "...". */
#define LOG_LINE_MAX 1024

/*
 * Writes one line. event is a word ("listening"); format gives the key=value
 * pairs, printf style; use quote_text() for text from outside. An event
 * that is logged more than ten times within a second is counted instead; its
 * next line reports the count (suppressed=N).
 */
void log_event(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reports the counts that were not reported yet; called once, at the end. */
void log_finish(void);

#endif
