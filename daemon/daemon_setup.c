/* The parts that are had before the loop runs. */

#include "daemon/daemon_parts.h"

#include "base/quote.h"
#include "base/reason.h"
#include "daemon/host/activation.h"
#include "daemon/host/privileges.h"
#include "daemon/host/process.h"
#include "daemon/host/suspend.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

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

/* The connections that there may be; -EMFILE where there can be none. */
static int limit_connections(struct daemon *d, struct reason *why)
{
    unsigned wanted = d->config.server.max_connections;
    int limit = process_raise_descriptors(wanted + OWN_DESCRIPTORS);
    d->view.max_connections = wanted;
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
        d->view.max_connections = allowed;
    log_event(LOG_LEVEL_WARNING, "connections-limited",
              "max_connections=%u configured=%u descriptors=%d",
              d->view.max_connections, wanted, limit);
    return 0;
}

static void forbid_dumps(void)
{
    struct reason why = {.text = ""};
    char quoted[2 * REASON_MAX];
    if (process_forbid_dumps(&why) < 0)
        log_event(LOG_LEVEL_WARNING, "dumps-possible", "reason=%s",
                  quote_text(why.text, quoted, sizeof(quoted)));
}

int daemon_set_up_process(struct daemon *d, struct reason *why)
{
    (void)signal(SIGPIPE, SIG_IGN); /* a client that left is an EPIPE */
    (void)process_raise_locked_memory();
    forbid_dumps();
    return limit_connections(d, why);
}

int daemon_open_listener(struct daemon *d, struct reason *why)
{
    char path[SOCKET_PATH_MAX];
    bool is_default;
    int fd = activation_socket(why);
    if (fd >= 0)
        return listener_adopt(&d->listener, fd, why);
    if (fd != -ENOENT)
        return fd;
    int rc = socket_path(d->config.socket.path, path, &is_default, why);
    if (rc < 0)
        return rc;
    return listener_open(&d->listener, path, (mode_t)d->config.socket.mode,
                         d->config.socket.group, why);
}

int daemon_drop_privileges(const struct daemon *d, struct reason *why)
{
    const char *user = d->config.process.user;
    char quoted[2 * sizeof(d->config.process.user)];
    int rc = privileges_drop(user, why);
    if (rc < 0 || user[0] == '\0')
        return rc;
    forbid_dumps(); /* a change of user allows them again */
    log_event(LOG_LEVEL_INFO, "privileges-dropped", "user=%s",
              quote_text(user, quoted, sizeof(quoted)));
    return 0;
}

int daemon_make_pool(struct daemon *d)
{
    int rc = worker_set_init(&d->set, &d->config, d->collectors);
    if (rc < 0)
        return rc;
    d->view.memory_locked = d->set.memory_locked;
    return pool_create(&d->pool, d->set.sources, d->set.count,
                       pool_kernel_random, &d->view.memory_locked);
}

void daemon_set_up_view(struct daemon *d)
{
    d->view.sources = d->set.sources;
    d->view.source_count = d->set.count;
    d->view.pool = d->pool;
    d->view.config = &d->config;
    d->view.counts = &d->counts;
    d->dispatcher = (struct dispatcher){
        .view = &d->view,
        .counts = &d->counts,
        .is_credit_wanted = &d->wakeup.is_credit_wanted,
        .slept_ms = suspend_total_ms(),
    };
    atomic_init(&d->wakeup.is_credit_wanted, true);
    atomic_init(&d->wakeup.is_seeded, false);
}
