/* kqueue_events where it cannot be built. */

#include "collectors/absent.h"
#include "collectors/events/kqueue_events.h"

ABSENT_COLLECTOR(kqueue_events, "kqueue needs macOS");
