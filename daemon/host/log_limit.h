#ifndef ENTROPYD_DAEMON_HOST_LOG_LIMIT_H
#define ENTROPYD_DAEMON_HOST_LOG_LIMIT_H

/* How often each event may be logged. Plain arithmetic over the caller's
 * storage; the clock is the caller's too. */

#include <stdbool.h>
#include <stdint.h>

/* Events that are told apart at a time; of more, the one that was quiet
 * longest is forgotten. */
#define LOG_LIMIT_EVENTS 32

struct log_limit_event {
    char name[32];         /* "": free */
    uint64_t second_at_ms; /* when its present second began */
    unsigned in_second;    /* lines let through in it */
    uint64_t suppressed;   /* lines held back and not told yet */
};

struct log_limit {
    struct log_limit_event events[LOG_LIMIT_EVENTS];
};

/* May `event` be logged at now_ms? *suppressed is how many of it were held
 * back before, and is then told: only set where the answer is true. */
bool log_limit_allows(struct log_limit *limit, const char *event,
                      uint64_t now_ms, uint64_t *suppressed);

/* The next event with lines held back, which is then told; NULL: none. */
const char *log_limit_untold(struct log_limit *limit, uint64_t *suppressed);

#endif
