/* SPDX-License-Identifier: MIT */
/* A non-blocking socket, and poll() where a call would block. */

#include "client/channel.h"

#include "base/monotonic.h"
#include "client/sys.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* How long to wait between two attempts while the server's backlog is full.
 * poll() cannot wait for it: an unconnected Unix socket is always ready. */
#define BACKLOG_FULL_MS 10

uint64_t deadline_after(int timeout_ms)
{
    return timeout_ms < 0 ? DEADLINE_NEVER
                          : monotonic_now_ms() + (uint64_t)timeout_ms;
}

/* Milliseconds until then, for poll(): 0 once it has come, -1 for never. */
static int deadline_left(uint64_t deadline)
{
    if (deadline == DEADLINE_NEVER)
        return -1;
    uint64_t now_ms = monotonic_now_ms();
    if (now_ms >= deadline)
        return 0;
    return deadline - now_ms < INT_MAX ? (int)(deadline - now_ms) : INT_MAX;
}

static int wait_for(int fd, short events, uint64_t deadline)
{
    for (;;) {
        struct pollfd entry = {.fd = fd, .events = events};
        int ready = poll(&entry, 1, deadline_left(deadline));
        if (ready > 0)
            return 0;
        if (ready == 0)
            return -ETIMEDOUT;
        if (errno != EINTR)
            return -errno;
    }
}

/* Waits for a connect in progress (macOS may report EINPROGRESS). */
static int finish_connect(int fd, uint64_t deadline)
{
    int rc = wait_for(fd, POLLOUT, deadline);
    if (rc < 0)
        return rc;
    int error = 0;
    socklen_t length = sizeof(error);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        return -errno;
    return -error;
}

static int connect_within(int fd, const struct sockaddr_un *address,
                          uint64_t deadline)
{
    for (;;) {
        if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) ==
                0 ||
            errno == EISCONN)
            return 0;
        if (errno == EINPROGRESS || errno == EALREADY)
            return finish_connect(fd, deadline);
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
        if (deadline_left(deadline) == 0)
            return -ETIMEDOUT;
        struct timespec pause = {.tv_nsec = BACKLOG_FULL_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
}

int channel_connect(const char *path, uint64_t deadline)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = sys_stream_socket();
    if (fd < 0)
        return fd;
    int rc = connect_within(fd, &address, deadline);
    if (rc < 0) {
        close(fd);
        return rc;
    }
    return fd;
}

int channel_send(int fd, const void *bytes, size_t n, uint64_t deadline)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t sent = sys_send(fd, at, n);
        if (sent >= 0) {
            at += sent;
            n -= (size_t)sent;
            continue;
        }
        if (sent == -EINTR)
            continue;
        if (sent != -EAGAIN && sent != -EWOULDBLOCK)
            return (int)sent;
        int rc = wait_for(fd, POLLOUT, deadline);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* Waits before it looks: what is received answers what has just been sent, so
 * the first look would nearly always find nothing. */
ssize_t channel_receive(int fd, void *bytes, size_t n, uint64_t deadline)
{
    for (;;) {
        int rc = wait_for(fd, POLLIN, deadline);
        if (rc < 0)
            return rc;
        ssize_t got = recv(fd, bytes, n, 0);
        if (got >= 0)
            return got;
        if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
            return -errno;
    }
}
