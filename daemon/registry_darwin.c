/* SPDX-License-Identifier: MIT */
/* The four collectors: the pair that entropyd is named for first, then its
 * counterparts, which Linux alone has. The order is that of status and
 * documentation. */

#include "collectors/collector.h"
#include "collectors/events/event_tunables.h"
#include "collectors/ipc/ipc_tunables.h"

static const struct collector unix_ipc = {
    .name = "unix_ipc",
    .info = &unix_ipc_info,
    .tunables = ipc_tunables,
    .check = ipc_check,
};

static const struct collector epoll_events = {
    .name = "epoll_events",
    .info = &epoll_events_info,
    .tunables = event_tunables,
    .check = event_check,
};

const struct collector *const collector_registry[] = {
    &mach_ipc_collector,
    &kqueue_events_collector,
    &unix_ipc,
    &epoll_events,
};

const size_t collector_registry_count =
    sizeof(collector_registry) / sizeof(collector_registry[0]);
