#ifndef ENTROPYD_DAEMON_LISTENER_H
#define ENTROPYD_DAEMON_LISTENER_H

/*
 * The listening socket: found safe, locked, bound, and taken away again. Or
 * handed over by launchd or systemd (daemon/activation). Plain system calls,
 * no loop; called before the loop runs and after it ended.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct listener {
    int fd;            /* listening, non-blocking, close-on-exec; -1: none */
    int lock_fd;       /* PATH.lock, held for life; -1 where activated */
    bool is_activated; /* handed over: never unlinked by us */
    dev_t device;      /* the socket file that we made, to know it again */
    ino_t inode;
    char path[108];    /* "" where activation does not tell */
};

/*
 * Listens at `path` (absolute, fits sun_path): its directory is made (0700)
 * if missing, and must be a real directory, ours or root's, not writable by
 * others, no symlink; PATH.lock is locked with flock(); a stale socket is
 * replaced; anything else at the path is refused. Bound under umask 0077, then
 * given mode and group ("" leaves the group). 0, or -errno with the reason in
 * `why` and nothing left behind: -EADDRINUSE where another daemon has the
 * lock, -ENOTDIR, -ELOOP, -EPERM (unsafe directory), -EEXIST (not a socket),
 * -ENAMETOOLONG.
 */
int listener_open(struct listener *l, const char *path, mode_t mode,
                  const char *group, char *why, size_t why_size);

/* Takes over a listening descriptor that the service manager handed over.
 * 0, or -errno: it must be a listening AF_UNIX stream socket. */
int listener_adopt(struct listener *l, int fd, char *why, size_t why_size);

/* Closes; unlinks the socket file if it is still the one that we made. The
 * lock file stays (removing it would race with the next daemon). A closed
 * listener is allowed. */
void listener_close(struct listener *l);

#endif
