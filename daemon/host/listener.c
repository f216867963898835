/* SPDX-License-Identifier: MIT */
/*
 * The order is what makes it safe: check the directory, take the lock, check
 * what is at the path, bind with a mode that lets no client connect, set group
 * and mode, listen.
 */

#include "daemon/host/listener.h"

#include "base/descriptor.h"
#include "base/quote.h"
#include "base/reason.h"
#include "daemon/host/accounts.h"
#include "daemon/host/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const struct listener none = LISTENER_NONE;

/* The part of `path` after its last slash. */
static const char *name_of(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* Another user who may write the directory could replace the socket. */
static int check_directory(int fd, const char *directory, struct reason *why)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return reason_errno(errno, why, "%s", directory);
    if (st.st_uid != geteuid() && st.st_uid != 0) {
        reason_set(why,
                   "%s belongs to user %u: the socket's directory must "
                   "belong to user %u or to root",
                   directory, st.st_uid, geteuid());
        return -EPERM;
    }
    if (st.st_mode & (S_IWGRP | S_IWOTH)) {
        reason_set(why,
                   "%s has mode %04o: the socket's directory must not be "
                   "writable by group or others",
                   directory, (unsigned)(st.st_mode & 07777));
        return -EPERM;
    }
    return 0;
}

/* open() fails with ENOTDIR for a symlink as well as for a file. */
static int why_not_opened(int error, const char *directory, struct reason *why)
{
    struct stat st;
    if ((error == ENOTDIR || error == ELOOP) && lstat(directory, &st) == 0 &&
        S_ISLNK(st.st_mode)) {
        reason_set(why,
                   "%s is a symbolic link: the socket's directory must be "
                   "a real one",
                   directory);
        return -ELOOP;
    }
    return reason_errno(error, why, "%s", directory);
}

/* The directory of `path` (absolute), made (0700) where it is missing and its
 * parent exists: a real directory that belongs to us or root, and that neither
 * group nor others may write. A descriptor, or -errno with the reason. */
static int open_directory(const char *path, struct reason *why)
{
    char directory[sizeof(((struct sockaddr_un *)0)->sun_path)];
    size_t length = (size_t)(name_of(path) - path) - 1;
    if (length >= sizeof(directory))
        return reason_errno(ENAMETOOLONG, why, "%s", path);
    memcpy(directory, path, length);
    directory[length] = '\0';
    if (length == 0)
        memcpy(directory, "/", 2);
    int not_made = mkdir(directory, 0700) < 0 ? errno : 0;
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && not_made != 0)
        return reason_errno(not_made, why, "creating %s", directory);
    if (fd < 0)
        return why_not_opened(errno, directory, why);
    int rc = check_directory(fd, directory, why);
    if (rc < 0) {
        close(fd);
        return rc;
    }
    return fd;
}

/* The path as an address; lengths were compared before. */
static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    return address;
}

static int check_path(const char *path, struct reason *why)
{
    size_t most = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
    if (path[0] != '/' || name_of(path)[0] == '\0') {
        reason_set(why, "%s: must be the absolute path of a socket", path);
        return -EINVAL;
    }
    if (strlen(path) > most) {
        reason_set(why,
                   "%s: is %zu bytes long, but a socket's path has at most "
                   "%zu",
                   path, strlen(path), most);
        return -ENAMETOOLONG;
    }
    return 0;
}

/* PATH.lock, locked for as long as the descriptor is open. */
static int take_lock(int dir_fd, const char *path, struct reason *why)
{
    char name[sizeof(none.path) + 8];
    (void)snprintf(name, sizeof(name), "%s.lock", name_of(path));
    int fd =
        openat(dir_fd, name,
               O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0)
        return reason_errno(errno, why, "%s.lock", path);
    struct stat st;
    int rc = 0;
    if (fstat(fd, &st) < 0) {
        rc = reason_errno(errno, why, "%s.lock", path);
    } else if (!S_ISREG(st.st_mode)) {
        reason_set(why, "%s.lock: must be a regular file", path);
        rc = -EEXIST;
    } else if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK) {
            reason_set(why, "another entropyd serves %s (it holds %s.lock)",
                       path, path);
            rc = -EADDRINUSE;
        } else {
            rc = reason_errno(errno, why, "locking %s.lock", path);
        }
    }
    if (rc < 0) {
        close(fd);
        return rc;
    }
    return fd;
}

