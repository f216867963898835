/* epoll_events where it cannot be built. */

#include "collectors/absent.h"
#include "collectors/events/epoll_events.h"

ABSENT_COLLECTOR(epoll_events, "epoll needs Linux");
