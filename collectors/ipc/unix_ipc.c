/*
 * unix_ipc: times blocking sends to a concurrent receiver.
 *
 * The worker sends round-robin; the receiver thread drains. Nothing sends
 * while the collector is paused, so the receiver takes what is left, blocks in
 * epoll_wait() and costs nothing. A send that finds no room waits, at most
 * IPC_SEND_TIMEOUT_MS: a receiver that no longer takes anything shows as
 * time-outs, and one that ended is seen before the next send.
 *
 * Measured (docs/entropy.md): blocking sends rather than non-blocking ones,
 * which spin for twice the processor time; a receiver thread rather than a
 * sender that drains itself, which is worth 2.5 bits a sample.
 */

#include "collectors/ipc/unix_ipc.h"

#include "base/reason.h"
#include "base/ticks.h"
#include "collectors/ipc/unix_channels.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS UINT64_C(1000000)

struct unix_ipc {
    /* worker */
    struct round_robin turns;
    uint64_t counts[UNIX_IPC_COUNTERS]; /* the sender's; see counters() */
    /* worker and receiver, constant while the receiver runs */
    struct unix_channels channels;
    /* shared */
    struct receiver receiver;
};

static int probe(struct reason *why)
{
    int fd = memfd_create("entropyd", MFD_CLOEXEC);
    if (fd < 0)
        return reason_errno(errno, why, "no memfd_create");
    close(fd);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) != 0)
        return reason_errno(errno, why, "no Unix socket pairs");
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
        return reason_errno(ENOMEM, why, "cannot open");
    round_robin_init(&u->turns, values);
    bool with_memory = values[IPC_USE_COMPLEX_MESSAGES].values[0] != 0;
    int result = unix_channels_open(&u->channels, &u->turns, with_memory, why);
    if (result != 0)
        goto fail;
    result = receiver_start(&u->receiver, "unix_ipc recv",
                            unix_channels_receive, &u->channels);
    if (result != 0) {
        reason_errno(-result, why, "cannot start the receiver");
        goto fail_channels;
    }
    *self = u;
    return 0;
fail_channels:
    unix_channels_close(&u->channels);
fail:
    free(u);
    return result;
}

/* Counts a failed send. 0 where it may pass, else -errno with the reason. */
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
        /* The user has more descriptors on the way than the limit allows. */
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
        int result = receiver_failure(&u->receiver, why);
        if (result != 0)
            return result;
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
        result = count_failure(u, errno, why);
        if (result != 0)
            return result;
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
    /* The receiver has long taken what was on the way: nothing is stale. */
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
    unix_channels_stop(&u->channels);
    receiver_join(&u->receiver);
    unix_channels_close(&u->channels);
    free(u);
}

const struct collector unix_ipc_collector = {
    .name = "unix_ipc",
    .info = &unix_ipc_info,
    .tunables = unix_ipc_tunables,
    .check = unix_ipc_check,
    .probe = probe,
    .open = unix_ipc_open,
    .collect = collect,
    .pause = unix_ipc_pause,
    .resume = resume,
    .helper_cpu_ns = helper_cpu_ns,
    .counters = counters,
    .close = unix_ipc_close,
};
