/* SPDX-License-Identifier: MIT */
/*
 * systemd's protocol as sd_listen_fds(3) and sd_notify(3) describe it, by hand:
 * it is three variables and a datagram, and not worth a library.
 */

#include "daemon/host/activation.h"

#include "base/number.h"
#include "base/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* SD_LISTEN_FDS_START: the first descriptor that is passed. */
#define FIRST_FD 3

/* The variable's value, a whole number from 1 to max; or -1. */
static int number_of(const char *text, int max)
{
    int64_t number;

    if (text == NULL || number_parse(text, 1, max, &number) < 0)
        return -1;
    return (int)number;
}

/* The place of the one name in the colon-separated list that is ours; -1 where
 * there is none, -2 where there are several. */
static int place_of_name(const char *names, int count)
{
    int place = -1;
    for (int i = 0; names != NULL && i < count; i++) {
        size_t length = strcspn(names, ":");
        if (length == strlen(ACTIVATION_NAME) &&
            strncmp(names, ACTIVATION_NAME, length) == 0)
            place = place == -1 ? i : -2;
        names = names[length] == ':' ? names + length + 1 : NULL;
    }
    return place;
}

/* Which of `count` descriptors to use; its place, or -EINVAL. One alone may be
 * called anything. */
static int choose(const char *names, int count, struct reason *why)
{
    int place = place_of_name(names, count);
    if (count == 1)
        return 0;
    if (place >= 0)
        return place;
    reason_set(why,
               "%d sockets were passed, %s of them named %s: must be "
               "exactly one (FileDescriptorName= in the socket unit)",
               count, place == -1 ? "none" : "several", ACTIVATION_NAME);
    return -EINVAL;
}

/* LISTEN_PID is ours, so the descriptors are. Takes the one to use, closes
 * the others. */
static int take_descriptors(const char *fds, const char *names,
                            struct reason *why)
{
    int count = number_of(fds, INT_MAX - FIRST_FD);
    if (count < 0) {
        reason_set(why,
                   "LISTEN_FDS is \"%.40s\", must be a whole number "
                   "from 1",
                   fds != NULL ? fds : "");
        return -EINVAL;
    }
    int chosen = choose(names, count, why);
    for (int i = 0; i < count; i++) {
        /* More than the process has: the rest of the count is wrong. */
        if (i != chosen && close(FIRST_FD + i) < 0 && errno == EBADF)
            break;
    }
    if (chosen < 0)
        return chosen;
    if (fcntl(FIRST_FD + chosen, F_SETFD, FD_CLOEXEC) < 0)
        return reason_errno(errno, why, "descriptor %d (LISTEN_FDS)",
                            FIRST_FD + chosen);
    return FIRST_FD + chosen;
}

/* The environment is read and changed before there are threads. */
/* NOLINTBEGIN(concurrency-mt-unsafe) */
int activation_socket(struct reason *why)
{
    /* Variables that were inherited are for another process. */
    int pid = number_of(getenv("LISTEN_PID"), INT_MAX);
    int rc = -ENOENT;
    if (pid == getpid())
        rc = take_descriptors(getenv("LISTEN_FDS"), getenv("LISTEN_FDNAMES"),
                              why);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_PIDFDID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return rc;
}
/* NOLINTEND(concurrency-mt-unsafe) */

int activation_notify(const char *state)
{
    /* The environment is not written any more. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const char *path = getenv("NOTIFY_SOCKET");
    if (path == NULL || path[0] == '\0')
        return 0;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (path[0] != '/' && path[0] != '@')
        return -EAFNOSUPPORT;
    if (length >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') /* Linux's abstract names begin with a NUL */
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    socklen_t size =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    ssize_t n = sendto(fd, state, strlen(state), MSG_NOSIGNAL,
                       (const struct sockaddr *)&address, size);
    int rc = n < 0 ? -errno : 1;
    close(fd);
    return rc;
}
