/* SPDX-License-Identifier: MIT */
/*
 * unix_ipc: times blocking sends to a concurrent receiver.
 *
 * The worker sends round-robin; the receiver thread drains. Nothing sends while
 * the collector is paused, so the receiver takes what is left, blocks in
 * epoll_wait() and costs nothing. A send that finds no room waits for at most
 * IPC_SEND_TIMEOUT_MS: a receiver that no longer takes anything shows as
 * time-outs, and one that has ended is seen before the next send.
 *
 * Measured (docs/entropy.md): blocking sends rather than non-blocking ones,
 * which spin and take twice the processor time; a receiver thread rather than a
 * sender that drains its own queue, which is worth 2.5 bits a sample.
 */

#include "base/reason.h"
#include "base/ticks.h"
#include "collectors/ipc/ipc_tunables.h"
#include "collectors/ipc/receiver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS UINT64_C(1000000)

/* Linux 6.3; older headers do not name it, older kernels refuse it. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* The receiver maps the memory that comes over every MAP_EACHth pair; from the
 * others it only takes and closes the descriptor. Mapping is the dearest part
 * of a sample, and only that it happens at the same time as sends is of use.
 * Measured (docs/entropy.md): mapped each time, every second, third or fourth
 * time, a sample has as much entropy and costs 10.8, 7.8, 6.3 or 6.0 us. By
 * pair, and not by a count of messages, which would have a period of its own
 * beside the round robin's. */
#define MAP_EACH 4

/* Any byte but 0, so that the pages passed are not holes. */
#define MEMORY_FILL 0xa5

/* What a message carries besides memory: how much there is to map, 0 if none is
 * passed. */
struct payload {
    size_t memory_bytes;
};

/* What the eventfd that ends the receiver is called among the pairs. */
#define STOP IPC_PORTS_MAX

/* A message, made once and sent again and again. It points into itself and must
 * not move. */
struct message {
    struct payload payload;
    struct iovec iov;
    _Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(sizeof(int))];
    struct msghdr header;
    int memory_fd; /* a sealed memfd, or -1 */
};

/* What unix_ipc has open: the socket pairs, the memory that is passed over them
 * and the messages. */
struct channels {
    unsigned pairs;
    int send_fd[IPC_PORTS_MAX];    /* blocking, with a time-out */
    int receive_fd[IPC_PORTS_MAX]; /* watched by epoll_fd */
    int epoll_fd;
    int stop_fd; /* an eventfd in epoll_fd, as STOP: readable ends the
                  * receiver */
    unsigned sizes;
    struct message messages[TUNABLE_LIST_MAX]; /* one a size */
};

/* A pair's send buffer; the kernel doubles it for its own accounting. Room for
 * about ten messages, so that the hand-off is real and 64 pairs stay below the
 * 1024 descriptors that an ordinary user may have in flight: with the default
 * buffer, 220 a pair, sends fail with ETOOMANYREFS (measured). */
#define SEND_BUFFER_BYTES 4096

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
static int attach_memory(struct message *m, size_t bytes, struct reason *why)
{
    int rc = open_memfd();
    if (rc >= 0) {
        m->memory_fd = rc;
        rc = fill_memory(m->memory_fd, bytes);
    }
    if (rc < 0)
        return reason_errno(-rc, why, "cannot make a memfd of %zu bytes",
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

static int open_messages(struct channels *c, const struct round_robin *rr,
                         bool with_memory, struct reason *why)
{
    for (unsigned i = 0; i < rr->sizes; i++) {
        struct message *m = &c->messages[i];
        m->memory_fd = -1;
        m->iov.iov_base = &m->payload;
        m->iov.iov_len = sizeof(m->payload);
        m->header.msg_iov = &m->iov;
        m->header.msg_iovlen = 1;
        c->sizes++;
        int rc = with_memory ? attach_memory(m, rr->size_bytes[i], why) : 0;
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* fd shows in epoll_fd as `pair`, or STOP. */
static int watch(struct channels *c, int fd, unsigned pair)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = pair};
    return epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0 ? -errno : 0;
}

static int open_pair(struct channels *c)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) != 0)
        return -errno;
    unsigned number = c->pairs++;
    c->send_fd[number] = pair[0];
    c->receive_fd[number] = pair[1];
    struct timeval timeout = {.tv_usec = IPC_SEND_TIMEOUT_MS * 1000L};
    int buffer = SEND_BUFFER_BYTES;
    if (setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &timeout,
                   sizeof(timeout)) != 0 ||
        setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)) !=
            0)
        return -errno;
    return watch(c, pair[1], number);
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* Closes everything; the receiver has been joined. */
static void close_channels(struct channels *c)
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

