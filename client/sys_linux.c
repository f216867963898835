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

int sys_peer_uid(int fd, uid_t *uid)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        return -errno;
    if (length != sizeof(peer))
        return -EINVAL;
    *uid = peer.uid;
    return 0;
}
