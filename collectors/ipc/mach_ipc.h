#ifndef ENTROPYD_COLLECTORS_IPC_MACH_IPC_H
#define ENTROPYD_COLLECTORS_IPC_MACH_IPC_H

/* mach_ipc, on macOS: mach_msg() sends of messages with out-of-line memory to a
 * receiver thread. What is described here builds everywhere; the collector
 * itself is absent on other systems. */

#include "base/reason.h"
#include "collectors/collector.h"

extern const struct collector mach_ipc_collector;
extern const struct collector_info mach_ipc_info;
extern const struct tunable mach_ipc_tunables[];

/* ipc_check() of collectors/ipc/ipc.h. */
int mach_ipc_check(const struct tunable_value *values, struct reason *why);

/* Places of mach_ipc_info.counters. */
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
    MACH_IPC_COUNTERS, /* how many there are */
};

#endif
