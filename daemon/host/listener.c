/*
 * The order is the safety: look at the directory, take the lock, look at what
 * stands at the path, bind where nobody can connect yet, open the mode, listen.
 */

#include "daemon/host/listener.h"

#include "base/reason.h"
#include "daemon/host/accounts.h"

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

/* Is the directory a place that nobody else can change? Whoever may write it
 * can replace the socket by one of his own. */
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
                   "%s has mode %04o: group and others must not write the "
                   "socket's directory",
                   directory, (unsigned)(st.st_mode & 07777));
        return -EPERM;
    }
    return 0;
}

/* open() says ENOTDIR of a symlink as well as of a file. */
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
        return reason_errno(not_made, why, "making %s", directory);
    if (fd < 0)
        return why_not_opened(errno, directory, why);
    int result = check_directory(fd, directory, why);
    if (result < 0) {
        close(fd);
        return result;
    }
    return fd;
}

/* Close-on-exec and non-blocking by fcntl(): macOS has no flags for socket(),
 * and there are no threads yet that could fork. */
static int set_flags(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return -errno;
    return 0;
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
        reason_set(why, "%s: must be an absolute path of a socket", path);
        return -EINVAL;
    }
    if (strlen(path) > most) {
        reason_set(why,
                   "%s: is %zu bytes long, and a socket's path takes at "
                   "most %zu",
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
    int result = 0;
    if (fstat(fd, &st) < 0) {
        result = reason_errno(errno, why, "%s.lock", path);
    } else if (!S_ISREG(st.st_mode)) {
        reason_set(why, "%s.lock: must be a regular file", path);
        result = -EEXIST;
    } else if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK) {
            reason_set(why, "another entropyd serves %s (it holds %s.lock)",
                       path, path);
            result = -EADDRINUSE;
        } else {
            result = reason_errno(errno, why, "locking %s.lock", path);
        }
    }
    if (result < 0) {
        close(fd);
        return result;
    }
    return fd;
}

/* Does somebody listen at the socket there? 0: nobody does any more. With our
 * lock held this is a program that takes none: another one, or a service
 * manager's socket. */
static int check_stale(const char *path, struct reason *why)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return reason_errno(errno, why, "socket");
    int result = set_flags(fd);
    struct sockaddr_un address = address_of(path);
    if (result == 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        result = -errno;
    close(fd);
    if (result == -ECONNREFUSED || result == -ENOENT)
        return 0;
    /* EAGAIN: its line of waiting clients is full. (macOS says ECONNREFUSED
     * then, as it does of a stale one; the two cannot be told apart there.) */
    if (result == 0 || result == -EAGAIN || result == -EINPROGRESS) {
        reason_set(why,
                   "another program listens at %s (no entropyd, or one "
                   "that a service manager started)",
                   path);
        return -EADDRINUSE;
    }
    return reason_errno(-result, why, "asking whether anybody listens at %s",
                        path);
}

/* Makes room at the path, where only a socket that nobody serves may stand. */
static int clear_path(int dir_fd, const char *path, struct reason *why)
{
    struct stat st;
    const char *name = name_of(path);
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : reason_errno(errno, why, "%s", path);
    if (!S_ISSOCK(st.st_mode)) {
        reason_set(why, "%s is %s, not a socket: it is left alone", path,
                   S_ISREG(st.st_mode)   ? "a regular file"
                   : S_ISDIR(st.st_mode) ? "a directory"
                   : S_ISLNK(st.st_mode) ? "a symbolic link"
                                         : "something else");
        return -EEXIST;
    }
    int result = check_stale(path, why);
    if (result < 0)
        return result;
    if (unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
        return reason_errno(errno, why, "removing the stale %s", path);
    return 0;
}

/* Group before mode: the wrong group is never let in. Then it must be the
 * socket that stands in the directory that was looked at, not one in a
 * directory that was moved into its place. */
static int open_up(struct listener *l, int dir_fd, mode_t mode,
                   const char *group, struct reason *why)
{
    const char *name = name_of(l->path);
    struct stat st;
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
        !S_ISSOCK(st.st_mode) || st.st_uid != geteuid()) {
        reason_set(why, "%s is not the socket that was just made there",
                   l->path);
        return -EPERM;
    }
    l->device = st.st_dev;
    l->inode = st.st_ino;
    if (group[0] != '\0') {
        gid_t gid;
        int result = accounts_find_group(group, &gid, why);
        if (result < 0)
            return result;
        if (fchownat(dir_fd, name, (uid_t)-1, gid, AT_SYMLINK_NOFOLLOW) < 0)
            return reason_errno(errno, why, "giving %s to the group %s",
                                l->path, group);
    }
    if (fchmodat(dir_fd, name, mode, 0) < 0)
        return reason_errno(errno, why, "giving %s mode %04o", l->path,
                            (unsigned)mode);
    return 0;
}

static int bind_at(struct listener *l, int dir_fd, mode_t mode,
                   const char *group, struct reason *why)
{
    l->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (l->fd < 0)
        return reason_errno(errno, why, "socket");
    int result = set_flags(l->fd);
    if (result < 0)
        return reason_errno(-result, why, "fcntl");
    struct sockaddr_un address = address_of(l->path);
    mode_t umask_before = umask(0077);
    result = bind(l->fd, (const struct sockaddr *)&address, sizeof(address));
    int error = errno;
    umask(umask_before);
    if (result < 0)
        return reason_errno(error, why, "binding %s", l->path);
    result = open_up(l, dir_fd, mode, group, why);
    if (result < 0)
        return result;
    if (listen(l->fd, LISTENER_BACKLOG) < 0)
        return reason_errno(errno, why, "listening at %s", l->path);
    return 0;
}

int listener_open(struct listener *l, const char *path, mode_t mode,
                  const char *group, struct reason *why)
{
    *l = none;
    int result = check_path(path, why);
    if (result < 0)
        return result;
    memcpy(l->path, path, strlen(path) + 1);
    int dir_fd = open_directory(path, why);
    if (dir_fd < 0)
        return dir_fd;
    result = take_lock(dir_fd, path, why);
    if (result >= 0) {
        l->lock_fd = result;
        result = clear_path(dir_fd, path, why);
    }
    if (result >= 0)
        result = bind_at(l, dir_fd, mode, group, why);
    close(dir_fd);
    if (result < 0)
        listener_close(l);
    return result;
}

/* A number that a socket tells of itself; -errno where it does not. */
static int socket_fact(int fd, int option)
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
        return reason_errno(errno, why, "the descriptor that was handed over");
    /* macOS does not tell whether a socket listens (ENOPROTOOPT); there the
     * listen() below is what finds out. */
    if (address.sun_family != AF_UNIX ||
        socket_fact(fd, SO_TYPE) != SOCK_STREAM ||
        socket_fact(fd, SO_ACCEPTCONN) == 0) {
        reason_set(why, "the descriptor that was handed over is not a "
                        "listening Unix stream socket");
        return -EINVAL;
    }
    if (listen(fd, LISTENER_BACKLOG) < 0)
        return reason_errno(errno, why,
                            "listening on the socket that was handed over");
    int result = set_flags(fd);
    if (result < 0)
        return reason_errno(-result, why, "fcntl");
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

void listener_close(struct listener *l)
{
    struct stat st;
    if (l->fd >= 0)
        close(l->fd);
    if (!l->is_activated && l->inode != 0 && lstat(l->path, &st) == 0 &&
        S_ISSOCK(st.st_mode) && st.st_dev == l->device && st.st_ino == l->inode)
        unlink(l->path);
    if (l->lock_fd >= 0)
        close(l->lock_fd);
    *l = none;
}
