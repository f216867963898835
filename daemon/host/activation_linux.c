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

/* What is looked for among the descriptors. */
struct wanted {
    const char *const *names;
    size_t count;
    int *fds; /* by name: first places among those passed, then descriptors */
};

/* The variable's value, a whole number from 1 to max; or -1. */
static int number_of(const char *text, int max)
{
    int64_t number;

    if (text == NULL || number_parse(text, 1, max, &number) < 0)
        return -1;
    return (int)number;
}

/* The place of `name` in the colon-separated list `names`; -1 where it is not
 * there, -2 where it is there several times. */
static int place_of_name(const char *name, const char *names, int count)
{
    int place = -1;
    for (int i = 0; names != NULL && i < count; i++) {
        size_t length = strcspn(names, ":");
        if (length == strlen(name) && strncmp(names, name, length) == 0)
            place = place == -1 ? i : -2;
        names = names[length] == ':' ? names + length + 1 : NULL;
    }
    return place;
}

/* Which of `count` descriptors is called what: their places, -1 for none. 0, or
 * -EINVAL. */
static int choose(const struct wanted *wanted, const char *names, int count,
                  struct reason *why)
{
    bool is_any_named = false;
    for (size_t i = 0; i < wanted->count; i++) {
        wanted->fds[i] = place_of_name(wanted->names[i], names, count);
        if (wanted->fds[i] == -2) {
            reason_set(why,
                       "%d sockets were passed, several of them named %s: must "
                       "be at most one (FileDescriptorName= in the socket "
                       "unit)",
                       count, wanted->names[i]);
            return -EINVAL;
        }
        is_any_named = is_any_named || wanted->fds[i] >= 0;
    }
    if (count == 1 && !is_any_named)
        wanted->fds[0] = 0; /* one alone may be called anything */
    if (count == 1 || wanted->fds[0] >= 0)
        return 0;
    reason_set(why,
               "%d sockets were passed, none of them named %s: must be "
               "exactly one (FileDescriptorName= in the socket unit)",
               count, wanted->names[0]);
    return -EINVAL;
}

static bool is_chosen(const struct wanted *wanted, int place)
{
    for (size_t i = 0; i < wanted->count; i++) {
        if (wanted->fds[i] == place)
            return true;
    }
    return false;
}

/* Closes what was not chosen. */
static void close_others(const struct wanted *wanted, int count)
{
    for (int i = 0; i < count; i++) {
        /* More than the process has: the rest of the count is wrong. */
        if (!is_chosen(wanted, i) && close(FIRST_FD + i) < 0 && errno == EBADF)
            break;
    }
}

static void choose_none(const struct wanted *wanted)
{
    for (size_t i = 0; i < wanted->count; i++)
        wanted->fds[i] = -1;
}

static int mark_chosen(const struct wanted *wanted, struct reason *why)
{
    for (size_t i = 0; i < wanted->count; i++) {
        if (wanted->fds[i] >= 0 &&
            fcntl(FIRST_FD + wanted->fds[i], F_SETFD, FD_CLOEXEC) < 0)
            return reason_errno(errno, why, "descriptor %d (LISTEN_FDS)",
                                FIRST_FD + wanted->fds[i]);
    }
    return 0;
}

/* LISTEN_PID is ours, so the descriptors are. Takes those to use, closes the
 * others. */
static int take_descriptors(const struct wanted *wanted, const char *number,
                            const char *names, struct reason *why)
{
    int count = number_of(number, INT_MAX - FIRST_FD);
    if (count < 0) {
        reason_set(why,
                   "LISTEN_FDS is \"%.40s\", must be a whole number "
                   "from 1",
                   number != NULL ? number : "");
        return -EINVAL;
    }
    int rc = choose(wanted, names, count, why);
    if (rc == 0)
        rc = mark_chosen(wanted, why);
    if (rc < 0)
        choose_none(wanted);
    close_others(wanted, count);
    for (size_t i = 0; i < wanted->count; i++) {
        if (wanted->fds[i] >= 0)
            wanted->fds[i] += FIRST_FD;
    }
    return rc;
}

/* The environment is read and changed before there are threads. */
/* NOLINTBEGIN(concurrency-mt-unsafe,readability-non-const-parameter) */
int activation_sockets(const char *const *names, size_t count, int *fds,
                       struct reason *why)
{
    const struct wanted wanted = {names, count, fds};
    /* Variables that were inherited are for another process. */
    int pid = number_of(getenv("LISTEN_PID"), INT_MAX);
    int rc = 0;
    choose_none(&wanted);
    if (pid == getpid())
        rc = take_descriptors(&wanted, getenv("LISTEN_FDS"),
                              getenv("LISTEN_FDNAMES"), why);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_PIDFDID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return rc;
}
/* NOLINTEND(concurrency-mt-unsafe,readability-non-const-parameter) */

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
