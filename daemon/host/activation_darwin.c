/* SPDX-License-Identifier: MIT */
/* launchd's check-in. launchd takes no notifications. */

#include "daemon/host/activation.h"

#include "base/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <launch.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* *fd is the one socket of this name, or -1 where there is none. 0, or -errno
 * with the reason. */
static int take(const char *name, int *fd, struct reason *why)
{
    int *fds = NULL;
    size_t count = 0;
    int error = launch_activate_socket(name, &fds, &count);
    int rc = 0;
    *fd = -1;
    /* ESRCH: not started by launchd. ENOENT: by a plist without this socket. */
    if (error == ESRCH || error == ENOENT)
        return 0;
    if (error != 0)
        return reason_errno(error, why, "launchd did not pass the socket %s",
                            name);
    if (count != 1) {
        reason_set(why, "launchd passed %zu sockets named %s: must be one",
                   count, name);
        rc = -EINVAL;
    } else if (fcntl(fds[0], F_SETFD, FD_CLOEXEC) < 0) {
        rc = reason_errno(errno, why, "launchd's socket %s", name);
    } else {
        *fd = fds[0];
    }
    for (size_t i = 0; rc < 0 && i < count; i++)
        close(fds[i]);
    free(fds);
    return rc;
}

int activation_sockets(const char *const *names, size_t count, int *fds,
                       struct reason *why)
{
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        rc = take(names[i], &fds[i], why);
        for (size_t k = 0; rc < 0 && k < i; k++) {
            if (fds[k] >= 0)
                close(fds[k]);
        }
    }
    return rc;
}

int activation_notify(const char *state)
{
    (void)state;
    return 0;
}
