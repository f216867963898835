#ifndef ENTROPYD_COLLECTORS_IPC_UNIX_CHANNELS_H
#define ENTROPYD_COLLECTORS_IPC_UNIX_CHANNELS_H

/*
 * What unix_ipc holds of the kernel: the socket pairs, the memory that is
 * passed over them, and the messages, made once and sent again and again.
 */

#include "base/reason.h"
#include "collectors/ipc/receiver.h"
#include "collectors/ipc/ipc.h"

#include <sys/socket.h>
#include <sys/uio.h>

/* What a message carries besides memory: how much there is to map. 0 where
 * none is passed. */
struct unix_payload {
    size_t memory_bytes;
};

/* A message ready to be sent. It points into itself and is not moved. */
struct unix_message {
    struct unix_payload payload;
    struct iovec iov;
    _Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(sizeof(int))];
    struct msghdr header;
    int memory_fd; /* a sealed memfd, or -1 */
};

struct unix_channels {
    unsigned pairs;
    int send_fd[ROUND_ROBIN_PORTS_MAX];    /* blocking, with a time-out */
    int receive_fd[ROUND_ROBIN_PORTS_MAX]; /* watched by epoll_fd */
    int epoll_fd;
    int stop_fd; /* an eventfd in epoll_fd: becomes readable, the receiver
                  * leaves */
    unsigned sizes;
    struct unix_message messages[TUNABLE_LIST_MAX]; /* one a size */
};

/* A pair's send buffer; the kernel doubles it for its own accounting. Room for
 * about ten messages, so that the hand-off is real and 64 pairs stay below the
 * 1024 descriptors that an ordinary user may have on the way at a time: with
 * the default buffer, 220 a pair, sends fail with ETOOMANYREFS (measured). */
#define UNIX_SEND_BUFFER_BYTES 4096

/* Builds everything for the ports and sizes of rr; with_memory false sends
 * messages without memory. All descriptors are close-on-exec. 0, or -errno
 * with the reason and nothing left behind. */
int unix_channels_open(struct unix_channels *c, const struct round_robin *rr,
                       bool with_memory, struct reason *why);

/* The receiver's run function; arg is the struct unix_channels. Waits for
 * messages and takes one from each pair that has some: maps the memory that
 * came with it, touches it, and gives everything back. Returns after
 * unix_channels_stop(), or when a call failed for good. A message that came
 * short for want of descriptors or memory counts as an error and is passed
 * over. */
void unix_channels_receive(struct receiver *r, void *arg);

/* Makes unix_channels_receive() return, now and ever after. */
void unix_channels_stop(struct unix_channels *c);

/* Gives everything back; the receiver has been joined. */
void unix_channels_close(struct unix_channels *c);

#endif
