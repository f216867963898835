/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SERVER_CONNECTION_H
#define ENTROPYD_DAEMON_SERVER_CONNECTION_H

/*
 * The transport of one connection: reading, and keeping what has not been used
 * yet; writing, and keeping what the client has not taken yet; deadlines;
 * closing. It knows no requests: a protocol above it (daemon/server/session.h)
 * is called back with the bytes. Loop thread.
 *
 * What can be in the way of the next bytes, each a member that is not NULL
 * or not 0 while it lasts, and who takes it away:
 *   is_held       a request waits                 the protocol
 *   stream        raw bytes are being sent        connection_go_on()
 *   num_backlogs  the client does not read        on_written()
 *   entry         its share of the iteration, or  the rounds
 *                 its user's, is used up
 * While any of them lasts, nothing is read. The input that came before it
 * stays in `input`, and connection_go_on() takes it up again.
 */

#include "base/buffer.h"
#include "base/list.h"
#include "daemon/host/peer.h"
#include "daemon/server/users.h"
#include "daemon/settings/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

/* The one read buffer: as long as the longest line. */
#define CONNECTION_READ_BYTES 65536

/* See connection_close_if_done(). A client that has just connected is about to
 * ask, even if it must wait for a processor: it is given so many milliseconds.
 */
#define CONNECTION_UNREAD_LOOKS 50
#define CONNECTION_FRESH_MS     500

struct connection;
struct stream;

/* What the protocol above is told, and asked. None of it is called after
 * on_closing() but on_closed(). */
struct connection_protocol {
    /*
     * Bytes arrived, or what was in the way of kept ones is gone. Returns how
     * many of the n bytes were used; the rest is kept and handed over again
     * with what follows. Ends early where connection_is_blocked() or the
     * connection is closed. What it appends to shared->out is sent afterwards.
     * Once has_eof nothing follows; what is not used then is dropped.
     */
    size_t (*on_bytes)(struct connection *c, const char *bytes, size_t n);
    /* The next n bytes for connection_stream(). 0, or -errno; then the
     * connection is closed. NULL: it never streams. */
    int (*on_fill)(struct connection *c, void *out, size_t n);
    /* A connection that is held called connection_yield(): its round came.
     * NULL: none does. */
    void (*on_round)(struct connection *c);
    /* Everything that there was to do is done, and the client reads. NULL:
     * nothing more to do. */
    void (*on_idle)(struct connection *c);
    /* The connection is being closed: leave every list. */
    void (*on_closing)(struct connection *c);
    /* It is closed: free it. */
    void (*on_closed)(struct connection *c);
};

/* What all connections of a server share; the server owns it and outlives
 * them. */
struct connections {
    uv_loop_t *loop;
    const struct config *config;
    struct users users; /* and through them, all open connections */
    struct rounds rounds;
    struct buffer out;    /* replies that connection_flush() sends next */
    struct stream *spare; /* memory of the last stream, for the next one */
    uint64_t loop_ms;     /* uv_now() when now_ms was read */
    uint64_t now_ms;      /* monotonic_now_ms() of this iteration */
    uint64_t armed_ms;    /* when the server next looks at deadlines */
    /* A deadline (monotonic_now_ms()) is nearer than armed_ms. */
    void (*deadline_set)(struct connections *shared, uint64_t at_ms);
    /* One more connection is closed; its user has left it already. */
    void (*closed)(struct connections *shared);
    char read_bytes[CONNECTION_READ_BYTES];
};

