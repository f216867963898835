#ifndef ENTROPYD_COLLECTORS_ABSENT_H
#define ENTROPYD_COLLECTORS_ABSENT_H

/*
 * What a collector of the other platform does: it is listed and described, and
 * it refuses. absent_<name>.c says what it needs. Nothing here blocks; any
 * thread.
 */

#include "base/reason.h"
#include "collectors/collector.h"

/* Fills why with `needs` ("Mach IPC needs macOS") and returns -ENOTSUP. */
int absent_refuse(const char *needs, struct reason *why);

/* The rest of struct collector. open() never succeeds, so that self is always
 * NULL here: the two that can fail return -ENOTSUP, the others do nothing. */
int absent_collect(void *self, uint64_t *ticks, size_t n, struct reason *why);
void absent_pause(void *self);
int absent_resume(void *self, struct reason *why);
uint64_t absent_helper_cpu_ns(void *self);
void absent_counters(void *self, uint64_t *out);
void absent_close(void *self);

/* Defines the collector of this name, whose probe() and open() refuse because
 * of `needs`. */
#define ABSENT_COLLECTOR(collector_name, needs)                                \
    static int probe(struct reason *why)                                       \
    {                                                                          \
        return absent_refuse(needs, why);                                      \
    }                                                                          \
    static int refuse_open(void **self, const struct tunable_value *values,    \
                           struct reason *why)                                 \
    {                                                                          \
        (void)values;                                                          \
        *self = NULL;                                                          \
        return absent_refuse(needs, why);                                      \
    }                                                                          \
    const struct collector collector_name##_collector = {                      \
        .name = #collector_name,                                               \
        .info = &collector_name##_info,                                        \
        .tunables = collector_name##_tunables,                                 \
        .check = collector_name##_check,                                       \
        .probe = probe,                                                        \
        .open = refuse_open,                                                   \
        .collect = absent_collect,                                             \
        .pause = absent_pause,                                                 \
        .resume = absent_resume,                                               \
        .helper_cpu_ns = absent_helper_cpu_ns,                                 \
        .counters = absent_counters,                                           \
        .close = absent_close,                                                 \
    }

#endif
