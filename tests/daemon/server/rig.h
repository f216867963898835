/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_DAEMON_SERVER_RIG_H
#define ENTROPYD_TESTS_DAEMON_SERVER_RIG_H

/*
 * A server on a real loop and real sockets, over sources without workers: the
 * test puts samples into their rings by hand, so that what has credit and when
 * is the test's to decide. One thread: waiting for a reply runs the loop.
 *
 * rig.c serves a fuzz target as well: what does not hold there ends in
 * must_fail() of tests/support/must.h. rig_client.c is for check's programs.
 */

#include "daemon/server/server.h"

#include <stddef.h>

/* Sources of the rig: "first" and "second", claim 0.5 bit. */
#define RIG_SOURCES 2

struct rig {
    uv_loop_t loop;
    struct config config; /* change it before rig_start() */
    struct source sources[RIG_SOURCES];
    struct pool *pool;
    struct server_counts counts;
    struct status_view view;
    struct dispatcher dispatcher;
    struct subscriptions subscriptions;
    struct server *server;
    atomic_bool is_credit_wanted;
    bool is_stopped;
    char directory[64];
    char path[96];
    char egd_path[96];
};

/* Sources, healthy and empty, with rings of 65,536 or ring_samples; pool;
 * configuration. No socket yet. */
void rig_init(struct rig *r);
void rig_init_with(struct rig *r, size_t ring_samples);

/* Listens. */
void rig_start(struct rig *r);

/* init and start. */
void rig_open(struct rig *r);

/* Puts n samples of good noise into source i; the server does not know yet. */
void rig_push(struct rig *r, size_t i, size_t n);

/* The same, and lets the server know, as the daemon does: seeds if it can, then
 * tries the waiting requests. */
void rig_feed(struct rig *r, size_t i, size_t n);

/* Enough for the first seed. */
void rig_seed(struct rig *r);

/* A connected, non-blocking client socket, of JSON-RPC and of EGD. */
int rig_connect(struct rig *r);
int rig_connect_egd(struct rig *r);

/* Removes the sockets and their directory, where rig_close() is not called. */
void rig_remove(const struct rig *r);

/* Stops the server and the loop; fails if a connection, a subscription or a
 * waiting request is left, or a handle that is still open. */
void rig_close(struct rig *r);

/* rig_client.c */

/* Sends all n bytes, running the loop while the socket is full. */
void rig_send_bytes(struct rig *r, int fd, const char *bytes, size_t n);
void rig_send(struct rig *r, int fd, const char *text);

/* The next line without its newline, terminated, in memory that is reused by
 * the next call; NULL where the server closed the connection first. Fails the
 * test after PATIENCE_MS. */
const char *rig_line(struct rig *r, int fd);

/* Exactly n bytes. False where the connection closed first. */
bool rig_bytes(struct rig *r, int fd, void *out, size_t n);

/* Sends a line (newline added) and returns the reply line. */
const char *rig_ask(struct rig *r, int fd, const char *line);

/* One iteration of the loop. */
void rig_iterate(struct rig *r);

/* Runs the loop for ms milliseconds, and for fifty iterations at least. */
void rig_run(struct rig *r, unsigned ms);

/* True if the server has nothing for this client within 50 ms. */
bool rig_is_silent(struct rig *r, int fd);

#endif
