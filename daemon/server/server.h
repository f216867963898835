/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SERVER_SERVER_H
#define ENTROPYD_DAEMON_SERVER_SERVER_H

/*
 * The listening sockets on the loop and their connections: accepting within the
 * limits, a share for every user, deadlines, stopping. Loop thread.
 */

#include "daemon/server/session.h"

/* What is spoken on a listening socket. */
enum server_protocol {
    SERVER_JSON_RPC,
    SERVER_EGD,
};

#define SERVER_PROTOCOLS 2

/* "json-rpc", "egd". */
const char *server_protocol_name(enum server_protocol protocol);

struct server;

struct server_parts {
    uv_loop_t *loop;
    const struct config *config;
    struct dispatcher *dispatcher;
    struct subscriptions *subscriptions;
    unsigned max_connections;       /* in force */
    void (*stopped)(void *context); /* server_stop() is complete */
    /* The listening socket of that protocol is broken (acceptor.h): replace it
     * by server_listen_again(), or stop. rc is accept()'s -errno. */
    void (*broken)(void *context, enum server_protocol protocol, int rc);
    void *context;
};

/*
 * Serves what listens on fds, by protocol (listening, non-blocking AF_UNIX
 * stream sockets, taken over: closed by the server; -1: this protocol is not
 * served). *server is new; the parts are borrowed for life. 0, or -ENOMEM with
 * *server NULL, or libuv's error; then the caller still calls server_stop(),
 * which closes the handles.
 */
int server_start(struct server **server, const int fds[SERVER_PROTOCOLS],
                 const struct server_parts *parts);

/* Accepts from fd (as above) in place of the protocol's socket so far. 0, or a
 * libuv error. */
int server_listen_again(struct server *s, enum server_protocol protocol,
                        int fd);

/* The users who are connected; borrowed until server_destroy(). */
const struct users *server_users(const struct server *s);

/* Tries the waiting requests again: credit came, or a source moved. */
void server_retry(struct server *s);

/*
 * Stops accepting, answers what is in flight, closes every connection, one
 * whose client has read nothing for half a second, the last one at the latest
 * after config's server.shutdown_ms, then calls stopped() from the loop.
 * Once.
 */
void server_stop(struct server *s);

/* Frees it; after stopped(), and after the loop has run once more. NULL is
 * allowed. */
void server_destroy(struct server *s);

#endif