struct connection {
    uv_pipe_t pipe;
    /* what every iteration looks at, side by side: with hundreds of connections
     * each cache line is a miss */
    struct connections *shared;
    const struct connection_protocol *protocol;
    struct user *user;
    struct stream *stream;
    uint64_t deadline_ms;     /* UINT64_MAX: none */
    uint64_t active_ms;       /* when it was last busy, or accepted */
    uint8_t num_backlogs;     /* writes that the client has not taken yet: two
                               * at most */
    bool is_held;             /* the protocol's: a request waits */
    bool is_unfinished;       /* the protocol's: a request has arrived in part,
                               * though all its bytes were used */
    bool has_asked;           /* the protocol's: a first request came */
    bool may_be_idle;         /* the protocol's: it has subscriptions, and so no
                               * idle timeout */
    bool has_no_idle_timeout; /* the protocol's */
    bool is_reading;
    bool is_deferred;     /* there is something to read in its next round */
    bool is_draining;     /* the stream's piece waits for the client */
    bool has_eof;         /* the client sends no more, or it is of no use */
    bool has_partial;     /* its deadline is that of an unfinished request */
    uint8_t unread_looks; /* connection_close_if_done() in which its client had
                           * read nothing more */
    bool is_closing;
    struct peer peer;
    uint32_t unread; /* of what was written to the client, when its deadline
                      * was last set */
    struct {
        char *bytes;            /* NULL while there are none */
        uint32_t start, length; /* bytes[start..start + length) */
        uint32_t capacity;
    } input; /* arrived, and not used yet: a request and what was read at once
              * with its end */
    struct round_entry entry;
    /* the rest */
    struct list node; /* in user->connections */
};

/*
 * Begins to serve the connected socket fd, which it takes over, also when this
 * fails; then the connection closes and frees itself. c is zeroed; `user` was
 * joined for it.
 */
void connection_start(struct connection *c, struct connections *shared,
                      const struct connection_protocol *protocol,
                      struct user *user, const struct peer *peer, int fd);

/* Closes now; what is not sent is dropped. Idempotent. */
void connection_close(struct connection *c);

/* Looks whether a server that stops may close it, and closes it: nothing is
 * being answered or sent, and its client did not connect within the last
 * CONNECTION_FRESH_MS to ask, nor has its first request arrived; or the client
 * has read nothing in CONNECTION_UNREAD_LOOKS looks. Between two, the loop
 * runs. */
void connection_close_if_done(struct connection *c, uint64_t now_ms);

/* Is there no request, no reply, no part of one and no subscription? */
bool connection_is_idle(const struct connection *c);

/* Closes if its deadline has come. Returns the deadline now, UINT64_MAX for
 * none. */
uint64_t connection_check_deadline(struct connection *c, uint64_t now_ms);

/* Sees to it that the server looks at deadlines at at_ms. */
void connections_set_deadline(struct connections *shared, uint64_t at_ms);

/* Makes the users and the rounds of a zeroed struct; the rest is the server's
 * to fill in. */
void connections_init(struct connections *shared, uv_loop_t *loop);

/* Frees what is shared; no connection is left. */
void connections_fini(struct connections *shared);

/* For the protocol. */

/* Is anything in the way of the next bytes? */
bool connection_is_blocked(const struct connection *c);

/* Something that was in the way is gone: goes on with what is kept. */
void connection_go_on(struct connection *c);

/* Has the client left altogether? Costs a poll(). */
bool connection_is_gone(const struct connection *c);

/* No more of what the client sends is read: the connection closes when all that
 * it was answered is sent. */
void connection_end(struct connection *c);

/* A request has ended: what follows has a time of its own. */
void connection_end_request(struct connection *c);

/* Its share of this iteration is used up: goes on in the next round. */
void connection_yield(struct connection *c);

/* What one on_bytes() has used of its iteration; zeroed at its beginning. */
struct connection_share {
    unsigned requests;
    size_t looked; /* of the bytes used, those before the last look at the
                    * clock */
};

/* May one more request be handled in this iteration, after `used` bytes? If
 * not, the connection has yielded. */
bool connection_may_continue(struct connection *c,
                             struct connection_share *share, size_t used);

/* Sends shared->out in one write, and wipes it. Without memory for all of it
 * the connection ends: a missing reply would shift all later ones. */
void connection_flush(struct connection *c);

/* Sends n bytes that nothing else is sent with, if the client can take them
 * now; false if not. */
bool connection_send(struct connection *c, const char *bytes, size_t n);

/* Sends n bytes of on_fill() after what is in shared->out now. */
void connection_stream(struct connection *c, uint32_t n);

#endif
