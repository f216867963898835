/* SPDX-License-Identifier: MIT */
/* The user's own daemon first, then the system's. An impostor ends the search:
 * going on to the next path would hide it. */

#include "client/locate.h"

#include "client/channel.h"
#include "client/entropy_client.h"
#include "client/sys.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The user that a system-wide daemon runs as. */
#define SERVICE_USER "entropyd"

/* Room for getpwnam_r()'s strings; sysconf() suggests 1024 where it does. */
#define PASSWD_ROOM 4096

static bool is_service_user(uid_t uid)
{
    char strings[PASSWD_ROOM];
    struct passwd entry;
    struct passwd *found = NULL;

    return getpwnam_r(SERVICE_USER, &entry, strings, sizeof(strings), &found) ==
               0 &&
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

/* Checks the directory that holds the socket: a directory and no symbolic link,
 * of a trusted owner, not writable by others. 0; -EPERM where it cannot be
 * trusted; else -errno. */
static int check_directory(const char *path, struct reason *why)
{
    char directory[SOCKET_PATH_MAX];
    struct stat info;

    directory_of(path, directory);
    if (lstat(directory, &info) < 0)
        return reason_errno(errno, why, "cannot examine %s", directory);
    if (!S_ISDIR(info.st_mode)) {
        reason_set(why, "%s is %s", directory,
                   S_ISLNK(info.st_mode) ? "a symbolic link"
                                         : "not a directory");
        return -EPERM;
    }
    if (!is_trusted(info.st_uid)) {
        reason_set(why, "%s belongs to uid %lu, not to you, root or %s",
                   directory, (unsigned long)info.st_uid, SERVICE_USER);
        return -EPERM;
    }
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        reason_set(why, "%s is writable by others (mode %03o)", directory,
                   (unsigned)info.st_mode & 0777);
        return -EPERM;
    }
    return 0;
}

/* Did root make the socket, where no other user could? Then root handed it to
 * the process that listens on it: systemd does so for a service whose user has
 * a number and for a while, between two runs or without libnss-systemd, no
 * name. */
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

/* Checks who listens behind the connected socket fd. 0; -EPERM, or -errno of
 * the look-up. */
static int check_server(int fd, const char *path, struct reason *why)
{
    uid_t uid = 0;
    int rc = sys_peer_uid(fd, &uid);

    if (rc < 0)
        return reason_errno(-rc, why, "cannot tell who serves %s", path);
    if (is_trusted(uid) || is_handed_over(path))
        return 0;
    reason_set(why, "%s is served by uid %lu, not by you, root or %s", path,
               (unsigned long)uid, SERVICE_USER);
    return -EPERM;
}

static void user_text(uid_t uid, char *text, size_t size)
{
    char strings[PASSWD_ROOM];
    struct passwd entry;
    struct passwd *found = NULL;

    if (getpwuid_r(uid, &entry, strings, sizeof(strings), &found) == 0 &&
        found != NULL)
        snprintf(text, size, "%s", found->pw_name);
    else
        snprintf(text, size, "uid %lu", (unsigned long)uid);
}

static void group_text(gid_t gid, char *text, size_t size)
{
    char strings[PASSWD_ROOM];
    struct group entry;
    struct group *found = NULL;

    if (getgrgid_r(gid, &entry, strings, sizeof(strings), &found) == 0 &&
        found != NULL)
        snprintf(text, size, "%s", found->gr_name);
    else
        snprintf(text, size, "gid %lu", (unsigned long)gid);
}

/* Says who can grant access: the owner of the socket or, where that cannot be
 * seen, of its directory. */
