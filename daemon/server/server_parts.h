#ifndef ENTROPYD_DAEMON_SERVER_SERVER_PARTS_H
#define ENTROPYD_DAEMON_SERVER_SERVER_PARTS_H

/*
 * The inside of the server, for the two files that it is made of:
 *   server_life.c         start, deadlines, stop
 *   server_connections.c  who is connected: accepting, limit, shares
 * Nobody else includes this.
 */

#include "daemon/server/server.h"

struct server {
    struct session_host host; /* first: a session's host is its server */
    struct server_parts parts;
    void *out_memory; /* of host.out, as long as that is at the start */
    uv_pipe_t listener;
    uv_timer_t timer; /* the nearest deadline */
    struct waiting waiting;
    struct ready ready;
    struct session *first;
    uint64_t stop_ms; /* when a stopping server closes the rest */
    bool has_pending; /* a connection that waits for a place */
    bool is_stopping;
    bool has_settled; /* since the stop every socket was looked at */
    int open_handles; /* of the server itself, while it closes */
};

/* server_connections.c: uv_listen()'s callback. */
void server_on_connection(uv_stream_t *listener, int status);

/* server_connections.c: accepts who waits, for a place or for memory, if there
 * is a place. */
void server_accept_pending(struct server *s);

/* server_connections.c: session_host's closed(): takes it off the list, and
 * gives its place to who waits for one. */
void server_on_session_closed(struct session_host *host,
                              struct session *session);

#endif
