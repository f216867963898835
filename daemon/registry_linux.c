/* The four collectors: the pair that entropyd is named for first, then its
 * counterparts. The order is that of status and documentation. */

#include "collectors/collector.h"
#include "collectors/events/epoll_events.h"
#include "collectors/events/kqueue_events.h"
#include "collectors/ipc/mach_ipc.h"
#include "collectors/ipc/unix_ipc.h"

const struct collector *const collector_registry[] = {
    &mach_ipc_collector,
    &kqueue_events_collector,
    &unix_ipc_collector,
    &epoll_events_collector,
};

const size_t collector_registry_count =
    sizeof(collector_registry) / sizeof(collector_registry[0]);
