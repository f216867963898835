#ifndef ENTROPYD_DAEMON_WORKERS_CREW_H
#define ENTROPYD_DAEMON_WORKERS_CREW_H

/* All sources of a daemon and their workers: made from the configuration,
 * started, changed, stopped together. Loop thread. */

#include "daemon/settings/config.h"
#include "daemon/workers/worker.h"

struct crew {
    struct source sources[SOURCE_MAX];
    struct worker *workers[SOURCE_MAX]; /* NULL where there is none */
    size_t count;
    bool memory_locked; /* every ring is, and what every worker started holds */
};

/*
 * Makes a source of every collector: unavailable where it cannot run here,
 * disabled where config says so, else starting. No thread runs yet. 0 or
 * -errno; then crew_fini() is still due.
 */
int crew_init(struct crew *crew, const struct config *config,
              const struct config_collectors *collectors);

/* Starts a worker for every source that is starting. A thread that cannot be
 * had is -errno; crew_stop() is due then. bell is borrowed until crew_stop().
 */
int crew_start(struct crew *crew, const struct config *config,
               struct worker_bell *bell);

/* Takes over what a reload may change: the duties. */
void crew_reload(struct crew *crew, const struct config *config);

/* Stops all workers, then waits for all. */
void crew_stop(struct crew *crew);

/* Wipes and frees the sources; no worker runs any more. */
void crew_fini(struct crew *crew);

#endif