static int refuse_access(int error, const char *path, struct reason *why)
{
    char where[SOCKET_PATH_MAX];
    char user[64];
    char group[64];
    struct stat info;

    memcpy(where, path, strlen(path) + 1);
    if (stat(where, &info) < 0) {
        directory_of(path, where);
        if (stat(where, &info) < 0) {
            (void)reason_errno(-error, why, "cannot connect to %s", path);
            return ENTROPY_CLIENT_ACCESS_DENIED;
        }
    }
    user_text(info.st_uid, user, sizeof(user));
    group_text(info.st_gid, group, sizeof(group));
    reason_set(why,
               "cannot connect to %s: permission denied; %s is for user %s and "
               "group %s (mode %04o)",
               path, where, user, group, (unsigned)info.st_mode & 07777);
    return ENTROPY_CLIENT_ACCESS_DENIED;
}

static bool is_other_file(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && !S_ISSOCK(info.st_mode);
}

/* The error that a failed connect becomes, with its reason. */
static int refuse_connect(int error, const char *path, struct reason *why)
{
    if (error == -ETIMEDOUT) {
        reason_set(why, "cannot connect to %s: timed out waiting for accept",
                   path);
        return ENTROPY_CLIENT_NO_ANSWER;
    }
    /* Of a file Linux says ECONNREFUSED, or EACCES where its mode forbids to
     * write; macOS says ENOTSOCK. */
    if (is_other_file(path)) {
        reason_set(why, "cannot connect to %s: not a socket", path);
        return ENTROPY_CLIENT_NOT_REACHABLE;
    }
    if (error == -EACCES || error == -EPERM)
        return refuse_access(error, path, why);
    if (error == -ENOENT || error == -ENOTDIR)
        reason_set(why, "cannot connect to %s: no such socket", path);
    else if (error == -ECONNREFUSED)
        reason_set(why, "cannot connect to %s: connection refused", path);
    else
        (void)reason_errno(-error, why, "cannot connect to %s", path);
    return error == -ENOMEM ? ENTROPY_CLIENT_NO_MEMORY
                            : ENTROPY_CLIENT_NOT_REACHABLE;
}

/* A path that somebody named is trusted. */
static int try_named(const char *path, uint64_t deadline, int *fd,
                     struct reason *why)
{
    int rc = channel_connect(path, deadline);

    if (rc < 0)
        return refuse_connect(rc, path, why);
    *fd = rc;
    return 0;
}

static int try_default(const char *path, uint64_t deadline, int *fd,
                       struct reason *why)
{
    int rc = check_directory(path, why);

    if (rc == -EPERM)
        return ENTROPY_CLIENT_UNTRUSTED_SERVER;
    if (rc < 0)
        return refuse_connect(rc, path, why);
    rc = try_named(path, deadline, fd, why);
    if (rc < 0)
        return rc;
    rc = check_server(*fd, path, why);
    if (rc < 0) {
        close(*fd);
        *fd = -1;
        return ENTROPY_CLIENT_UNTRUSTED_SERVER;
    }
    return 0;
}

int locate_daemon(const char *given, uint64_t deadline, int *fd,
                  char path[SOCKET_PATH_MAX], struct reason *why)
{
    bool is_default = false;
    int found = socket_path(given, path, &is_default, why);
    int rc = ENTROPY_CLIENT_NOT_REACHABLE;

    *fd = -1;
    if (found < 0 && !(is_default && found == -ENOENT))
        return ENTROPY_CLIENT_BAD_PATH;
    if (!is_default)
        return try_named(path, deadline, fd, why);

    if (found == 0)
        rc = try_default(path, deadline, fd, why);
    if (rc != ENTROPY_CLIENT_NOT_REACHABLE &&
        rc != ENTROPY_CLIENT_ACCESS_DENIED)
        return rc;
    struct reason own = *why;
    memcpy(path, SOCKET_PATH_SYSTEM, sizeof(SOCKET_PATH_SYSTEM));
    int system_rc = try_default(path, deadline, fd, why);
    if (system_rc == ENTROPY_CLIENT_NOT_REACHABLE ||
        system_rc == ENTROPY_CLIENT_ACCESS_DENIED) {
        struct reason system = *why;
        reason_set(why, "%.900s; %.900s", own.text, system.text);
    }
    /* That a socket is there says more than that another one is not. */
    return system_rc == ENTROPY_CLIENT_NOT_REACHABLE ? rc : system_rc;
}
