/* The user's own daemon first, then the system's. An impostor ends the search:
 * going on to the next path would hide him. */

#include "client/locate.h"

#include "base/reason.h"
#include "client/channel.h"
#include "client/entropy_client.h"
#include "client/trust.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *reason_of(int error)
{
    switch (error) {
    case -ENOENT:
    case -ENOTDIR:
        return "there is no such socket";
    case -ECONNREFUSED:
        return "nobody listens there";
    case -EACCES:
    case -EPERM:
        return "this user may not connect";
    case -ENOTSOCK:
    case -EPROTOTYPE:
        return "it is no stream socket";
    case -ETIMEDOUT:
        return "the daemon accepts nobody";
    case -EMFILE:
    case -ENFILE:
        return "there are no descriptors left";
    default:
        return "connecting failed";
    }
}

static int refuse_connect(int error, const char *path, struct reason *why)
{
    reason_set(why, "no daemon at %s: %s (errno %d)", path, reason_of(error),
               -error);
    if (error == -ETIMEDOUT)
        return ENTROPY_CLIENT_NO_ANSWER;
    return error == -ENOMEM ? ENTROPY_CLIENT_NO_MEMORY
                            : ENTROPY_CLIENT_NOT_REACHABLE;
}

/* A path that somebody named is believed. */
static int try_named(const char *path, int64_t deadline, int *fd,
                     struct reason *why)
{
    int rc = channel_connect(path, deadline);
    if (rc < 0)
        return refuse_connect(rc, path, why);
    *fd = rc;
    return 0;
}

static int try_default(const char *path, int64_t deadline, int *fd,
                       struct reason *why)
{
    int rc = trust_directory(path, why);
    if (rc == -EPERM)
        return ENTROPY_CLIENT_UNTRUSTED_SERVER;
    if (rc < 0)
        return refuse_connect(rc, path, why);
    rc = try_named(path, deadline, fd, why);
    if (rc < 0)
        return rc;
    rc = trust_server(*fd, path, why);
    if (rc < 0) {
        close(*fd);
        *fd = -1;
        return ENTROPY_CLIENT_UNTRUSTED_SERVER;
    }
    return 0;
}

int locate_daemon(const char *given, int64_t deadline, int *fd,
                  char path[SOCKET_PATH_MAX], struct reason *why)
{
    *fd = -1;
    bool is_default = false;
    int found = socket_path(given, path, &is_default, why);
    if (found < 0 && !(is_default && found == -ENOENT))
        return ENTROPY_CLIENT_BAD_PATH;
    if (!is_default)
        return try_named(path, deadline, fd, why);

    int rc = ENTROPY_CLIENT_NOT_REACHABLE;
    if (found == 0)
        rc = try_default(path, deadline, fd, why);
    if (rc != ENTROPY_CLIENT_NOT_REACHABLE)
        return rc;
    struct reason own = *why;
    memcpy(path, SOCKET_PATH_SYSTEM, sizeof(SOCKET_PATH_SYSTEM));
    rc = try_default(path, deadline, fd, why);
    if (rc == ENTROPY_CLIENT_NOT_REACHABLE)
        reason_set(why, "%s; nor at %s", own.text, SOCKET_PATH_SYSTEM);
    return rc;
}
