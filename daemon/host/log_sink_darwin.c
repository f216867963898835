/* SPDX-License-Identifier: MIT */
/*
 * launchd writes stderr into a file, if its plist names one; the system's log,
 * where `log show --predicate 'subsystem == "org.entropyd"'` finds it, is
 * another place.
 */

#include "daemon/host/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <os/log.h>
#include <string.h>
#include <sys/syslimits.h>
#include <unistd.h>

const char *log_sink_prefix(enum log_level level)
{
    (void)level;
    return "";
}

void log_sink_system(enum log_level level, const char *line)
{
    /* os_log_create() hands out one object for the same names again and again,
     * which lives as long as the process. */
    os_log_t log = os_log_create("org.entropyd", "daemon");
    static const os_log_type_t types[] = {
        [LOG_LEVEL_ERROR] = OS_LOG_TYPE_ERROR,
        [LOG_LEVEL_WARNING] = OS_LOG_TYPE_DEFAULT,
        [LOG_LEVEL_INFO] = OS_LOG_TYPE_INFO,
        [LOG_LEVEL_DEBUG] = OS_LOG_TYPE_DEBUG,
    };
    os_log_with_type(log, types[level], "%{public}s", line);
}

int log_sink_path(char *path, size_t size)
{
    char found[PATH_MAX]; /* what F_GETPATH writes at most */

    if (fcntl(STDERR_FILENO, F_GETPATH, found) < 0)
        return -errno;
    if (strlen(found) >= size)
        return -ENAMETOOLONG;
    memcpy(path, found, strlen(found) + 1);
    return 0;
}
