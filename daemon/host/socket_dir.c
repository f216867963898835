/* A directory made, opened and looked at, in that order, by its descriptor. */

#include "daemon/host/socket_dir.h"

#include "base/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

const char *socket_dir_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* Is what the descriptor shows a place that nobody else can change? */
static int check(int fd, const char *directory, struct reason *why)
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

int socket_dir_open(const char *path, struct reason *why)
{
    char directory[sizeof(((struct sockaddr_un *)0)->sun_path)];
    size_t length = (size_t)(socket_dir_name(path) - path) - 1;
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
    int result = check(fd, directory, why);
    if (result < 0) {
        close(fd);
        return result;
    }
    return fd;
}
