/*
 * Happy path: on_connection() -> accept -> session. At the limit a connection
 * is left with the kernel: libuv watches the listening socket again only once
 * it is accepted, so nothing spins, and a session that closes accepts it.
 *
 * Stopping: server_stop() closes the listening handle and gives everybody who
 * waits a last chance; requests that are on their way get SETTLE_MS to arrive;
 * then quiet sessions are closed (new ones a little later), busy ones as they
 * finish (on_tick()), the rest when shutdown_ms is over. The last one closes
 * the timer, and the timer's close callback reports.
 */

#include "daemon/server.h"

#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/pool/secret.h"
#include "daemon/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <sodium.h>

/* A request that was sent before the stop is in the socket's buffer by then. */
#define SETTLE_MS 20

/* How often a stopping server looks for sessions that have become quiet. */
#define STOP_TICK_MS 10

/* The part of the connections that a single user can never take: 16 places of
 * 1024, so that one user may well have a thousand clients. */
#define RESERVED_SHARE 64

/* Users beyond this many share what the last of them has. */
#define USERS_MAX 64

/* Room for the replies of a turn: its share (output_per_turn_bytes) and the
 * largest get that can begin before that is used up, both as they are set by
 * default. Replies that do not fit leave from memory that is not locked. */
#define OUT_BYTES ((size_t)288 * 1024)

struct server {
    struct session_host host; /* first: a session's host is its server */
    struct server_parts parts;
    void *out_memory; /* of host.out, OUT_BYTES */
    uv_pipe_t listener;
    uv_timer_t timer; /* the nearest deadline */
    struct waiting waiting;
    struct ready ready;
    struct session *first;
    uint64_t stop_ms; /* when a stopping server closes the rest */
    bool has_pending; /* a connection that waits for a place */
    bool is_stopping;
    int open_handles; /* of the server itself, while it closes */
};

static void accept_one(struct server *s);
static void on_timer(uv_timer_t *timer);

static struct server_counts *counts_of(struct server *s)
{
    return s->parts.dispatcher->counts;
}

/* time */

static void arm(struct server *s, uint64_t at_ms)
{
    uint64_t now_ms = source_now_ms();
    s->host.armed_ms = at_ms;
    if (at_ms == UINT64_MAX)
        uv_timer_stop(&s->timer);
    else
        uv_timer_start(&s->timer, on_timer, at_ms > now_ms ? at_ms - now_ms : 0,
                       0);
}

static void on_deadline_set(struct session_host *host, uint64_t at_ms)
{
    struct server *s = (struct server *)host;
    if (!s->is_stopping)
        arm(s, at_ms);
}

/* Closes whose time has come, and finds the next deadline. Deadlines only ever
 * move the timer forward when they are nearer, so it may fire early and find
 * nothing: once per idle time-out, not once per request. */
static void check_deadlines(struct server *s)
{
    uint64_t now_ms = source_now_ms();
    s->host.armed_ms = UINT64_MAX;
    waiting_expire(&s->waiting, now_ms, false);
    uint64_t nearest = waiting_next_deadline(&s->waiting);
    struct session *next;
    for (struct session *session = s->first; session != NULL; session = next) {
        next = *session_next(session);
        uint64_t at_ms = session_check_deadline(session, now_ms);
        if (at_ms < nearest)
            nearest = at_ms;
    }
    arm(s, nearest);
}

/* stopping */

static void on_handle_closed(uv_handle_t *handle)
{
    struct server *s = handle->data;
    if (--s->open_handles == 0)
        s->parts.stopped(s->parts.context);
}

static void close_handles(struct server *s)
{
    if (uv_is_closing((uv_handle_t *)&s->timer))
        return;
    ready_close(&s->ready);
    uv_close((uv_handle_t *)&s->timer, on_handle_closed);
}

