/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SERVER_SESSION_H
#define ENTROPYD_DAEMON_SERVER_SESSION_H

/*
 * JSON-RPC on one connection: frames, their requests, and the order of their
 * replies, which is that of the requests. A request that waits holds up those
 * behind it, on its own connection only. Loop thread.
 */

#include "daemon/server/connection.h"
#include "daemon/server/dispatch.h"
#include "daemon/server/subscriptions.h"
#include "daemon/server/wait_queue.h"

/* What all sessions share; the server owns it and outlives them. */
struct session_host {
    struct connections connections;
    struct dispatcher *dispatcher;
    struct wait_queue queue;
    struct subscriptions *subscriptions;
    struct session *spare; /* memory for the next one; NULL: none yet */
};

/* Makes sure of the memory for one more session. False: there is none. */
bool session_prepare(struct session_host *host);

/* Serves the connected socket fd, which it takes over, after session_prepare().
 * `user` was joined for it. The session frees itself once it is closed. */
void session_start(struct session_host *host, struct user *user,
                   const struct peer *peer, int fd);

/* Answers a client that is not served with a `busy` error. fd stays the
 * caller's, to be closed. */
void session_refuse(struct session_host *host, int fd, const char *why);

/* Frees the spare memory. */
void session_host_fini(struct session_host *host);

#endif
