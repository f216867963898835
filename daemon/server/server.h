/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SERVER_SERVER_H
#define ENTROPYD_DAEMON_SERVER_SERVER_H

/*
 * The listening socket on the loop and its connections: accepting within the
 * limits, a share for every user, deadlines, stopping. Loop thread.
 */

#include "daemon/server/session.h"

struct server;

struct server_parts {
    uv_loop_t *loop;
    const struct config *config;
    struct dispatcher *dispatcher;
    struct subscriptions *subscriptions;
    unsigned max_connections;       /* in force */
    void (*stopped)(void *context); /* server_stop() is complete */
    /* The listening socket is broken (acceptor.h): replace it by
     * server_listen_again(), or stop. rc is accept()'s -errno. */
    void (*broken)(void *context, int rc);
    void *context;
};

/*
 * Serves what listens on fd (a listening, non-blocking AF_UNIX stream socket,
 * taken over: closed by the server). *server is new; the parts are borrowed
 * for life. 0, or -ENOMEM with *server NULL, or libuv's error; then the
 * caller still calls server_stop(), which closes the handles.
 */
int server_start(struct server **server, int fd,
                 const struct server_parts *parts);

/* Accepts from fd (as above) in place of the socket so far. 0, or a libuv
 * error. */
int server_listen_again(struct server *s, int fd);

/* Tries the waiting requests again: credit came, or a source moved. */
void server_retry(struct server *s);

/*
 * Stops accepting, answers what is in flight, closes every connection, at the
 * latest after config's server.shutdown_ms, then calls stopped() from the loop.
 * Once.
 */
void server_stop(struct server *s);

/* Frees it; after stopped(), and after the loop has run once more. NULL is
 * allowed. */
void server_destroy(struct server *s);

#endif
