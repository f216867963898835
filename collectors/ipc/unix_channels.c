/* Socket pairs and sealed memory for unix_ipc. */

#include "collectors/ipc/unix_channels.h"

#include "base/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

/* Linux 6.3; older headers do not name it, older kernels refuse it. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* Any byte but 0, so that a page of the hole is not what is passed. */
#define MEMORY_FILL 0xa5

static int open_memfd(void)
{
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create("entropyd", flags | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("entropyd", flags);
    return fd < 0 ? -errno : fd;
}

static int fill_memory(int fd, size_t bytes)
{
    if (ftruncate(fd, (off_t)bytes) != 0)
        return -errno;
    void *memory = mmap(NULL, bytes, PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return -errno;
    memset(memory, MEMORY_FILL, bytes);
    munmap(memory, bytes);
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    return fcntl(fd, F_ADD_SEALS, seals) != 0 ? -errno : 0;
}

/* Gives m its memory, and the control part that passes the descriptor. */
static int attach_memory(struct unix_message *m, size_t bytes,
                         struct reason *why)
{
    int result = open_memfd();
    if (result >= 0) {
        m->memory_fd = result;
        result = fill_memory(m->memory_fd, bytes);
    }
    if (result < 0)
        return reason_errno(-result, why, "cannot make a memfd of %zu bytes",
                            bytes);
    m->payload.memory_bytes = bytes;
    m->header.msg_control = m->control;
    m->header.msg_controllen = sizeof(m->control);
    struct cmsghdr *part = CMSG_FIRSTHDR(&m->header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(part), &m->memory_fd, sizeof(int));
    return 0;
}

static int open_messages(struct unix_channels *c, const struct round_robin *rr,
                         bool with_memory, struct reason *why)
{
    for (unsigned i = 0; i < rr->sizes; i++) {
        struct unix_message *m = &c->messages[i];
        m->memory_fd = -1;
        m->iov.iov_base = &m->payload;
        m->iov.iov_len = sizeof(m->payload);
        m->header.msg_iov = &m->iov;
        m->header.msg_iovlen = 1;
        c->sizes++;
        int result = with_memory ? attach_memory(m, rr->size_bytes[i], why) : 0;
        if (result != 0)
            return result;
    }
    return 0;
}

static int watch(struct unix_channels *c, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0 ? -errno : 0;
}

static int open_pair(struct unix_channels *c)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) != 0)
        return -errno;
    c->send_fd[c->pairs] = pair[0];
    c->receive_fd[c->pairs] = pair[1];
    c->pairs++;
    struct timeval timeout = {.tv_usec = IPC_SEND_TIMEOUT_MS * 1000L};
    int buffer = UNIX_SEND_BUFFER_BYTES;
    if (setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &timeout,
                   sizeof(timeout)) != 0 ||
        setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)) !=
            0)
        return -errno;
    return watch(c, pair[1]);
}

int unix_channels_open(struct unix_channels *c, const struct round_robin *rr,
                       bool with_memory, struct reason *why)
{
    *c = (struct unix_channels){.epoll_fd = -1, .stop_fd = -1};
    int result = open_messages(c, rr, with_memory, why);
    if (result != 0)
        goto fail;
    c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (c->epoll_fd < 0) {
        result = reason_errno(errno, why, "cannot make an epoll");
        goto fail;
    }
    c->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    result = c->stop_fd < 0 ? -errno : watch(c, c->stop_fd);
    if (result != 0) {
        reason_errno(-result, why, "cannot make an eventfd");
        goto fail;
    }
    while (c->pairs < rr->ports) {
        result = open_pair(c);
        if (result != 0) {
            reason_errno(-result, why, "cannot make %u Unix socket pairs",
                         rr->ports);
            goto fail;
        }
    }
    return 0;
fail:
    unix_channels_close(c);
    return result;
}

void unix_channels_stop(struct unix_channels *c)
{
    /* Cannot fail: the counter is far from its limit. It stays readable. */
    (void)eventfd_write(c->stop_fd, 1);
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void unix_channels_close(struct unix_channels *c)
{
    for (unsigned i = 0; i < c->pairs; i++) {
        close(c->send_fd[i]);
        close(c->receive_fd[i]);
    }
    for (unsigned i = 0; i < c->sizes; i++)
        close_if_open(c->messages[i].memory_fd);
    close_if_open(c->epoll_fd);
    close_if_open(c->stop_fd);
    c->pairs = 0;
    c->sizes = 0;
    c->epoll_fd = -1;
    c->stop_fd = -1;
}