/* Creates everything for the ports and sizes of rr; with_memory false sends
 * messages without memory. All descriptors are close-on-exec. 0, or -errno with
 * the reason and nothing left open. */
static int open_channels(struct channels *c, const struct round_robin *rr,
                         bool with_memory, struct reason *why)
{
    *c = (struct channels){.epoll_fd = -1, .stop_fd = -1};
    int rc = open_messages(c, rr, with_memory, why);
    if (rc != 0)
        goto fail;
    c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (c->epoll_fd < 0) {
        rc = reason_errno(errno, why, "cannot make an epoll instance");
        goto fail;
    }
    c->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rc = c->stop_fd < 0 ? -errno : watch(c, c->stop_fd, STOP);
    if (rc != 0) {
        reason_errno(-rc, why, "cannot make an eventfd");
        goto fail;
    }
    while (c->pairs < rr->ports) {
        rc = open_pair(c);
        if (rc != 0) {
            reason_errno(-rc, why, "cannot make %u Unix socket pairs",
                         rr->ports);
            goto fail;
        }
    }
    return 0;
fail:
    close_channels(c);
    return rc;
}

static void stop_receiver(struct channels *c)
{
    /* Cannot fail: the counter is far from its limit. It stays readable, so
     * that the receiver ends now and ever after. */
    (void)eventfd_write(c->stop_fd, 1);
}

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

/* Takes one message from a pair. 0; -EAGAIN if there was none; -EMFILE or
 * -ENOMEM if its memory could not be had; another -errno if the pair is of no
 * further use. */
static int receive_one(const struct channels *c, unsigned pair)
{
    struct payload payload;
    struct iovec iov = {.iov_base = &payload, .iov_len = sizeof(payload)};
    _Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(sizeof(int))];
    struct msghdr header = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof(control),
    };
    ssize_t got =
        recvmsg(c->receive_fd[pair], &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0)
        return -errno;
    if (got != (ssize_t)sizeof(payload))
        return -EBADMSG;
    if (payload.memory_bytes == 0)
        return 0;
    int memory_fd = passed_descriptor(&header);
    if (memory_fd < 0)
        return -EMFILE; /* MSG_CTRUNC: there was no free descriptor */
    int rc = 0;
    if (pair % MAP_EACH == 0)
        rc = use_memory(memory_fd, payload.memory_bytes);
    close(memory_fd);
    return rc;
}

/* Takes one message and counts it. 0, or -errno if the pair is of no further
 * use. */
static int receive_and_count(struct receiver *r, const struct channels *c,
                             unsigned pair)
{
    int rc = receive_one(c, pair);
    switch (rc) {
    case 0:
        atomic_fetch_add_explicit(&r->received, 1, memory_order_relaxed);
        return 0;
    case -EAGAIN:
    case -EINTR:
        return 0;
    case -EMFILE:
    case -ENOMEM:
        /* A passing shortage; the timed send took place all the same. */
        atomic_fetch_add_explicit(&r->errors, 1, memory_order_relaxed);
        return 0;
    default:
        return rc;
    }
}

/* The receiver thread: takes one message from each pair that has some, maps and
 * touches the memory of some of them, and releases everything. Returns after
 * stop_receiver(), or when a call failed for good. */
static void receive(struct receiver *r, void *arg)
{
    struct channels *c = arg;
    struct epoll_event events[IPC_PORTS_MAX];
    for (;;) {
        int n = epoll_wait(c->epoll_fd, events, IPC_PORTS_MAX, -1);
        if (n < 0 && errno != EINTR) {
            receiver_die(r, errno, "epoll_wait failed with errno %d", errno);
            return;
        }
        for (int i = 0; i < n; i++) {
            if (events[i].data.u32 == STOP)
                return;
            int rc = receive_and_count(r, c, events[i].data.u32);
            if (rc != 0) {
                receiver_die(r, -rc, "receiving failed with errno %d", -rc);
                return;
            }
        }
    }
}

struct unix_ipc {
    /* worker */
    struct round_robin turns;
    uint64_t counts[UNIX_IPC_COUNTERS]; /* the sender's; see counters() */
    /* worker and receiver, constant while the receiver runs */
    struct channels channels;
    /* shared */
    struct receiver receiver;
};

static int probe(struct reason *why)
{
    int fd = memfd_create("entropyd", MFD_CLOEXEC);
    if (fd < 0)
        return reason_errno(errno, why, "cannot make a memfd");
    close(fd);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) != 0)
        return reason_errno(errno, why, "cannot make a Unix socket pair");
    close(pair[0]);
    close(pair[1]);
    return 0;
}

