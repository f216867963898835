/* A non-blocking socket, and poll() wherever it would have blocked. */

#include "client/channel.h"
#include "client/deadline.h"
#include "client/sys.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* How long to stand back from a server whose queue is full. poll() cannot wait
 * for it: a Unix socket that is not connected is always ready. */
#define QUEUE_FULL_MS 10

static int wait_for(int fd, short events, int64_t deadline)
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

/* The end of a connect that takes its time (macOS may say EINPROGRESS). */
static int finish_connect(int fd, int64_t deadline)
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
                          int64_t deadline)
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
        struct timespec pause = {.tv_nsec = QUEUE_FULL_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
}

int channel_connect(const char *path, int64_t deadline)
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

int channel_send(int fd, const void *bytes, size_t n, int64_t deadline)
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

ssize_t channel_receive(int fd, void *bytes, size_t n, int64_t deadline)
{
    for (;;) {
        ssize_t got = recv(fd, bytes, n, 0);
        if (got >= 0)
            return got;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return -errno;
        int rc = wait_for(fd, POLLIN, deadline);
        if (rc < 0)
            return rc;
    }
}
