/* SPDX-License-Identifier: MIT */
#include "daemon/limits.h"

#include "base/text.h"
#include "daemon/host/log.h"
#include "daemon/host/process.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

/* Descriptors of the daemon itself: 14 that are open all the time (standard
 * streams, loop, wake-ups, signals, two sockets and their locks), and those
 * that are open for a moment (configuration, users, notifications, clients that
 * are refused). */
#define OWN_DESCRIPTORS 32

/* What the enabled sources that can run here need, added up, and as text:
 * "22 for unix_ipc, 23 for epoll_events". */
static unsigned count_sources(const struct config *config,
                              const struct config_collectors *collectors,
                              char *words, size_t size)
{
    unsigned total = 0;

    words[0] = '\0';
    for (size_t i = 0; i < collectors->count; i++) {
        const struct collector *collector = collectors->list[i];
        struct reason unavailable;
        size_t n = strlen(words);

        if (!config->sources[i].enabled ||
            !collector_can_run(collector, &unavailable))
            continue;
        unsigned needed = collector->descriptors(config->sources[i].tunables);
        text_format(words + n, size - n, ", %u for %s", needed,
                    collector->name);
        total += needed;
    }
    return total;
}

int limits_raise(const struct config *config,
                 const struct config_collectors *collectors,
                 unsigned *max_connections, struct reason *why)
{
    char words[REASON_MAX / 2];
    unsigned wanted = config->server.max_connections;
    unsigned least =
        wanted < LIMITS_CONNECTIONS_MIN ? wanted : LIMITS_CONNECTIONS_MIN;
    unsigned needed = OWN_DESCRIPTORS +
                      count_sources(config, collectors, words, sizeof(words));
    int limit = process_raise_descriptors(wanted + needed);

    (void)process_raise_locked_memory();
    *max_connections = wanted;
    if (limit < 0 || (unsigned)limit >= wanted + needed)
        return 0;
    if ((unsigned)limit < least + needed) {
        reason_set(why,
                   "the limit of descriptors (RLIMIT_NOFILE) is %d and must be "
                   "at least %u: %d for the daemon%s, %u for connections",
                   limit, least + needed, OWN_DESCRIPTORS, words, least);
        return -EMFILE;
    }
    *max_connections = (unsigned)limit - needed;
    log_event(LOG_LEVEL_WARNING, "connections-limited",
              "max_connections=%u configured=%u descriptors=%d",
              *max_connections, wanted, limit);
    return 0;
}

void limits_explain_locking(struct reason *why)
{
    int rc = process_lock_page();
    struct rlimit limit;
    bool is_limited = getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
                      limit.rlim_cur != RLIM_INFINITY;
    bool is_reached = rc == 0 || rc == -ENOMEM || rc == -EAGAIN ||
                      (rc == -EPERM && limit.rlim_cur == 0);

    if (is_limited && is_reached)
        reason_set(why,
                   "the limit of locked memory (RLIMIT_MEMLOCK) is too low: "
                   "%llu bytes",
                   (unsigned long long)limit.rlim_cur);
    else if (rc < 0)
        (void)reason_errno(-rc, why, "locking memory");
    else
        reason_set(why, "not all of it could be locked at the start");
}
