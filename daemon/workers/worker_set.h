/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_WORKERS_WORKER_SET_H
#define ENTROPYD_DAEMON_WORKERS_WORKER_SET_H

/* All sources of a daemon and their workers: made from the configuration,
 * started, changed, stopped together. Loop thread. */

#include "daemon/settings/config.h"
#include "daemon/workers/worker.h"

struct worker_set {
    struct source sources[SOURCE_MAX];
    struct worker *workers[SOURCE_MAX]; /* NULL where there is none */
    size_t count;
    uint64_t watched_ms; /* monotonic_now_ms() of the last watch; 0: none */
    uint64_t stop_ms;    /* when they were told to stop; 0: they were not */
    bool memory_locked; /* every ring is, and what every worker started holds */
};

/*
 * Makes a source of every collector: unavailable where it cannot run here,
 * disabled where config says so, else starting. No thread runs yet. 0 or
 * -errno; then worker_set_fini() is still due.
 */
int worker_set_init(struct worker_set *set, const struct config *config,
                    const struct config_collectors *collectors);

/* Starts a worker for every source that is starting. A thread that cannot be
 * had is -errno; worker_set_stop() is due then. wakeup is borrowed until
 * worker_set_stop().
 */
int worker_set_start(struct worker_set *set, const struct config *config,
                     struct worker_wakeup *wakeup);

/* Takes over what a reload may change: the duties. */
void worker_set_reload(struct worker_set *set, const struct config *config);

/* Does a source need samples, so that it should be watched? */
bool worker_set_needs_watch(const struct worker_set *set);

/*
 * Looks for workers that get no processor time: source_watch() with a limit of
 * WORKER_SET_STARVED_MS. To be called about every WORKER_SET_WATCH_MS; a longer
 * time counts as two of them, for then the loop did not run either (the process
 * was stopped, the machine is overloaded). True while it is to be called again.
 */
bool worker_set_watch(struct worker_set *set);

/* A worker that should give samples and has given none for so long is starved.
 * Its own limit, pool.stall_ms of collecting, is the shorter one where it
 * runs. */
#define WORKER_SET_STARVED_MS 5000
#define WORKER_SET_WATCH_MS   1000

/* Tells all workers to stop, and comes back at once. They are not watched any
 * more; their rings stay. */
void worker_set_tell_stop(struct worker_set *set);

/*
 * Stops all workers and waits for them, at most until WORKER_SET_STOP_MS after
 * worker_set_tell_stop(), which it calls itself where it was not. False: some
 * are in a call that does not return, and remain in set->workers. They may use
 * their sources, the set and the wake-up at any time: none of it may be freed,
 * and the process can only end; or it is called again.
 */
bool worker_set_stop(struct worker_set *set);

/* The slowest close() takes two seconds (collectors/collector.h); an open() may
 * take ten, which are not waited for. */
#define WORKER_SET_STOP_MS 4000

/* Wipes and frees the sources, but not those whose workers worker_set_stop()
 * has left. */
void worker_set_fini(struct worker_set *set);

#endif
