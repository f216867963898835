#ifndef ENTROPYD_DAEMON_HOST_SOCKET_DIR_H
#define ENTROPYD_DAEMON_HOST_SOCKET_DIR_H

/* The directory that the socket lives in. Whoever may write it can put another
 * socket into ours' place, so it is looked at before anything is made there. */

#include "base/reason.h"

#include <stddef.h>

/*
 * Opens the directory of `path` (absolute), making it (0700) if it is missing
 * and its parent is there. It must be a real directory (-ENOTDIR, -ELOOP for a
 * symlink) that belongs to us or root, and neither group nor others may write
 * it (-EPERM). Returns a descriptor, close-on-exec, the
 * caller's; or -errno with the reason in `why`.
 */
int socket_dir_open(const char *path, struct reason *why);

/* The part of `path` behind its last slash. Borrowed from path. */
const char *socket_dir_name(const char *path);

#endif
