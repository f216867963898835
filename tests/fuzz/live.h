#ifndef ENTROPYD_TESTS_FUZZ_LIVE_H
#define ENTROPYD_TESTS_FUZZ_LIVE_H

/*
 * A server inside this process: real loop, real sockets, sources without
 * workers. Like tests/daemon/rig, but without check, which wants to be the
 * test's main(), and with small limits so that short inputs reach them.
 */

#include "daemon/server.h"

#include <stdbool.h>
#include <stddef.h>

#define LIVE_SOURCES  2
#define LIVE_LINE_MAX 1024
#define LIVE_BATCH    8

struct live {
    uv_loop_t loop;
    struct config config;
    struct source sources[LIVE_SOURCES];
    struct pool *pool;
    struct server_counts counts;
    struct status_view view;
    struct dispatcher dispatcher;
    struct subscribers subscribers;
    struct server *server;
    atomic_bool is_credit_wanted;
    bool is_stopped;
    char directory[64];
    char path[96];
};

/* Starts one; not seeded yet. */
void live_start(struct live *l);

/* Does the workers' part: answers selftests, fills the rings where there is
 * room, seeds, tries what waits. */
void live_work(struct live *l);

/* A connected, non-blocking client. */
int live_connect(struct live *l);

/* One turn of the loop without waiting. */
void live_turn(struct live *l);

/* Stops; everything must have been closed. */
void live_stop(struct live *l);

#endif
