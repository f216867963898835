#ifndef ENTROPYD_COLLECTORS_IPC_UNIX_IPC_H
#define ENTROPYD_COLLECTORS_IPC_UNIX_IPC_H

/* unix_ipc, the Linux counterpart of mach_ipc: blocking sendmsg() calls that
 * pass memory to a receiver thread over Unix datagram socket pairs. What is
 * described here builds everywhere; the collector itself is absent on other
 * systems. */

#include "base/reason.h"
#include "collectors/collector.h"

extern const struct collector unix_ipc_collector;
extern const struct collector_info unix_ipc_info;
extern const struct tunable unix_ipc_tunables[];

/* ipc_check() of collectors/ipc/ipc.h. */
int unix_ipc_check(const struct tunable_value *values, struct reason *why);

/* Places of unix_ipc_info.counters. */
enum unix_ipc_counter {
    UNIX_IPC_RECEIVED,
    UNIX_IPC_TIMEOUTS,
    UNIX_IPC_INTERRUPTED,
    UNIX_IPC_NO_BUFFERS,
    UNIX_IPC_TOO_MANY_REFS,
    UNIX_IPC_OTHER_ERRORS,
    UNIX_IPC_RECEIVER_ERRORS,
    UNIX_IPC_COUNTERS, /* how many there are */
};

#endif
