/* SPDX-License-Identifier: MIT */
#include "collectors/ipc/ipc_tunables.h"

#include "base/reason.h"

#include <errno.h>

static const char *const mach_ipc_counters[MACH_IPC_COUNTERS + 1] = {
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
    .summary = "Timing jitter of Mach messages that carry out-of-line memory "
               "to another thread",
    .times = "a mach_msg() send of a complex message with one out-of-line "
             "descriptor to one of num_ports ports in turn; with "
             "use_complex_messages false, the allocation, look-up and "
             "destruction of a port",
    .varies_because =
        "the send copies or remaps memory (vm_map_copyin), takes port and "
        "queue locks, and wakes or waits for the receiver thread, which maps "
        "and frees earlier messages at the same time; all of this depends on "
        "every runnable thread, on caches, TLB and interrupts",
    .platform = "macos",
    .claim_millibits = 250,
    .evidence = EVIDENCE_EMULATED,
    .measured_where =
        "not yet measured on a Mac; under Darling (Debian 12 VM, 2 vCPU, "
        "2026-11-21) it passed its self-test and was healthy, except for "
        "stalls when Darling lost a wake-up; its logic is tested against fakes "
        "whose rules were checked against XNU's sources",
    .counters = mach_ipc_counters,
};

static const char *const unix_ipc_counters[UNIX_IPC_COUNTERS + 1] = {
    [UNIX_IPC_RECEIVED] = "received",
    [UNIX_IPC_TIMEOUTS] = "timeouts",
    [UNIX_IPC_INTERRUPTED] = "interrupted",
    [UNIX_IPC_NO_BUFFERS] = "no_buffers",
    [UNIX_IPC_TOO_MANY_REFS] = "too_many_refs",
    [UNIX_IPC_OTHER_ERRORS] = "other_errors",
    [UNIX_IPC_RECEIVER_ERRORS] = "receiver_errors",
    [UNIX_IPC_COUNTERS] = NULL,
};

const struct collector_info unix_ipc_info = {
    .summary = "Timing jitter of passing memory over Unix sockets to a thread "
               "that maps it",
    .times = "a blocking sendmsg() of a memfd (SCM_RIGHTS) over one of "
             "num_ports datagram socket pairs in turn",
    .varies_because =
        "the send takes locks and memory that the receiver thread uses at the "
        "same time to receive, map, touch and unmap earlier messages; wake-ups "
        "depend on every runnable thread, and both ends on caches, TLB and "
        "interrupts",
    .platform = "linux",
    .claim_millibits = 500,
    .evidence = EVIDENCE_MEASURED,
    .measured_where =
        "SP 800-90B 6.3 on a million samples, bits each: 5.23 idle, 4.91 "
        "loaded; 1.17 at worst re-quantised to 24 MHz; restart test passed at "
        "0.5; Debian 12 VM, Linux 6.18.44, 2 vCPU Xeon, 2026-11-26; 3.24 on an "
        "EPYC, loaded",
    .counters = unix_ipc_counters,
};

/* The default sizes span what XNU copies (up to 32 KiB on arm64) and what it
 * remaps (above). */
const struct tunable ipc_tunables[] = {
    [IPC_NUM_PORTS] = {.name = "num_ports",
                       .unit = "",
                       .help = "channels that messages are sent over in turn",
                       .type = TUNABLE_INTEGER,
                       .min = 1,
                       .max = IPC_PORTS_MAX,
                       .default_value = {.values = {8}, .count = 1}},
    [IPC_OOL_SIZE] = {.name = "ool_size",
                      .unit = "bytes",
                      .help = "exact size of the memory passed with each "
                              "message; if not set, ool_sizes applies",
                      .type = TUNABLE_INTEGER,
                      .min = 1,
                      .max = IPC_OOL_SIZE_MAX,
                      .default_value = {.values = {4096}, .count = 1}},
    [IPC_OOL_SIZES] = {.name = "ool_sizes",
                       .unit = "bytes",
                       .help = "sizes of the memory passed, used in turn",
                       .type = TUNABLE_LIST,
                       .min = 1,
                       .max = IPC_OOL_SIZE_MAX,
                       .default_value = {.values = {4096, 16384, 49152},
                                         .count = 3}},
    [IPC_USE_COMPLEX_MESSAGES] = {.name = "use_complex_messages",
                                  .unit = "",
                                  .help = "pass memory with each message; "
                                          "false: the plain operation",
                                  .type = TUNABLE_BOOLEAN,
                                  .min = 0,
                                  .max = 1,
                                  .default_value = {.values = {1}, .count = 1}},
    [IPC_TUNABLES_COUNT] = {.name = NULL},
};

int ipc_check(const struct tunable_value *values, struct reason *why)
{
    if (values[IPC_OOL_SIZE].is_set && values[IPC_OOL_SIZES].is_set) {
        reason_set(why, "ool_size and ool_sizes are both set; set one of them");
        return -EINVAL;
    }
    return 0;
}

unsigned ipc_period(const struct tunable_value *values)
{
    unsigned ports = (unsigned)values[IPC_NUM_PORTS].values[0];
    unsigned sizes =
        values[IPC_OOL_SIZE].is_set ? 1 : (unsigned)values[IPC_OOL_SIZES].count;
    return values[IPC_USE_COMPLEX_MESSAGES].values[0] != 0 ? ports * sizes
                                                           : ports;
}

static unsigned common_multiple(unsigned a, unsigned b)
{
    unsigned x = a;
    unsigned y = b;
    while (y != 0) {
        unsigned rest = x % y;
        x = y;
        y = rest;
    }
    return a / x * b;
}

void round_robin_init(struct round_robin *rr,
                      const struct tunable_value *values)
{
    const struct tunable_value *from = values[IPC_OOL_SIZE].is_set
                                           ? &values[IPC_OOL_SIZE]
                                           : &values[IPC_OOL_SIZES];
    *rr = (struct round_robin){
        .ports = (unsigned)values[IPC_NUM_PORTS].values[0],
        .sizes = from->count,
    };
    for (unsigned i = 0; i < from->count; i++)
        rr->size_bytes[i] = (size_t)from->values[i];
    rr->until_shift = common_multiple(rr->ports, rr->sizes);
    rr->until_end = rr->ports * rr->sizes;
}

struct turn round_robin_next(struct round_robin *rr)
{
    struct turn turn = {.port = rr->port, .size = rr->size};
    rr->port = (rr->port + 1) % rr->ports;
    rr->size = (rr->size + 1) % rr->sizes;
    if (--rr->until_shift == 0) {
        rr->size = (rr->size + 1) % rr->sizes;
        rr->until_shift = common_multiple(rr->ports, rr->sizes);
    }
    if (--rr->until_end == 0) {
        rr->size = 0;
        rr->until_end = rr->ports * rr->sizes;
    }
    return turn;
}
