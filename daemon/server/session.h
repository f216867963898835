#ifndef ENTROPYD_DAEMON_SERVER_SESSION_H
#define ENTROPYD_DAEMON_SERVER_SESSION_H

/*
 * One connection: bytes in, lines, dispatch, bytes out. Replies leave in the
 * order of their requests; a request that waits holds those behind it, and a
 * client that does not read holds only itself. Loop thread.
 */

#include "daemon/server/dispatch.h"
#include "daemon/server/rounds.h"
#include "daemon/server/subscriptions.h"
#include "daemon/server/wait_queue.h"

#include <uv.h>

/* The one read buffer: as long as the longest line. */
#define SESSION_READ_BYTES 65536

struct session;

/* What all sessions share; the server owns it and outlives them. */
struct session_host {
    uv_loop_t *loop;
    const struct config *config;
    struct dispatcher *dispatcher;
    struct waiting *waiting;
    struct subscribers *subscribers;
    struct ready *ready;
    struct buffer out;    /* replies of the turn that runs now */
    struct stream *spare; /* memory of the last stream, for the next */
    char read_bytes[SESSION_READ_BYTES];
    uint64_t armed_ms; /* when the server next looks at deadlines */
    /* A deadline (monotonic_now_ms()) is nearer than armed_ms. */
    void (*deadline_set)(struct session_host *host, uint64_t at_ms);
    /* The session is closed and about to be freed. */
    void (*closed)(struct session_host *host, struct session *s);
};

/*
 * A session without a connection yet: accept into session_handle(), then call
 * session_identify() and session_start(), or session_close() if accepting
 * fails. New; frees itself
 * once closed. NULL without memory.
 */
struct session *session_create(struct session_host *host);
uv_stream_t *session_handle(struct session *s);

/* Reads the peer's credentials, once accepted and before anything else. */
void session_identify(struct session *s);
const struct peer *session_peer(const struct session *s);

/* Begins to serve it. */
void session_start(struct session *s);

/* Refuses the connection with a `busy` error and closes it. */
void session_refuse(struct session *s, const char *why);

/* Closes now; what is not sent is dropped. Idempotent. */
void session_close(struct session *s);

/* Closes if nothing is being answered or sent, unless its client has only just
 * connected and not asked yet. */
void session_close_if_quiet(struct session *s, uint64_t now_ms);

/* Closes if its deadline has come; the deadline now, UINT64_MAX for none. */
uint64_t session_check_deadline(struct session *s, uint64_t now_ms);

/* Links of the server's list. */
struct session **session_next(struct session *s);
struct session **session_previous(struct session *s);

#endif
