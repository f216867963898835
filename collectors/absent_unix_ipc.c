/* unix_ipc where it cannot be built: listed, described, refusing. */

#include "collectors/absent.h"
#include "collectors/unix_ipc.h"

#define NEEDS "unix_ipc needs Linux"

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

const struct collector unix_ipc_collector = {
    .name = "unix_ipc",
    .info = &unix_ipc_info,
    .tunables = unix_ipc_tunables,
    .check = unix_ipc_check,
    .probe = probe,
    .open = open_absent,
    .collect = absent_collect,
    .pause = absent_pause,
    .resume = absent_resume,
    .helper_cpu_ns = absent_helper_cpu_ns,
    .counters = absent_counters,
    .close = absent_close,
};