/* 0 if no process listens on the socket at the path any more. As we hold the
 * lock, one that does is not an entropyd that made its own socket: another
 * program, or a service manager. */
static int check_stale(const char *path, struct reason *why)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return reason_errno(errno, why, "socket");
    int rc = descriptor_set_flags(fd);
    struct sockaddr_un address = address_of(path);
    if (rc == 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        rc = -errno;
    close(fd);
    if (rc == -ECONNREFUSED || rc == -ENOENT)
        return 0;
    /* EAGAIN: its backlog is full. (macOS fails with ECONNREFUSED then, as for
     * a stale socket; the two cannot be told apart there.) */
    if (rc == 0 || rc == -EAGAIN || rc == -EINPROGRESS) {
        reason_set(why,
                   "another program listens on %s (not an entropyd, or one "
                   "that a service manager started)",
                   path);
        return -EADDRINUSE;
    }
    return reason_errno(-rc, why, "connecting to %s to see whether it is stale",
                        path);
}

/* Removes a stale socket from the path, and nothing else. */
static int clear_path(int dir_fd, const char *path, struct reason *why)
{
    struct stat st;
    const char *name = name_of(path);
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : reason_errno(errno, why, "%s", path);
    if (!S_ISSOCK(st.st_mode)) {
        reason_set(why, "%s is %s, not a socket; not replacing it", path,
                   S_ISREG(st.st_mode)   ? "a regular file"
                   : S_ISDIR(st.st_mode) ? "a directory"
                   : S_ISLNK(st.st_mode) ? "a symbolic link"
                                         : "something else");
        return -EEXIST;
    }
    int rc = check_stale(path, why);
    if (rc < 0)
        return rc;
    if (unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
        return reason_errno(errno, why, "removing the stale %s", path);
    return 0;
}

/* Group before mode: the wrong group can never connect. And it must be our
 * socket in the directory that was checked, not one in a directory that was
 * moved into its place. */
static int open_up(struct listener *l, int dir_fd, mode_t mode,
                   const char *group, struct reason *why)
{
    const char *name = name_of(l->path);
    struct stat st;
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
        !S_ISSOCK(st.st_mode) || st.st_uid != geteuid()) {
        reason_set(why, "%s is not the socket that was just created there",
                   l->path);
        return -EPERM;
    }
    l->device = st.st_dev;
    l->inode = st.st_ino;
    if (group[0] != '\0') {
        gid_t gid;
        int rc = accounts_find_group(group, &gid, why);
        if (rc < 0)
            return rc;
        if (fchownat(dir_fd, name, (uid_t)-1, gid, AT_SYMLINK_NOFOLLOW) < 0)
            return reason_errno(errno, why, "changing the group of %s to %s",
                                l->path, group);
    }
    if (fchmodat(dir_fd, name, mode, 0) < 0)
        return reason_errno(errno, why, "changing the mode of %s to %04o",
                            l->path, (unsigned)mode);
    return 0;
}

static int bind_at(struct listener *l, int dir_fd, mode_t mode,
                   const char *group, struct reason *why)
{
    l->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (l->fd < 0)
        return reason_errno(errno, why, "socket");
    int rc = descriptor_set_flags(l->fd);
    if (rc < 0)
        return reason_errno(-rc, why, "fcntl");
    struct sockaddr_un address = address_of(l->path);
    mode_t umask_before = umask(0077);
    rc = bind(l->fd, (const struct sockaddr *)&address, sizeof(address));
    int error = errno;
    umask(umask_before);
    if (rc < 0)
        return reason_errno(error, why, "binding %s", l->path);
    rc = open_up(l, dir_fd, mode, group, why);
    if (rc < 0)
        return rc;
    if (listen(l->fd, LISTENER_BACKLOG) < 0)
        return reason_errno(errno, why, "listening on %s", l->path);
    return 0;
}