static int unix_ipc_open(void **self, const struct tunable_value *values,
                         struct reason *why)
{
    *self = NULL;
    struct unix_ipc *u = calloc(1, sizeof(*u));
    if (u == NULL)
        return reason_errno(ENOMEM, why, "cannot open unix_ipc");
    round_robin_init(&u->turns, values);
    bool with_memory = values[IPC_USE_COMPLEX_MESSAGES].values[0] != 0;
    int rc = open_channels(&u->channels, &u->turns, with_memory, why);
    if (rc != 0)
        goto fail;
    rc = receiver_start(&u->receiver, "unix_ipc recv", receive, &u->channels);
    if (rc != 0) {
        reason_errno(-rc, why, "cannot start the receiver");
        goto fail_channels;
    }
    *self = u;
    return 0;
fail_channels:
    close_channels(&u->channels);
fail:
    free(u);
    return rc;
}

/* Counts a failed send. 0 if it may pass, else -errno with the reason. */
static int count_failure(struct unix_ipc *u, int error, struct reason *why)
{
    struct timespec pause = {.tv_nsec = IPC_SHORTAGE_PAUSE_NS};
    switch (error) {
    case EAGAIN:
        u->counts[UNIX_IPC_TIMEOUTS]++;
        return 0;
    case EINTR:
        u->counts[UNIX_IPC_INTERRUPTED]++;
        return 0;
    case ENOBUFS:
    case ENOMEM:
        u->counts[UNIX_IPC_NO_BUFFERS]++;
        break;
    case ETOOMANYREFS:
        /* This user has more descriptors in flight than the limit allows. */
        u->counts[UNIX_IPC_TOO_MANY_REFS]++;
        break;
    default:
        u->counts[UNIX_IPC_OTHER_ERRORS]++;
        return reason_errno(error, why, "sendmsg");
    }
    (void)nanosleep(&pause, NULL);
    return 0;
}

static int collect(void *self, uint64_t *ticks, size_t n, struct reason *why)
{
    struct unix_ipc *u = self;
    const uint64_t begin = ticks_now();
    uint64_t after = begin;
    size_t count = 0;
    while (count < n &&
           ticks_to_ns(after - begin) < IPC_LAST_START_MS * NS_PER_MS) {
        int rc = receiver_failure(&u->receiver, why);
        if (rc != 0)
            return rc;
        struct turn turn = round_robin_next(&u->turns);
        int fd = u->channels.send_fd[turn.port];
        const struct msghdr *m = &u->channels.messages[turn.size].header;
        uint64_t before = ticks_now();
        ssize_t sent = sendmsg(fd, m, MSG_NOSIGNAL);
        after = ticks_now();
        if (sent >= 0) {
            ticks[count++] = after - before;
            continue;
        }
        rc = count_failure(u, errno, why);
        if (rc != 0)
            return rc;
    }
    return (int)count;
}

static void unix_ipc_pause(void *self)
{
    /* Only sends wake the receiver, and only collect() sends. */
    (void)self;
}

static int resume(void *self, struct reason *why)
{
    /* The receiver has long taken what was in flight: nothing is stale. */
    struct unix_ipc *u = self;
    return receiver_failure(&u->receiver, why);
}

static uint64_t helper_cpu_ns(void *self)
{
    struct unix_ipc *u = self;
    return receiver_cpu_ns(&u->receiver);
}

static void counters(void *self, uint64_t *out)
{
    struct unix_ipc *u = self;
    for (int i = 0; i < UNIX_IPC_COUNTERS; i++)
        out[i] = u->counts[i];
    out[UNIX_IPC_RECEIVED] =
        atomic_load_explicit(&u->receiver.received, memory_order_relaxed);
    out[UNIX_IPC_RECEIVER_ERRORS] =
        atomic_load_explicit(&u->receiver.errors, memory_order_relaxed);
}

static void unix_ipc_close(void *self)
{
    struct unix_ipc *u = self;
    if (u == NULL)
        return;
    stop_receiver(&u->channels);
    receiver_join(&u->receiver);
    close_channels(&u->channels);
    free(u);
}

/* What open_channels() opens, and one that a message brought. */
static unsigned descriptors(const struct tunable_value *values)
{
    struct round_robin rr;
    round_robin_init(&rr, values);
    bool with_memory = values[IPC_USE_COMPLEX_MESSAGES].values[0] != 0;
    return 2 * rr.ports + (with_memory ? rr.sizes : 0) + 3;
}

const struct collector unix_ipc_collector = {
    .name = "unix_ipc",
    .info = &unix_ipc_info,
    .tunables = ipc_tunables,
    .check = ipc_check,
    .period = ipc_period,
    .descriptors = descriptors,
    .probe = probe,
    .open = unix_ipc_open,
    .collect = collect,
    .pause = unix_ipc_pause,
    .resume = resume,
    .helper_cpu_ns = helper_cpu_ns,
    .counters = counters,
    .close = unix_ipc_close,
};
