#ifndef ENTROPYD_DAEMON_SERVER_SESSION_H
#define ENTROPYD_DAEMON_SERVER_SESSION_H

/*
 * JSON-RPC on one connection: lines, their requests, and the order of their
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
};

/* A session whose connection can be accepted into, or closed; it frees itself
 * once closed. Returns that connection; NULL without memory. */
struct connection *session_create(struct session_host *host);

/* Refuses an accepted connection with a `busy` error and closes it. */
void session_refuse(struct connection *c, const char *why);

#endif
