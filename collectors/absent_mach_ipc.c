/* mach_ipc where it cannot be built: listed, described, refusing. */

#include "collectors/absent.h"
#include "collectors/mach_ipc.h"

#define NEEDS "Mach IPC needs macOS"

static int probe(char *why, size_t why_size)
{
    return absent_refuse(NEEDS, why, why_size);
}

static int open_absent(void **self, const struct tunable_value *values,
                       char *why, size_t why_size)
{
    (void)values;
    *self = NULL;
    return absent_refuse(NEEDS, why, why_size);
}

const struct collector mach_ipc_collector = {
    .name = "mach_ipc",
    .info = &mach_ipc_info,
    .tunables = mach_ipc_tunables,
    .check = mach_ipc_check,
    .probe = probe,
    .open = open_absent,
    .collect = absent_collect,
    .pause = absent_pause,
    .resume = absent_resume,
    .helper_cpu_ns = absent_helper_cpu_ns,
    .counters = absent_counters,
    .close = absent_close,
};
