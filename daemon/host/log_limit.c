/* SPDX-License-Identifier: MIT */
/* LOG_BURST lines a second for each event. */

#include "daemon/host/log_limit.h"

#include <stdio.h>
#include <string.h>

/* The event's place; a new event gets a free one or that of the event that was
 * quiet longest, one without unreported lines if there is any. */
static struct log_limit_event *place_of(struct log_limit *limit,
                                        const char *event)
{
    struct log_limit_event *oldest = &limit->events[0];
    for (size_t i = 0; i < LOG_LIMIT_EVENTS; i++) {
        struct log_limit_event *e = &limit->events[i];
        if (strncmp(e->name, event, sizeof(e->name) - 1) == 0)
            return e;
        bool is_reported = e->suppressed == 0 && oldest->suppressed > 0;
        bool alike = (e->suppressed == 0) == (oldest->suppressed == 0);
        if (is_reported || (alike && e->second_at_ms < oldest->second_at_ms))
            oldest = e;
    }
    *oldest = (struct log_limit_event){.in_second = 0};
    (void)snprintf(oldest->name, sizeof(oldest->name), "%s", event);
    return oldest;
}

bool log_limit_allows(struct log_limit *limit, const char *event,
                      uint64_t now_ms, uint64_t *suppressed)
{
    struct log_limit_event *e = place_of(limit, event);
    if (e->in_second == 0 || now_ms - e->second_at_ms >= 1000) {
        e->second_at_ms = now_ms;
        e->in_second = 0;
    }
    if (e->in_second >= LOG_BURST) {
        e->suppressed++;
        return false;
    }
    e->in_second++;
    *suppressed = e->suppressed;
    e->suppressed = 0;
    return true;
}

const char *log_limit_unreported(struct log_limit *limit, uint64_t *suppressed)
{
    for (size_t i = 0; i < LOG_LIMIT_EVENTS; i++) {
        struct log_limit_event *e = &limit->events[i];
        if (e->suppressed == 0)
            continue;
        *suppressed = e->suppressed;
        e->suppressed = 0;
        return e->name;
    }
    return NULL;
}
