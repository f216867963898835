/* From tunables to numbers. */

#include "collectors/events/events.h"

#include "base/reason.h"
#include "collectors/events/timer_plan.h"

#include <errno.h>
#include <stdio.h>

static unsigned number(const struct tunable_value *values,
                       enum event_tunable which)
{
    return (unsigned)values[which].values[0];
}

struct event_settings event_settings_read(const struct tunable_value *values)
{
    return (struct event_settings){
        .num_timers = number(values, EVENT_NUM_TIMERS),
        .num_sockets = number(values, EVENT_NUM_SOCKETS),
        .num_files = number(values, EVENT_NUM_FILE_WATCHERS),
        .timeout_ms = number(values, EVENT_TIMEOUT_MS),
        .timer_min_us = number(values, EVENT_TIMER_MIN_US),
        .timer_max_us = number(values, EVENT_TIMER_MAX_US),
        .poke_us = number(values, EVENT_POKE_US),
    };
}

int event_settings_check(const struct tunable_value *values, struct reason *why)
{
    struct event_settings s = event_settings_read(values);
    if (s.num_timers + s.num_sockets + s.num_files == 0) {
        reason_set(why,
                   "num_timers, num_sockets and num_file_watchers are all "
                   "0: at least one of them must be 1 to %d",
                   EVENT_THINGS_MAX);
        return -EINVAL;
    }
    if (s.timer_max_us < s.timer_min_us + TIMER_PLAN_MIN_SPAN_US) {
        reason_set(why,
                   "timer_max_us is %u, which must be at least "
                   "timer_min_us (%u) + %d",
                   s.timer_max_us, s.timer_min_us, TIMER_PLAN_MIN_SPAN_US);
        return -EINVAL;
    }
    return 0;
}
