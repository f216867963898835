/* Owners, compared by uid. The directory comes first: what is said of a socket
 * in it holds only where nobody else could have put it there. */

#include "client/trust.h"

#include "base/reason.h"
#include "base/socket_path.h"
#include "client/sys.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Room for getpwnam_r()'s strings; sysconf() suggests 1024 where it does. */
#define PASSWD_ROOM 4096

static bool is_service_user(uid_t uid)
{
    char strings[PASSWD_ROOM];
    struct passwd entry;
    struct passwd *found = NULL;
    return getpwnam_r(TRUST_SERVICE_USER, &entry, strings, sizeof(strings),
                      &found) == 0 &&
           found != NULL && found->pw_uid == uid;
}

static bool is_trusted(uid_t uid)
{
    return uid == geteuid() || uid == 0 || is_service_user(uid);
}

static void directory_of(const char *path, char directory[SOCKET_PATH_MAX])
{
    size_t length = (size_t)(strrchr(path, '/') - path);
    if (length == 0)
        length = 1;
    memcpy(directory, path, length);
    directory[length] = '\0';
}

/* Did root make the socket, where nobody else could? Then who listens at it was
 * handed it: by systemd, to a service whose user has a number and for a while,
 * between two runs or where libnss-systemd is not installed, no name. */
static bool is_handed_over(const char *path)
{
    char directory[SOCKET_PATH_MAX];
    struct stat its_directory;
    struct stat itself;
    directory_of(path, directory);
    return lstat(directory, &its_directory) == 0 && its_directory.st_uid == 0 &&
           lstat(path, &itself) == 0 && S_ISSOCK(itself.st_mode) &&
           itself.st_uid == 0;
}

int trust_directory(const char *path, struct reason *why)
{
    char directory[SOCKET_PATH_MAX];
    struct stat info;
    directory_of(path, directory);
    if (lstat(directory, &info) < 0) {
        int error = errno;
        reason_set(why,
                   error == ENOENT || error == ENOTDIR
                       ? "%s does not exist"
                       : "%s cannot be looked at",
                   directory);
        return error == ENOTDIR ? -ENOENT : -error;
    }
    if (!S_ISDIR(info.st_mode)) {
        reason_set(why, "%s is %s", directory,
                   S_ISLNK(info.st_mode) ? "a symbolic link" : "no directory");
        return -EPERM;
    }
    if (!is_trusted(info.st_uid)) {
        reason_set(why, "%s belongs to uid %lu, not to you, root or %s",
                   directory, (unsigned long)info.st_uid, TRUST_SERVICE_USER);
        return -EPERM;
    }
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        reason_set(why, "%s is writable by others (mode %03o)", directory,
                   (unsigned)info.st_mode & 0777);
        return -EPERM;
    }
    return 0;
}

int trust_server(int fd, const char *path, struct reason *why)
{
    uid_t uid = 0;
    int rc = sys_peer_uid(fd, &uid);
    if (rc < 0) {
        reason_set(why, "it cannot be told who serves %s", path);
        return rc;
    }
    if (is_trusted(uid) || is_handed_over(path))
        return 0;
    reason_set(why, "%s is served by uid %lu, not by you, root or %s", path,
               (unsigned long)uid, TRUST_SERVICE_USER);
    return -EPERM;
}
