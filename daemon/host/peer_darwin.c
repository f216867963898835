/* SPDX-License-Identifier: MIT */
/* getpeereid() and LOCAL_PEERPID: who connected. */

#include "daemon/host/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct peer peer_of(int fd)
{
    struct peer peer = {.is_known = true};
    gid_t group; /* of no use here */
    if (getpeereid(fd, &peer.uid, &group) < 0 || peer.uid == (uid_t)-1)
        return (struct peer){.is_known = false, .uid = (uid_t)-1};
    socklen_t size = sizeof(peer.pid);
    if (getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, &peer.pid, &size) < 0)
        peer.pid = 0;
    return peer;
}

/* There is no accept4(). */
int peer_accept(int fd)
{
    int peer = accept(fd, NULL, NULL);
    if (peer < 0)
        return -errno;
    if (fcntl(peer, F_SETFD, FD_CLOEXEC) < 0 ||
        fcntl(peer, F_SETFL, O_NONBLOCK) < 0) {
        int error = errno;
        close(peer);
        return -error;
    }
    return peer;
}
