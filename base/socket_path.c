/* SPDX-License-Identifier: MIT */
/* Named path, environment, runtime directory, home: in this order. */

#include "base/socket_path.h"

#include "base/reason.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) <= SOCKET_PATH_MAX,
               "SOCKET_PATH_MAX is too small for this platform");

/* Room for getpwuid_r()'s strings; sysconf() suggests 1024 where it does. */
#define PASSWD_ROOM 4096

size_t socket_path_limit(void)
{
    return sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
}

/* A variable that is set to something, or NULL. The contract asks to be called
 * before there are threads. */
static const char *environment(const char *name)
{
    const char *value = getenv(name); /* NOLINT(concurrency-mt-unsafe) */
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Joins directory and rest, if that fits. */
static int join(const char *directory, const char *rest, const char *what,
                char path[SOCKET_PATH_MAX], struct reason *why)
{
    size_t limit = socket_path_limit();
    size_t length = strlen(directory) + strlen(rest);
    if (directory[0] != '/') {
        reason_set(why, "%s \"%s%s\" is not an absolute path", what, directory,
                   rest);
        return -EINVAL;
    }
    if (length > limit) {
        reason_set(why,
                   "%s \"%s%s\" has %zu bytes; a socket's path may have %zu",
                   what, directory, rest, length, limit);
        return -ENAMETOOLONG;
    }
    /* The second copy ends it.
     * NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
    memcpy(path, directory, strlen(directory));
    memcpy(path + strlen(directory), rest, strlen(rest) + 1);
    return 0;
}

static int join_home(char path[SOCKET_PATH_MAX], struct reason *why)
{
    static const char rest[] = "/.entropyd/entropyd.sock";
    const char *home = environment("HOME");
    if (home != NULL)
        return join(home, rest, "the default path", path, why);
    char strings[PASSWD_ROOM];
    struct passwd entry;
    struct passwd *found = NULL;
    if (getpwuid_r(getuid(), &entry, strings, sizeof(strings), &found) != 0 ||
        found == NULL || found->pw_dir == NULL || found->pw_dir[0] == '\0') {
        reason_set(why, "no home directory is known for the default path: set "
                        "ENTROPYD_SOCKET, XDG_RUNTIME_DIR or HOME");
        return -ENOENT;
    }
    return join(found->pw_dir, rest, "the default path", path, why);
}

int socket_path(const char *given, char path[SOCKET_PATH_MAX], bool *is_default,
                struct reason *why)
{
    *is_default = false;
    if (given != NULL && given[0] != '\0')
        return join(given, "", "the socket path", path, why);
    const char *named = environment("ENTROPYD_SOCKET");
    if (named != NULL)
        return join(named, "", "ENTROPYD_SOCKET", path, why);
    *is_default = true;
    const char *runtime = environment("XDG_RUNTIME_DIR");
    if (runtime != NULL)
        return join(runtime, "/entropyd/entropyd.sock",
                    "the default path of XDG_RUNTIME_DIR", path, why);
    return join_home(path, why);
}
