/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HOST_LISTENER_H
#define ENTROPYD_DAEMON_HOST_LISTENER_H

/*
 * The listening socket: its directory checked, its lock taken, bound, and
 * removed again. Or passed by launchd or systemd (daemon/host/activation.h).
 * Plain system calls, no loop; called before the loop runs and after it ended.
 */

#include "base/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Most clients that wait to be accepted. */
#define LISTENER_BACKLOG 512

struct listener {
    int fd;            /* listening, non-blocking, close-on-exec; -1: none.
                        * Who gives it away (uv_pipe_open() takes it) sets it
                        * to -1 */
    int lock_fd;       /* PATH.lock, held for life; -1 where activated */
    bool is_activated; /* passed to us: never unlinked */
    dev_t device;      /* the socket file that we made, to know it again */
    ino_t inode;
    char path[108]; /* "" where activation does not tell */
};

/* A closed listener. */
#define LISTENER_NONE                                                          \
    {                                                                          \
        .fd = -1, .lock_fd = -1                                                \
    }

/*
 * Listens at `path` (absolute, fits sun_path): its directory is made (0700)
 * if missing, and must be a real directory, ours or root's, not writable by
 * others, no symlink; PATH.lock is locked with flock(); a stale socket is
 * replaced; anything else at the path is refused. Bound under umask 0077, then
 * given mode and group ("" leaves the group). 0, or -errno with the reason in
 * `why` and nothing left behind (but the directory and the lock file):
 * -EADDRINUSE where another daemon has the lock or another program listens,
 * -ENOTDIR, -ELOOP, -EPERM (unsafe directory), -EEXIST (not a socket),
 * -ENAMETOOLONG, -EINVAL (not absolute), -ENOENT (no directory to make the
 * socket's in; no such group).
 */
int listener_open(struct listener *l, const char *path, mode_t mode,
                  const char *group, struct reason *why);

/* Does l, which may be closed, hold the lock of the socket at `path`, however
 * the path is spelled? */
bool listener_has_lock_of(const struct listener *l, const char *path);

/* Takes over a listening descriptor that the service manager handed over, and
 * makes it non-blocking. 0, or -errno with the reason in `why` and the
 * descriptor still the caller's: it must be a listening AF_UNIX stream
 * socket. */
int listener_adopt(struct listener *l, int fd, struct reason *why);

/*
 * Makes the socket of an open listener again, at the same path and under the
 * same lock, because the one that was given away is broken: unlinks that one if
 * it is still ours, and binds a new l->fd. 0, or -errno with the reason, as
 * listener_open(); l->fd is -1 then. Not for an activated one.
 */
int listener_open_again(struct listener *l, mode_t mode, const char *group,
                        struct reason *why);

/* Closes; unlinks the socket file if it is still the one that we made, and logs
 * `socket-left` where that fails: the next daemon replaces it. The lock file
 * stays (removing it would race with the next daemon). A closed
 * listener is allowed. */
void listener_close(struct listener *l);

#endif