int listener_open(struct listener *l, const char *path, mode_t mode,
                  const char *group, struct reason *why)
{
    *l = none;
    int rc = check_path(path, why);
    if (rc < 0)
        return rc;
    memcpy(l->path, path, strlen(path) + 1);
    int dir_fd = open_directory(path, why);
    if (dir_fd < 0)
        return dir_fd;
    rc = take_lock(dir_fd, path, why);
    if (rc >= 0) {
        l->lock_fd = rc;
        rc = clear_path(dir_fd, path, why);
    }
    if (rc >= 0)
        rc = bind_at(l, dir_fd, mode, group, why);
    close(dir_fd);
    if (rc < 0)
        listener_close(l);
    return rc;
}

bool listener_has_lock_of(const struct listener *l, const char *path)
{
    char lock[sizeof(none.path) + 8];
    struct stat own;
    struct stat other;
    (void)snprintf(lock, sizeof(lock), "%s.lock", path);
    return l->lock_fd >= 0 && fstat(l->lock_fd, &own) == 0 &&
           lstat(lock, &other) == 0 && own.st_dev == other.st_dev &&
           own.st_ino == other.st_ino;
}

/* A socket option that is a number; -errno where it cannot be read. */
static int socket_number(int fd, int option)
{
    int fact = 0;
    socklen_t size = sizeof(fact);
    if (getsockopt(fd, SOL_SOCKET, option, &fact, &size) < 0)
        return -errno;
    return fact;
}

int listener_adopt(struct listener *l, int fd, struct reason *why)
{
    *l = none;
    struct sockaddr_un address = {.sun_family = AF_UNSPEC};
    socklen_t size = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return reason_errno(errno, why, "the activated socket");
    /* macOS has no SO_ACCEPTCONN (ENOPROTOOPT); the listen() below finds out
     * there. */
    if (address.sun_family != AF_UNIX ||
        socket_number(fd, SO_TYPE) != SOCK_STREAM ||
        socket_number(fd, SO_ACCEPTCONN) == 0) {
        reason_set(why, "the activated socket is not a listening Unix stream "
                        "socket");
        return -EINVAL;
    }
    if (listen(fd, LISTENER_BACKLOG) < 0)
        return reason_errno(errno, why, "listening on the activated socket");
    int rc = descriptor_set_flags(fd);
    if (rc < 0)
        return reason_errno(-rc, why, "fcntl");
    l->fd = fd;
    l->is_activated = true;
    /* A path that fills sun_path has no NUL at its end; an abstract name
     * begins with one. */
    size_t header = sizeof(address) - sizeof(address.sun_path);
    size_t length = size > header ? size - header : 0;
    if (length >= sizeof(l->path))
        length = sizeof(l->path) - 1;
    memcpy(l->path, address.sun_path, length);
    return 0;
}

/* Removes the socket file if it is still the one that we made. 0 or -errno. */
static int remove_ours(const struct listener *l)
{
    struct stat st;
    if (l->is_activated || l->inode == 0)
        return 0;
    if (lstat(l->path, &st) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(st.st_mode) || st.st_dev != l->device ||
        st.st_ino != l->inode)
        return 0;
    return unlink(l->path) < 0 && errno != ENOENT ? -errno : 0;
}

int listener_open_again(struct listener *l, mode_t mode, const char *group,
                        struct reason *why)
{
    int dir_fd = open_directory(l->path, why);
    if (dir_fd < 0)
        return dir_fd;
    (void)remove_ours(l); /* clear_path() says why it cannot be */
    int rc = clear_path(dir_fd, l->path, why);
    if (rc >= 0)
        rc = bind_at(l, dir_fd, mode, group, why);
    close(dir_fd);
    if (rc < 0 && l->fd >= 0) {
        close(l->fd);
        l->fd = -1;
    }
    return rc;
}

void listener_close(struct listener *l)
{
    if (l->fd >= 0)
        close(l->fd);
    int rc = remove_ours(l);
    if (rc < 0) {
        char path[QUOTE_SIZE(sizeof(none.path))];
        struct reason why;
        char quoted[QUOTE_SIZE(REASON_MAX)];
        (void)reason_errno(-rc, &why, "unlink");
        log_event(LOG_LEVEL_WARNING, "socket-left", "socket=%s reason=%s",
                  quote_text(l->path, path, sizeof(path)),
                  quote_text(why.text, quoted, sizeof(quoted)));
    }
    if (l->lock_fd >= 0)
        close(l->lock_fd);
    *l = none;
}
