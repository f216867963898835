#ifndef ENTROPYD_CLIENT_LOCATE_H
#define ENTROPYD_CLIENT_LOCATE_H

/* Finds the daemon's socket and connects to it. */

#include "base/reason.h"
#include "base/socket_path.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Connects to `given` or, where that is NULL, to the first default path where
 * somebody listens; on default paths only to whom client/trust.h allows. *fd is
 * the caller's and path the socket's. 0, or an enum entropy_client_error with
 * why filled.
 */
int locate_daemon(const char *given, int64_t deadline, int *fd,
                  char path[SOCKET_PATH_MAX], struct reason *why);

#endif
