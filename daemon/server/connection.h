#ifndef ENTROPYD_DAEMON_SERVER_SESSION_PARTS_H
#define ENTROPYD_DAEMON_SERVER_SESSION_PARTS_H

/*
 * The inside of a session, for the four files that it is made of:
 *   session_life.c      beginning, deadlines, end
 *   session_turn.c      frames and turns
 *   session_requests.c  from a line to its replies, now or later
 *   session_output.c    sending: replies, raw bytes, notifications
 * Nobody else includes this.
 *
 * What can stand in the way of the next frame, each a member that is not NULL
 * or not 0 while it lasts, and who takes it away:
 *   held          a request waits           retry(), through the waiting list
 *   stream        raw bytes are being sent  session_go_on(), on_drained()
 *   num_backlogs  the client does not read  on_written()
 *   entry         its share of the turn is used up: the idle handle
 * While any of them stands, nothing is read. The input that came before it
 * stays in `input`, and session_go_on() takes it up again.
 */

#include "daemon/server/held.h"
#include "daemon/server/input.h"
#include "daemon/server/session.h"
#include "daemon/server/stream.h"

struct subscribed;

struct session {
    uv_pipe_t pipe;
    /* what every turn looks at, side by side: with hundreds of connections each
     * cache line is a miss */
    struct session_host *host;
    struct held *held;
    struct stream *stream;
    struct subscribed *subscribed; /* NULL: never was */
    uint64_t deadline_ms;          /* UINT64_MAX: none */
    unsigned num_backlogs;         /* writes that the client has yet to take */
    bool is_reading;
    bool is_draining; /* the stream's piece waits for the client */
    bool has_eof;     /* the client sends no more */
    bool is_skipping; /* the rest of a line that was too long */
    bool has_partial; /* its deadline is that of an unfinished line */
    bool has_asked;   /* a first line came */
    bool is_closing;
    struct peer peer;
    struct input input;
    struct ready_entry entry;
    /* the rest */
    struct session *next, *previous; /* the server's list */
    uint64_t began_ms;               /* when it was accepted */
    size_t unsent; /* queued for writing when last looked at */
};

/* session_life.c */

/* Sets the deadline that the present state asks for. */
void session_set_deadline(struct session *s);

/* session_turn.c */

/* Does anything stand in the way of the next frame? */
bool session_is_blocked(const struct session *s);

/* Something that stood in the way is gone: goes on with what is kept. */
void session_go_on(struct session *s);

/* The next turn of one that was cut short. */
void session_resume(struct ready_entry *entry);

/* After anything happened: reads if nothing stands in the way, closes what has
 * come to its end. */
void session_settle(struct session *s);

/* session_requests.c */

/* Answers a line of n bytes, or holds what must wait. */
void session_take_line(struct session *s, const char *line, size_t n);

/* Answers a line that is longer than it may be. */
void session_take_too_long(struct session *s);

/* session_output.c */

/* Sends the replies of this turn in one write, and wipes them. */
void session_flush(struct session *s);

/* Sends, behind the reply line, the bytes that it promised. */
void session_begin_stream(struct session *s, struct dispatch_bulk bulk);

/* Sends the next piece of the stream. */
void session_step_stream(struct session *s);

/* Is it subscribed to anything? */
bool session_is_subscribed(const struct session *s);

/* Answers subscribe and unsubscribe. */
void session_subscribe(struct session *s, const struct request *request,
                       struct buffer *out);

/* Delivers what a slow subscriber missed. */
void session_catch_up(struct session *s);

/* Ends its subscriptions, and frees them with the session. */
void session_unsubscribe(struct session *s);
void session_free_subscriptions(struct session *s);

#endif
