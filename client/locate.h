/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_LOCATE_H
#define ENTROPYD_CLIENT_LOCATE_H

/* Finds the daemon's socket and connects to it. */

#include "base/reason.h"
#include "base/socket_path.h"

#include <stdint.h>

/*
 * Connects to `given` or, where that is NULL, to the first default path with a
 * listening server. On a default path the socket's directory and the server
 * must belong to this process's user, to root or to the service's user: any
 * other user who can put a socket there could hand out bytes of their own. *fd
 * is the caller's and path the socket's. 0, or an enum entropy_client_error
 * with why filled.
 */
int locate_daemon(const char *given, uint64_t deadline, int *fd,
                  char path[SOCKET_PATH_MAX], struct reason *why);

#endif