static void stop_tick(struct server *s)
{
    uint64_t now_ms = source_now_ms();
    bool is_over = now_ms >= s->stop_ms;
    struct session *next;
    for (struct session *session = s->first; session != NULL; session = next) {
        next = *session_next(session);
        if (is_over)
            session_close(session);
        else
            session_close_if_quiet(session, now_ms);
    }
    if (s->first == NULL)
        close_handles(s);
    else
        uv_timer_start(&s->timer, on_timer, STOP_TICK_MS, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct server *s = timer->data;
    dispatch_turn(s->parts.dispatcher, uv_now(s->parts.loop));
    if (s->is_stopping)
        stop_tick(s);
    else
        check_deadlines(s);
}

void server_stop(struct server *s)
{
    if (s->is_stopping)
        return;
    s->is_stopping = true;
    s->stop_ms = source_now_ms() + s->parts.config->server.shutdown_ms;
    s->parts.dispatcher->is_stopping = true;
    s->open_handles = 2; /* the listener, and at last the timer */
    uv_close((uv_handle_t *)&s->listener, on_handle_closed);
    dispatch_turn(s->parts.dispatcher, uv_now(s->parts.loop));
    waiting_expire(&s->waiting, 0, true);
    uv_timer_start(&s->timer, on_timer, s->first != NULL ? SETTLE_MS : 0, 0);
}

/* connections */

static void on_session_closed(struct session_host *host,
                              struct session *session)
{
    struct server *s = (struct server *)host;
    struct session *next = *session_next(session);
    struct session *previous = *session_previous(session);
    if (previous != NULL)
        *session_next(previous) = next;
    else
        s->first = next;
    if (next != NULL)
        *session_previous(next) = previous;
    counts_of(s)->connections--;
    if (s->has_pending && !s->is_stopping)
        accept_one(s);
}

static void link_session(struct server *s, struct session *session)
{
    *session_next(session) = s->first;
    if (s->first != NULL)
        *session_previous(s->first) = session;
    s->first = session;
    counts_of(s)->connections++;
    counts_of(s)->connections_total++;
}

/* Different users among the connections, at most USERS_MAX; the newest's too.
 */
static unsigned count_users(const struct server *s)
{
    uid_t users[USERS_MAX];
    unsigned count = 0;
    for (struct session *i = s->first; i != NULL; i = *session_next(i)) {
        uid_t uid = session_peer(i)->uid;
        unsigned at = 0;
        while (at < count && users[at] != uid)
            at++;
        if (at == count && count < USERS_MAX)
            users[count++] = uid;
    }
    return count;
}

/* Has the user of the newest session more than a share? Alone, a user leaves a
 * 64th free for the first other one; from two users on, the places are
 * split evenly among those who are connected. */
static bool is_over_share(const struct server *s, const struct peer *peer)
{
    unsigned max = s->parts.max_connections;
    if (s->parts.dispatcher->counts->connections <= max / 2)
        return false; /* no competition, no counting */
    unsigned own = 0;
    for (struct session *i = s->first; i != NULL; i = *session_next(i))
        own += session_peer(i)->uid == peer->uid;
    unsigned users = count_users(s);
    unsigned share = users <= 1 ? max - max / RESERVED_SHARE : max / users;
    return own > (share > 0 ? share : 1);
}

static void accept_one(struct server *s)
{
    s->has_pending = false;
    struct session *session = session_create(&s->host);
    if (session == NULL) {
        log_event(LOG_ERROR, "accept-failed", "reason=\"out of memory\"");
        s->has_pending = true; /* the next close tries again */
        return;
    }
    link_session(s, session);
    int rc = uv_accept((uv_stream_t *)&s->listener, session_handle(session));
    if (rc < 0) {
        log_event(LOG_WARNING, "accept-failed", "reason=\"%s\"",
                  uv_strerror(rc));
        session_close(session);
        return;
    }
    session_identify(session);
    const struct peer *peer = session_peer(session);
    if (is_over_share(s, peer)) {
        log_event(LOG_WARNING, "client-refused",
                  "uid=%ld reason=\"too many connections of one user\"",
                  (long)peer->uid);
        session_refuse(session, "your user has its share of the connections");
        return;
    }
    log_event(LOG_DEBUG, "client-connected", "uid=%ld pid=%ld", (long)peer->uid,
              (long)peer->pid);
    session_start(session);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct server *s = listener->data;
    if (status < 0) {
        log_event(LOG_WARNING, "accept-failed", "reason=\"%s\"",
                  uv_strerror(status));
        return;
    }
    if (counts_of(s)->connections < s->parts.max_connections) {
        accept_one(s);
        return;
    }
    s->has_pending = true;
    log_event(LOG_WARNING, "connections-full", "max_connections=%u",
              s->parts.max_connections);
}

/* life */

int server_start(struct server **server, int fd,
                 const struct server_parts *parts)
{
    struct server *s = calloc(1, sizeof(*s));
    *server = s;
    if (s == NULL)
        return -ENOMEM;
    s->parts = *parts;
    waiting_init(&s->waiting);
    ready_init(&s->ready, parts->loop);
    uv_timer_init(parts->loop, &s->timer);
    s->timer.data = s;
    s->host = (struct session_host){
        .loop = parts->loop,
        .config = parts->config,
        .dispatcher = parts->dispatcher,
        .waiting = &s->waiting,
        .subscribers = parts->subscribers,
        .ready = &s->ready,
        .armed_ms = UINT64_MAX, /* never */
        .deadline_set = on_deadline_set,
        .closed = on_session_closed,
    };

    bool is_locked = true; /* the keys' and rings' memory says it in status */
    s->out_memory = secret_alloc(OUT_BYTES, &is_locked);
    if (s->out_memory != NULL)
        buffer_use(&s->host.out, s->out_memory, OUT_BYTES);

    int rc = uv_pipe_init(parts->loop, &s->listener, 0);
    s->listener.data = s;
    if (rc == 0)
        rc = uv_pipe_open(&s->listener, fd);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&s->listener, LISTENER_BACKLOG,
                       on_connection);
    return rc;
}

void server_retry(struct server *s)
{
    dispatch_turn(s->parts.dispatcher, uv_now(s->parts.loop));
    waiting_run(&s->waiting);
}

void server_destroy(struct server *s)
{
    if (s == NULL)
        return;
    buffer_fini(&s->host.out);
    secret_free(s->out_memory, OUT_BYTES);
    stream_free_spare(s->host.spare);
    sodium_memzero(s, sizeof(*s));
    free(s);
}
