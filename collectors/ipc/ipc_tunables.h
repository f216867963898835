/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_COLLECTORS_IPC_IPC_TUNABLES_H
#define ENTROPYD_COLLECTORS_IPC_IPC_TUNABLES_H

/*
 * mach_ipc (macOS) and unix_ipc (Linux) as far as no kernel is involved: their
 * descriptions, the options, the limits of a collect(), and which channel and
 * size a send uses. mach_ipc times mach_msg() sends of messages with
 * out-of-line memory to a receiver thread; unix_ipc is its counterpart:
 * sendmsg() calls that pass memory over Unix datagram socket pairs. Both send
 * over a number of channels (ports, socket pairs) and with a list of sizes,
 * each in turn.
 */

#include "base/reason.h"
#include "collectors/collector.h"

/* Each is defined on its own platform only. */
extern const struct collector mach_ipc_collector;
extern const struct collector unix_ipc_collector;

/* What describes them, on every platform. */
extern const struct collector_info mach_ipc_info;
extern const struct collector_info unix_ipc_info;
extern const struct tunable ipc_tunables[]; /* of both */

/* The check() of both: ool_size and ool_sizes exclude each other, because one
 * of them would have no effect. 0, or -EINVAL with the reason. Any thread. */
int ipc_check(const struct tunable_value *values, struct reason *why);

/* The period() of both: each port meets each size once, then all begins
 * again. */
unsigned ipc_period(const struct tunable_value *values);

/* Indices of ipc_tunables. */
enum ipc_tunable {
    IPC_NUM_PORTS,
    IPC_OOL_SIZE,
    IPC_OOL_SIZES,
    IPC_USE_COMPLEX_MESSAGES,
    IPC_TUNABLES_COUNT,
};

/* Indices of mach_ipc_info.counters. */
enum mach_ipc_counter {
    MACH_IPC_RECEIVED,
    MACH_IPC_TIMEOUTS,
    MACH_IPC_INTERRUPTED,
    MACH_IPC_NO_BUFFER,
    MACH_IPC_INVALID_DEST,
    MACH_IPC_INVALID_MEMORY,
    MACH_IPC_OTHER_SEND_ERRORS,
    MACH_IPC_PORT_ERRORS,
    MACH_IPC_RECEIVER_ERRORS,
    MACH_IPC_COUNTERS,
};

/* Indices of unix_ipc_info.counters. */
enum unix_ipc_counter {
    UNIX_IPC_RECEIVED,
    UNIX_IPC_TIMEOUTS,
    UNIX_IPC_INTERRUPTED,
    UNIX_IPC_NO_BUFFERS,
    UNIX_IPC_TOO_MANY_REFS,
    UNIX_IPC_OTHER_ERRORS,
    UNIX_IPC_RECEIVER_ERRORS,
    UNIX_IPC_COUNTERS,
};

/* Most channels: the range that the seeds' documentation gives num_ports. */
#define IPC_PORTS_MAX 64

#define IPC_OOL_SIZE_MAX 1048576 /* bytes */

/* A send that finds no room for this long has timed out; mach_ipc has a limit
 * of its own, for reasons of XNU's. */
#define IPC_SEND_TIMEOUT_MS 25

/* No send starts later than this in a collect(). A send may wait twice (Linux:
 * for buffer space, then for the peer's queue). */
#define IPC_LAST_START_MS (COLLECT_MAX_MS - 2 * IPC_SEND_TIMEOUT_MS)

/* How long to wait after a kernel shortage before the next try. */
#define IPC_SHORTAGE_PAUSE_NS 1000000L

/* The order of sends. Pure arithmetic, one thread. */
struct round_robin {
    unsigned ports; /* channels */
    unsigned sizes; /* entries of size_bytes */
    size_t size_bytes[TUNABLE_LIST_MAX];
    unsigned port;        /* the next turn's channel */
    unsigned size;        /* ... and its index in size_bytes */
    unsigned until_shift; /* turns left until the sizes slip by one */
    unsigned until_end;   /* turns left until each port has met each size */
};

struct turn {
    unsigned port; /* 0..ports - 1 */
    unsigned size; /* 0..sizes - 1, an index of size_bytes */
};

/* Starts at the first port and the first size. values is in the order of
 * ipc_tunables and has been checked. */
void round_robin_init(struct round_robin *rr,
                      const struct tunable_value *values);

/* The next turn. Ports and sizes each go in order; after each common multiple
 * of the two the sizes slip by one, so that over ports x sizes turns every
 * port meets every size exactly once. */
struct turn round_robin_next(struct round_robin *rr);

#endif
