/* What mach_ipc is; builds on every platform. */

#include "collectors/ipc/mach_ipc.h"

#include "base/reason.h"
#include "collectors/ipc/ipc.h"

static const char *const counters[MACH_IPC_COUNTERS + 1] = {
    [MACH_IPC_RECEIVED] = "received",
    [MACH_IPC_TIMEOUTS] = "timeouts",
    [MACH_IPC_INTERRUPTED] = "interrupted",
    [MACH_IPC_NO_BUFFER] = "no_buffer",
    [MACH_IPC_INVALID_DEST] = "invalid_dest",
    [MACH_IPC_INVALID_MEMORY] = "invalid_memory",
    [MACH_IPC_OTHER_SEND_ERRORS] = "other_send_errors",
    [MACH_IPC_PORT_ERRORS] = "port_errors",
    [MACH_IPC_RECEIVER_ERRORS] = "receiver_errors",
    [MACH_IPC_COUNTERS] = NULL,
};

const struct collector_info mach_ipc_info = {
    .summary = "Jitter of Mach messages that carry out-of-line memory to "
               "another thread",
    .times = "a mach_msg() send of a complex message with one out-of-line "
             "descriptor to one of num_ports ports in turn; with "
             "use_complex_messages false, the allocation, look-up and "
             "destruction of a port",
    .varies_because =
        "the send copies or remaps memory (vm_map_copyin), takes port and "
        "queue locks and wakes or waits for the receiver thread, which at the "
        "same time maps and frees what came before; all of it depends on "
        "every runnable thread, on caches, TLB and interrupts",
    .platform = "macos",
    .claim_millibits = 250,
    .evidence = EVIDENCE_EMULATED,
    .measured_where =
        "no figure yet, for want of a Mac: under Darling (Debian 12 VM, "
        "2 vCPU, 2026-11-21) it passed its self-test and was healthy, but for "
        "stalls when that layer lost a wake-up; its logic ran against fakes "
        "whose rules were checked against XNU's sources",
    .counters = counters,
};

const struct tunable mach_ipc_tunables[] = IPC_TUNABLES;

int mach_ipc_check(const struct tunable_value *values, struct reason *why)
{
    return ipc_check(values, why);
}
