/* kqueue_events where it cannot be built: listed, described, refusing. */

#include "collectors/absent.h"
#include "collectors/kqueue_events.h"

#define NEEDS "kqueue needs macOS"

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

const struct collector kqueue_events_collector = {
    .name = "kqueue_events",
    .info = &kqueue_events_info,
    .tunables = kqueue_events_tunables,
    .check = kqueue_events_check,
    .probe = probe,
    .open = open_absent,
    .collect = absent_collect,
    .pause = absent_pause,
    .resume = absent_resume,
    .helper_cpu_ns = absent_helper_cpu_ns,
    .counters = absent_counters,
    .close = absent_close,
};
