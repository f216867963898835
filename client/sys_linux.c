/* SPDX-License-Identifier: MIT */
/* Linux has flags for all of it. */

#include "client/sys.h"

#include <errno.h>
#include <sys/socket.h>

int sys_stream_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

ssize_t sys_send(int fd, const void *bytes, size_t n)
{
    ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

static int peer_of(int fd, struct ucred *peer)
{
    socklen_t length = sizeof(*peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, peer, &length) < 0)
        return -errno;
    return length == sizeof(*peer) ? 0 : -EINVAL;
}

int sys_peer_uid(int fd, uid_t *uid)
{
    struct ucred peer;
    int rc = peer_of(fd, &peer);

    if (rc == 0)
        *uid = peer.uid;
    return rc;
}

int sys_peer_pid(int fd, pid_t *pid)
{
    struct ucred peer;
    int rc = peer_of(fd, &peer);

    if (rc == 0)
        *pid = peer.pid;
    return rc;
}
