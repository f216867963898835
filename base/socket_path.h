/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_SOCKET_PATH_H
#define ENTROPYD_BASE_SOCKET_PATH_H

/* Where the socket is, decided in one place for daemon and clients. Reads the
 * environment; call it before threads are started. */

#include "base/reason.h"

#include <stdbool.h>
#include <stddef.h>

/* The system daemon's socket, tried by a client after its user's own. */
#define SOCKET_PATH_SYSTEM "/run/entropyd/entropyd.sock"

/* Room for any path that fits a sockaddr_un, terminating NUL included. */
#define SOCKET_PATH_MAX 108

/* Longest path that sun_path takes on this platform (107 Linux, 103 macOS). */
size_t socket_path_limit(void);

/*
 * Writes the path to use: `given` if that is not NULL and not ""; else
 * $ENTROPYD_SOCKET; else $XDG_RUNTIME_DIR/entropyd/entropyd.sock; else
 * ~/.entropyd/entropyd.sock. *is_default says that it was not named, so that a
 * client must check whom it talks to. 0; -ENAMETOOLONG, never a cut path (why
 * names path and limit); -ENOENT where no home directory is known; -EINVAL for
 * a path that is not absolute.
 */
int socket_path(const char *given, char path[SOCKET_PATH_MAX], bool *is_default,
                struct reason *why);

#endif
