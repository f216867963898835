#ifndef ENTROPYD_DAEMON_LOG_H
#define ENTROPYD_DAEMON_LOG_H

/*
 * Logs: one line an event to stderr, `level event key=value ...`, values with
 * spaces quoted. Who decides logs, once. Never a byte of entropy or of a seed.
 * Loop thread only (workers report through their sources' moves).
 */

#include <stddef.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* "error", "warning", "info", "debug". */
const char *log_level_name(enum log_level level);

/* Sets the most talkative level that is written; LOG_INFO before. The level
 * and where lines go are the process's, as stderr itself is. */
void log_set_level(enum log_level level);

/*
 * Writes one line. event is a word ("listening"); format gives the key=value
 * pairs, printf style; use log_quote() for text from outside. The same event
 * more than LOG_BURST times within a second is counted instead, and the count
 * told with its next line (suppressed=N).
 */
#define LOG_BURST 10
void log_event(enum log_level level, const char *event, const char *format,
               ...) __attribute__((format(printf, 3, 4)));

/* text as a value: quoted, control characters and quotes escaped, cut with
 * "..." where size does not suffice. Returns out. */
const char *log_quote(const char *text, char *out, size_t size);

#endif
