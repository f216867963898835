/* launchd's check-in. It wants to hear nothing. */

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
        return reason_errno(error, why,
                            "launchd did not hand over the socket %s",
                            ACTIVATION_NAME);
    int result;
    if (count == 1) {
        result = fds[0];
        if (fcntl(result, F_SETFD, FD_CLOEXEC) < 0)
            result = reason_errno(errno, why, "launchd's socket");
    } else {
        reason_set(why, "launchd handed over %zu sockets for %s: must be one",
                   count, ACTIVATION_NAME);
        result = -EINVAL;
    }
    for (size_t i = 0; result < 0 && i < count; i++)
        close(fds[i]);
    free(fds);
    return result;
}

int activation_notify(const char *state)
{
    (void)state;
    return 0;
}
