/* macOS sets each property after the socket is there. */

#include "client/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

int sys_stream_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return -errno;
    int on = 1;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on)) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
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
