/* SPDX-License-Identifier: MIT */
/* systemd reads stderr, and the priority before each line of it. */

#include "daemon/host/log_sink.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* JOURNAL_STREAM names device and inode of the stream that systemd gave as
 * stderr: somebody may have redirected it since (systemd.exec(5)). */
static bool stderr_is_journal(void)
{
    /* The environment is not written any more. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    char own[64];

    if (stream == NULL || fstat(STDERR_FILENO, &st) < 0)
        return false;
    (void)snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev,
                   (uintmax_t)st.st_ino);
    return strcmp(stream, own) == 0;
}

const char *log_sink_prefix(enum log_level level)
{
    /* sd-daemon(3): syslog's numbers. */
    static const char *const prefixes[] = {
        [LOG_LEVEL_ERROR] = "<3>",
        [LOG_LEVEL_WARNING] = "<4>",
        [LOG_LEVEL_INFO] = "<6>",
        [LOG_LEVEL_DEBUG] = "<7>",
    };
    return stderr_is_journal() ? prefixes[level] : "";
}

void log_sink_system(enum log_level level, const char *line)
{
    /* The journal has it from stderr. */
    (void)level;
    (void)line;
}

int log_sink_path(char *path, size_t size)
{
    ssize_t n = readlink("/proc/self/fd/2", path, size);

    if (n < 0)
        return -errno;
    if ((size_t)n >= size)
        return -ENAMETOOLONG;
    path[n] = '\0';
    return 0;
}
