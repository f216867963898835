/* SPDX-License-Identifier: MIT */
/* The four collectors: the pair that entropyd is named for first, which macOS
 * alone has, then its counterparts. The order is that of status and
 * documentation. */

#include "collectors/collector.h"
#include "collectors/events/event_tunables.h"
#include "collectors/ipc/ipc_tunables.h"

static const struct collector mach_ipc = {
    .name = "mach_ipc",
    .info = &mach_ipc_info,
    .tunables = ipc_tunables,
    .check = ipc_check,
};

static const struct collector kqueue_events = {
    .name = "kqueue_events",
    .info = &kqueue_events_info,
    .tunables = event_tunables,
    .check = event_check,
};

const struct collector *const collector_registry[] = {
    &mach_ipc,
    &kqueue_events,
    &unix_ipc_collector,
    &epoll_events_collector,
};

const size_t collector_registry_count =
    sizeof(collector_registry) / sizeof(collector_registry[0]);
