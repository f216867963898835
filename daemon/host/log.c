/* SPDX-License-Identifier: MIT */
/* Each line is put together in a buffer and written with one call, so that it
 * stays whole beside other writers of the same stderr. */

#include "daemon/host/log.h"

#include "base/monotonic.h"
#include "base/text.h"
#include "daemon/host/log_limit.h"
#include "daemon/host/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The process's, as stderr is. */
static enum log_level most_verbose = LOG_LEVEL_INFO;
static struct log_limit limit;
static uint64_t max_file_bytes; /* 0: no bound */
static uint64_t num_lost;       /* lines since one was written */

static const char *const level_names[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

void log_set_level(enum log_level level)
{
    most_verbose = level;
}

/* Room for " time=2026-11-21T10:00:00.000Z" and years to come. */
#define TIME_ROOM 64

/* One line on its way. */
struct line {
    size_t length;                       /* < LOG_LINE_MAX */
    char text[LOG_LINE_MAX + TIME_ROOM]; /* terminated */
};

static void append_list(struct line *line, const char *format,
                        va_list arguments)
{
    /* The analyser does not see va_start() in the callers. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    text_vformat(line->text + line->length, LOG_LINE_MAX - line->length, format,
                 arguments);
    line->length += strlen(line->text + line->length);
}

static void append(struct line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(struct line *line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    append_list(line, format, arguments);
    va_end(arguments);
}

/* After the end of the line, whose length stays that of the rest. */
static void add_time(struct line *line)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &utc) == NULL)
        return;
    (void)snprintf(line->text + line->length, TIME_ROOM,
                   " time=%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ",
                   utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                   utc.tm_min, utc.tm_sec, now.tv_nsec / 1000000);
}

/* Values that were not quoted: a line stays one line, and no terminal acts on
 * it. */
static void disarm(struct line *line)
{
    for (size_t i = 0; i < line->length; i++) {
        unsigned char c = (unsigned char)line->text[i];
        if (c < 0x20 || c == 0x7f)
            line->text[i] = '?';
    }
}

/* Renames the file that stderr is, and begins another of its name. False where
 * it has no name any more, or its directory does not allow it. */
static bool replace_file(const struct stat *st)
{
    char path[1024], old[sizeof(path) + 8];
    struct stat named;

    if (log_sink_path(path, sizeof(path)) < 0 || lstat(path, &named) < 0 ||
        named.st_dev != st->st_dev || named.st_ino != st->st_ino)
        return false;
    (void)snprintf(old, sizeof(old), "%s.old", path);
    if (rename(path, old) < 0)
        return false;
    int fd = open(
        path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
        0600);
    if (fd < 0)
        return false;
    bool is_done = dup2(fd, STDERR_FILENO) == STDERR_FILENO;
    close(fd);
    return is_done;
}

static void bound_file(void)
{
    struct stat st;

    if (max_file_bytes == 0 || fstat(STDERR_FILENO, &st) < 0 ||
        !S_ISREG(st.st_mode) || (uint64_t)st.st_size < max_file_bytes)
        return;
    if (!replace_file(&st) && ftruncate(STDERR_FILENO, 0) == 0)
        (void)lseek(STDERR_FILENO, 0, SEEK_SET);
}

void log_set_file_limit(uint64_t max_bytes)
{
    max_file_bytes = max_bytes;
    bound_file();
}

/* Would stderr take a line at once? A reader who has stopped, or a terminal
 * that was stopped by Ctrl-S, must not stop the loop. A reader who is merely
 * slow is waited for, once. A pipe has room for PIPE_BUF bytes then, which is
 * more than two lines; a file always has. */
static bool has_room(void)
{
    struct pollfd standard_error = {.fd = STDERR_FILENO, .events = POLLOUT};
    int rc;
    do
        rc = poll(&standard_error, 1, num_lost > 0 ? 0 : LOG_WAIT_MS);
    while (rc < 0 && errno == EINTR);
    return rc != 0;
}

/* If the log cannot be written there is nowhere to report it. */
static void put(enum log_level level, struct line *line)
{
    char out[sizeof(line->text) + 8];
    const char *prefix = log_sink_prefix(level);
    if (prefix[0] == '\0')
        add_time(line);
    int n = snprintf(out, sizeof(out), "%s%s\n", prefix, line->text);
    if (n > 0 && write(STDERR_FILENO, out, (size_t)n) >= 0)
        bound_file();
}

static void report_lost(void)
{
    struct line line = {.length = 0};
    append(&line, "%s log-lost lines=%" PRIu64, level_names[LOG_LEVEL_WARNING],
           num_lost);
    num_lost = 0;
    put(LOG_LEVEL_WARNING, &line);
}

static void write_line(enum log_level level, struct line *line)
{
    disarm(line);
    log_sink_system(level, line->text);
    if (!has_room()) {
        num_lost++;
        return;
    }
    if (num_lost > 0)
        report_lost();
    put(level, line);
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
    uint64_t suppressed = 0;
    if (level > most_verbose ||
        !log_limit_allows(&limit, event, monotonic_now_ms(), &suppressed))
        return;
    struct line line = {.length = 0};
    append(&line, "%s %s", level_names[level], event);
    if (suppressed > 0)
        append(&line, " suppressed=%" PRIu64, suppressed);
    if (format[0] != '\0') {
        append(&line, " ");
        va_list arguments;
        va_start(arguments, format);
        append_list(&line, format, arguments);
        va_end(arguments);
    }
    write_line(level, &line);
}

void log_finish(void)
{
    uint64_t suppressed;
    const char *event;
    while ((event = log_limit_unreported(&limit, &suppressed)) != NULL) {
        struct line line = {.length = 0};
        append(&line, "info %s suppressed=%" PRIu64, event, suppressed);
        write_line(LOG_LEVEL_INFO, &line);
    }
    if (num_lost > 0 && has_room())
        report_lost();
}
