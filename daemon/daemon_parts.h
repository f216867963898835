#ifndef ENTROPYD_DAEMON_DAEMON_PARTS_H
#define ENTROPYD_DAEMON_DAEMON_PARTS_H

/*
 * The inside of the daemon, for the three files that it is made of:
 *   daemon_life.c    the order of start and end; main()'s work
 *   daemon_setup.c   the parts that are had before the loop runs
 *   daemon_events.c  what wakes the loop: workers, signals
 * Nobody else includes this.
 */

#include "base/reason.h"
#include "daemon/daemon.h"
#include "daemon/host/listener.h"
#include "daemon/server/server.h"
#include "daemon/workers/worker_set.h"

struct daemon {
    const struct options *options;
    const struct config_collectors *collectors;
    struct config config;
    struct config_origins origins;
    struct listener listener;
    struct worker_set set;
    struct pool *pool;
    struct server_counts counts;
    struct status_view view;
    struct dispatcher dispatcher;
    struct subscribers subscribers;
    struct worker_wakeup wakeup;
    struct server *server;
    uv_loop_t loop;
    uv_async_t async;
    uv_signal_t terminate, interrupt, hangup;
    bool is_stopping;
    int status; /* main()'s value */
};

/* daemon_setup.c: 0 or -errno, with the reason in words where there is room
 * for it. */

/* Signals, limits, dumps; warns of what it could not do. -EMFILE: there are
 * too few descriptors for a single client. */
int daemon_set_up_process(struct daemon *d, struct reason *why);

/* Takes over the socket that was handed over, or makes one. */
int daemon_open_listener(struct daemon *d, struct reason *why);

/* Becomes the user that the configuration names, if it names one. */
int daemon_drop_privileges(const struct daemon *d, struct reason *why);

/* Sources, rings and the pool over them. */
int daemon_make_pool(struct daemon *d);

/* Ties the parts together for status and dispatch. */
void daemon_set_up_view(struct daemon *d);

/* daemon_events.c */

/* Makes the loop hear workers; before they start. 0 or a libuv error. */
int daemon_watch_workers(struct daemon *d);

/* Makes the loop hear SIGTERM, SIGINT and SIGHUP. 0 or a libuv error. */
int daemon_watch_signals(struct daemon *d);

/* Logs the sources' moves and tells subscribers of them. */
void daemon_look_at_moves(struct daemon *d);

/* Closes the handles of both. */
void daemon_unwatch(struct daemon *d);

#endif
