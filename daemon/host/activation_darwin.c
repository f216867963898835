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

int activation_socket(struct reason *why)
{
    int *fds = NULL;
    size_t count = 0;
    int error = launch_activate_socket(ACTIVATION_NAME, &fds, &count);
    /* ESRCH: not started by launchd. ENOENT: by a plist without this socket. */
    if (error == ESRCH || error == ENOENT)
        return -ENOENT;
    if (error != 0)
        return reason_errno(error, why, "launchd did not pass the socket %s",
                            ACTIVATION_NAME);
    int rc;
    if (count == 1) {
        rc = fds[0];
        if (fcntl(rc, F_SETFD, FD_CLOEXEC) < 0)
            rc = reason_errno(errno, why, "launchd's socket");
    } else {
        reason_set(why, "launchd passed %zu sockets named %s: must be one",
                   count, ACTIVATION_NAME);
        rc = -EINVAL;
    }
    for (size_t i = 0; rc < 0 && i < count; i++)
        close(fds[i]);
    free(fds);
    return rc;
}

int activation_notify(const char *state)
{
    (void)state;
    return 0;
}
