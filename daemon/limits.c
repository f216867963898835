#include "daemon/limits.h"

#include "daemon/host/log.h"
#include "daemon/host/process.h"

#include <errno.h>

/* Descriptors beside the connections': sources, loop, log, files. With the
 * standard settings they are not quite FEW. */
#define OWN_DESCRIPTORS 256
#define FEW_DESCRIPTORS 64

/* With less than this not even the loop and a client have theirs; libuv aborts
 * then. */
#define DESCRIPTORS_MIN 24

/* How many connections a limit of descriptors leaves room for. Beyond it
 * libuv would accept the clients and drop them without a word. */
static unsigned connections_within(unsigned limit)
{
    if (limit > 2 * OWN_DESCRIPTORS)
        return limit - OWN_DESCRIPTORS;
    if (limit > 2 * FEW_DESCRIPTORS)
        return limit / 2;
    return limit > FEW_DESCRIPTORS + 4 ? limit - FEW_DESCRIPTORS : 4;
}

int limits_raise(const struct config *config, unsigned *max_connections,
                 struct reason *why)
{
    unsigned wanted = config->server.max_connections;
    int limit = process_raise_descriptors(wanted + OWN_DESCRIPTORS);

    (void)process_raise_locked_memory();
    *max_connections = wanted;
    if (limit < 0 || (unsigned)limit >= wanted + OWN_DESCRIPTORS)
        return 0;
    if (limit < DESCRIPTORS_MIN) {
        reason_set(why,
                   "the limit of descriptors (RLIMIT_NOFILE) is %d and "
                   "must be at least %d",
                   limit, DESCRIPTORS_MIN);
        return -EMFILE;
    }
    unsigned allowed = connections_within((unsigned)limit);
    if (allowed < wanted)
        *max_connections = allowed;
    log_event(LOG_LEVEL_WARNING, "connections-limited",
              "max_connections=%u configured=%u descriptors=%d",
              *max_connections, wanted, limit);
    return 0;
}
