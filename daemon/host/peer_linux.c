/* SPDX-License-Identifier: MIT */
/* SO_PEERCRED: who connected, as the kernel noted it then. */

#include "daemon/host/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel's default for users that our user namespace has no number for
 * (DEFAULT_OVERFLOWUID); by convention the uid of the user nobody. */
#define OVERFLOW_UID_DEFAULT 65534

/* The number for such users here. The default where /proc does not tell, in a
 * sandbox without it, say. */
static uid_t overflow_uid(void)
{
    int fd = open("/proc/sys/kernel/overflowuid", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return OVERFLOW_UID_DEFAULT;
    char text[16];
    ssize_t n = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (n <= 0)
        return OVERFLOW_UID_DEFAULT;
    text[n] = '\0';
    char *end;
    unsigned long uid = strtoul(text, &end, 10);
    return end == text ? OVERFLOW_UID_DEFAULT : (uid_t)uid;
}

struct peer peer_of(int fd)
{
    struct ucred ucred;
    socklen_t size = sizeof(ucred);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ucred, &size) < 0 ||
        size != sizeof(ucred) || ucred.uid == (uid_t)-1 ||
        ucred.uid == OVERFLOW_UID_DEFAULT || ucred.uid == overflow_uid())
        return (struct peer){.is_known = false, .uid = (uid_t)-1};
    return (struct peer){.is_known = true, .uid = ucred.uid, .pid = ucred.pid};
}

int peer_accept(int fd)
{
    int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return peer < 0 ? -errno : peer;
}
