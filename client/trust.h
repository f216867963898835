#ifndef ENTROPYD_CLIENT_TRUST_H
#define ENTROPYD_CLIENT_TRUST_H

/*
 * Whom a client believes on a path that nobody named: a directory or a server
 * may belong to the client's own user, to root or to the service's user. Anyone
 * else who can put a socket there could hand out bytes of his own.
 */

#include "base/reason.h"

#include <stddef.h>

/* The user that a system-wide daemon runs as. */
#define TRUST_SERVICE_USER "entropyd"

/*
 * Checks the directory that holds the socket at path: a directory and no
 * symbolic link, of a trusted owner, not writable by others. 0; -ENOENT where
 * it is not there; -EPERM where it cannot be trusted; else -errno. why then
 * holds the reason in words.
 */
int trust_directory(const char *path, struct reason *why);

/* Checks who listens behind the connected socket fd, in a directory that
 * trust_directory() trusts: a trusted user, or anybody where directory and
 * socket are root's, for then root handed it to him (socket activation). 0;
 * -EPERM, or -errno of the question. */
int trust_server(int fd, const char *path, struct reason *why);

#endif
