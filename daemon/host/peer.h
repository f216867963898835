/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HOST_PEER_H
#define ENTROPYD_DAEMON_HOST_PEER_H

/* Who is at the other end of a connection, as the kernel tells; one file a
 * platform. */

#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

struct peer {
    bool is_known; /* false: unknown, and has no privilege */
    uid_t uid;     /* (uid_t)-1 where not known: not a user's number */
    pid_t pid;     /* 0 where the kernel does not tell */
};

/* The peer of the connected AF_UNIX socket fd. Credentials that cannot be
 * read, and the overflow uid of a foreign user namespace, make is_known
 * false. */
struct peer peer_of(int fd);

/* Accepts the next connection from a listening socket: a new descriptor,
 * non-blocking and close-on-exec, or -errno, -EAGAIN where none waits. */
int peer_accept(int fd);

/* May this peer do what only the daemon's own user and root may? */
static inline bool peer_is_privileged(const struct peer *peer)
{
    return peer->is_known && (peer->uid == 0 || peer->uid == geteuid());
}

#endif
