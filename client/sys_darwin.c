/* SPDX-License-Identifier: MIT */
/* macOS sets each property of a socket afterwards. */

#include "client/sys.h"

#include "base/descriptor.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int sys_stream_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return -errno;
    int on = 1;
    int rc = descriptor_set_flags(fd);
    if (rc == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on)) < 0)
        rc = -errno;
    if (rc == 0)
        return fd;
    close(fd);
    return rc;
}

ssize_t sys_send(int fd, const void *bytes, size_t n)
{
    ssize_t sent = send(fd, bytes, n, 0);
    return sent < 0 ? -errno : sent;
}

int sys_peer_uid(int fd, uid_t *uid)
{
    gid_t gid;
    return getpeereid(fd, uid, &gid) < 0 ? -errno : 0;
}

int sys_peer_pid(int fd, pid_t *pid)
{
    socklen_t length = sizeof(*pid);

    return getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, pid, &length) < 0 ? -errno
                                                                      : 0;
}
