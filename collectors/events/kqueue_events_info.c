/* What kqueue_events is; builds everywhere. */

#include "collectors/events/events.h"

#include "base/reason.h"
#include "collectors/events/kqueue_events.h"

static const char *const counters[] = {EVENT_COUNTERS, NULL};

const struct collector_info kqueue_events_info = {
    .summary = "kqueue waits ended by timers, watched files and sockets",
    .times = "kevent() for one event, timeout_ms at most",
    .varies_because =
        "timer interrupts, wake-ups, knote locks and the scheduler decide "
        "when each of several unrelated events ends the wait",
    .platform = "macos",
    .claim_millibits = 250,
    .evidence = EVIDENCE_EMULATED,
    .measured_where =
        "no figure yet, for want of a Mac: under Darling (Debian 12 VM, "
        "2 vCPU, 2026-11-21), whose kqueue is epoll's, it was healthy; its "
        "logic ran against a fake kqueue; half of what the same design claims "
        "on Linux",
    .counters = counters,
};

const struct tunable kqueue_events_tunables[] = {EVENT_TUNABLES};

int kqueue_events_check(const struct tunable_value *values, struct reason *why)
{
    return event_settings_check(values, why);
}
