/* unix_ipc's receiver: the other end of the timed sends. */

#include "collectors/ipc/unix_channels.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

/* The descriptor that came with header, or -1. */
static int passed_descriptor(struct msghdr *header)
{
    struct cmsghdr *part = CMSG_FIRSTHDR(header);
    if (part == NULL || part->cmsg_level != SOL_SOCKET ||
        part->cmsg_type != SCM_RIGHTS ||
        part->cmsg_len != CMSG_LEN(sizeof(int)))
        return -1;
    int fd;
    memcpy(&fd, CMSG_DATA(part), sizeof(fd));
    return fd;
}

/* Maps, touches and unmaps: page tables and TLB entries come and go while the
 * next send is on its way. Measured: a write, which copies the page, costs as
 * much as a read, which maps its neighbours too; so it is the simpler one. */
static int use_memory(int fd, size_t bytes)
{
    unsigned char *memory = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED)
        return -errno;
    (void)*(volatile unsigned char *)memory;
    munmap(memory, bytes);
    return 0;
}

/* Takes one message from fd. 0; -EAGAIN where there was none; -EMFILE or
 * -ENOMEM where it came short; another -errno where fd is of no more use. */
static int receive_one(int fd)
{
    struct unix_payload payload;
    struct iovec iov = {.iov_base = &payload, .iov_len = sizeof(payload)};
    _Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(sizeof(int))];
    struct msghdr header = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof(control),
    };
    ssize_t got = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0)
        return -errno;
    if (got != (ssize_t)sizeof(payload))
        return -EBADMSG;
    if (payload.memory_bytes == 0)
        return 0;
    int memory_fd = passed_descriptor(&header);
    if (memory_fd < 0)
        return -EMFILE; /* MSG_CTRUNC: there was no free descriptor */
    int result = use_memory(memory_fd, payload.memory_bytes);
    close(memory_fd);
    return result;
}

/* Takes one message and counts it. 0, or -errno when fd is of no more use. */
static int receive_and_count(struct receiver *r, int fd)
{
    int result = receive_one(fd);
    switch (result) {
    case 0:
        atomic_fetch_add_explicit(&r->received, 1, memory_order_relaxed);
        return 0;
    case -EAGAIN:
    case -EINTR:
        return 0;
    case -EMFILE:
    case -ENOMEM:
        /* It passes, and the timed send took place all the same. */
        atomic_fetch_add_explicit(&r->errors, 1, memory_order_relaxed);
        return 0;
    default:
        return result;
    }
}

void unix_channels_receive(struct receiver *r, void *arg)
{
    struct unix_channels *c = arg;
    struct epoll_event events[ROUND_ROBIN_PORTS_MAX];
    for (;;) {
        int n = epoll_wait(c->epoll_fd, events, ROUND_ROBIN_PORTS_MAX, -1);
        if (n < 0 && errno != EINTR) {
            receiver_die(r, errno, "epoll_wait failed with errno %d", errno);
            return;
        }
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == c->stop_fd)
                return;
            int result = receive_and_count(r, events[i].data.fd);
            if (result != 0) {
                receiver_die(r, -result, "receiving failed with errno %d",
                             -result);
                return;
            }
        }
    }
}
