/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HOST_LOG_LIMIT_H
#define ENTROPYD_DAEMON_HOST_LOG_LIMIT_H

/* How often each event may be logged. Plain arithmetic over the caller's
 * storage; the clock is the caller's too. */

#include <stdbool.h>
#include <stdint.h>

/* Lines of one event within a second. */
#define LOG_BURST 10

/* Events that are counted at a time; of more, the one that was quiet longest
 * is forgotten. */
#define LOG_LIMIT_EVENTS 32

struct log_limit_event {
    char name[32];         /* "": free */
    uint64_t second_at_ms; /* when its present second began */
    unsigned in_second;    /* lines let through in it */
    uint64_t suppressed;   /* lines suppressed and not reported yet */
};

struct log_limit {
    struct log_limit_event events[LOG_LIMIT_EVENTS];
};

/* May `event` be logged at now_ms? Only then *suppressed is set: how many of
 * its lines were suppressed since it was last logged. */
bool log_limit_allows(struct log_limit *limit, const char *event,
                      uint64_t now_ms, uint64_t *suppressed);

/* The next event with suppressed lines that were not reported; NULL: none. */
const char *log_limit_unreported(struct log_limit *limit, uint64_t *suppressed);

#endif
