/* SPDX-License-Identifier: MIT */
/*
 * Accepting: acceptor -> on_accepted() -> find_place() -> session, or egd.
 * There is always an answer: a client who finds no place takes one of the user
 * who has the most, or is refused, so that the queue of those who connect never
 * fills.
 *
 * Stopping: server_stop() closes the listening socket and gives every waiting
 * request a last chance; requests that are on their way get SETTLE_MS to
 * arrive; then quiet connections are closed (new ones a little later), busy
 * ones as they finish or when their clients have stopped reading (stop_tick()),
 * the rest when shutdown_ms is over. The last one closes the timer, and the
 * timer's close callback reports.
 */

#include "daemon/server/server.h"

#include "base/monotonic.h"
#include "base/secret.h"
#include "base/wipe.h"
#include "daemon/host/log.h"
#include "daemon/server/acceptor.h"
#include "daemon/server/egd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* A request that was sent before the stop is in the socket's buffer by then. */
#define SETTLE_MS 20

/* How often a stopping server looks for connections that it may close, and how
 * long it waits for a client that does not read: half a second is forever to a
 * program that is about to read, and leaves as much of the second in which
 * SIGTERM is obeyed, however many such clients there are. */
#define STOP_TICK_MS   10
#define STOP_UNREAD_MS 500
_Static_assert(CONNECTION_UNREAD_LOOKS *STOP_TICK_MS == STOP_UNREAD_MS,
               "each tick looks once");

/* The part of the connections that is kept for the daemon's own user and root,
 * so that an operator can always ask for the status: 16 places of 1024. */
#define RESERVED_SHARE 64

/* A user who has no connection yet takes the place of one that was idle for
 * this long, even if each user has only one. */
#define LONG_IDLE_MS 1000

/* How often refusals are logged. */
#define LOG_REFUSALS_MS 60000

/* Room for the replies of an iteration: a connection's share of it
 * (output_per_iteration_bytes) and the largest get that can begin before that
 * is used up, both with the default settings. Replies that do not fit are sent
 * from memory that is not locked. */
#define OUT_BYTES ((size_t)288 * 1024)

/* A listening socket, and what is spoken there. */
struct endpoint {
    struct server *server;
    enum server_protocol protocol;
    struct acceptor acceptor;
    bool is_open; /* acceptor_close() is due */
};

struct server {
    struct session_host host;
    struct egd_host egd;
    struct server_parts parts;
    void *out_memory; /* of host.connections.out */
    struct endpoint endpoints[SERVER_PROTOCOLS];
    uv_timer_t timer;           /* the nearest deadline */
    uint64_t stop_ms;           /* when a stopping server closes the rest */
    uint64_t full_logged_ms;    /* when connections-full was; 0: never */
    uint64_t refused, given_up; /* since then */
    bool is_stopping;
    bool has_settled; /* since the stop every socket was looked at */
    int open_handles; /* of the server itself, while it closes */
};

static void on_timer(uv_timer_t *timer);

static struct server *server_of(struct connections *shared)
{
    return container_of(shared, struct server, host.connections);
}

static struct server_counts *counts_of(const struct server *s)
{
    return s->parts.dispatcher->counts;
}

static void update_time(struct server *s)
{
    dispatch_update_time(s->parts.dispatcher, uv_now(s->parts.loop));
}

typedef void each_connection(struct server *s, struct connection *c,
                             void *context);

/* `visit` may close its connection. */
static void for_each_connection(struct server *s, each_connection *visit,
                                void *context)
{
    struct list *i, *next_i;
    struct list *k, *next_k;
    list_for_each(i, next_i, &s->host.connections.users.all)
    {
        struct user *user = container_of(i, struct user, node);
        list_for_each(k, next_k, &user->connections)
            visit(s, container_of(k, struct connection, node), context);
    }
}

/* places */

/* Of this user's connections, the one that was idle for longest. NULL: none is
 * idle. */
static struct connection *longest_idle(const struct user *user)
{
    struct connection *longest = NULL;
    struct list *node;
    struct list *following;
    list_for_each(node, following, &user->connections)
    {
        struct connection *c = container_of(node, struct connection, node);
        if (connection_is_idle(c) &&
            (longest == NULL || c->active_ms < longest->active_ms))
            longest = c;
    }
    return longest;
}

/* Closes a connection of the largest holder, for a user who has `own`. Taking
 * one from a user who has only one more would only turn the two round. */
static bool take_place(struct server *s, unsigned own)
{
    struct user *largest = users_largest(&s->host.connections.users);
    if (largest == NULL)
        return false;
    struct connection *c = longest_idle(largest);
    if (largest->num_connections >= own + 2) {
        if (c == NULL) /* all are busy: the newest */
            c = container_of(largest->connections.prev, struct connection,
                             node);
    } else if (own > 0 || c == NULL ||
               monotonic_now_ms() - c->active_ms < LONG_IDLE_MS) {
        return false;
    }
    log_event(LOG_LEVEL_DEBUG, "connection-given-up", "uid=%ld pid=%ld",
              (long)c->peer.uid, (long)c->peer.pid);
    s->given_up++;
    connection_close(c);
    return true;
}

static void log_full(struct server *s)
{
    uint64_t now_ms = monotonic_now_ms();
    if (s->full_logged_ms != 0 && now_ms - s->full_logged_ms < LOG_REFUSALS_MS)
        return;
    const struct user *largest = users_largest(&s->host.connections.users);
    log_event(LOG_LEVEL_WARNING, "connections-full",
              "max_connections=%u users=%u refused=%" PRIu64
              " given_up=%" PRIu64 " largest_uid=%ld largest_connections=%u",
              s->parts.max_connections, s->host.connections.users.count,
              s->refused, s->given_up,
              largest != NULL ? (long)largest->uid : -1,
              largest != NULL ? largest->num_connections : 0);
    s->full_logged_ms = now_ms;
    s->refused = s->given_up = 0;
}

/* Is there a place for one more connection of this peer's user, or can one be
 * made? */
static bool find_place(struct server *s, const struct peer *peer)
{
    const struct users *users = &s->host.connections.users;
    unsigned max = s->parts.max_connections;
    unsigned reserved = max < RESERVED_SHARE ? max > 1 : max / RESERVED_SHARE;
    if (!peer_is_privileged(peer))
        max -= reserved;
    /* Room is made before it runs out: connections of clients who have left. */
    if (users->num_connections > max / 2)
        wait_queue_sweep(&s->host.queue, monotonic_now_ms());
    if (users->num_connections < max)
        return true;
    bool has_place = take_place(s, users_count_of(users, peer));
    s->refused += !has_place;
    log_full(s);
    return has_place;
}

/* accepting */

static bool on_prepare(void *context)
{
    const struct endpoint *endpoint = context;
    struct server *s = endpoint->server;
    return endpoint->protocol == SERVER_EGD ? egd_prepare(&s->egd)
                                            : session_prepare(&s->host);
}

/* EGD cannot say why. */
static void refuse_client(const struct endpoint *endpoint, int fd,
                          const char *why)
{
    if (endpoint->protocol == SERVER_JSON_RPC)
        session_refuse(&endpoint->server->host, fd, why);
    close(fd);
}

static void on_accepted(void *context, int fd)
{
    const struct endpoint *endpoint = context;
    struct server *s = endpoint->server;
    struct users *users = &s->host.connections.users;
    struct peer peer = peer_of(fd);
    update_time(s);
    counts_of(s)->connections_total++;
    if (!find_place(s, &peer)) {
        refuse_client(endpoint, fd,
                      users_count_of(users, &peer) > 0
                          ? "per-user connection limit reached"
                          : "connection limit reached");
        return;
    }
    struct user *user = users_join(users, &peer);
    if (user == NULL) {
        refuse_client(endpoint, fd, "out of memory");
        return;
    }
    counts_of(s)->connections = users->num_connections;
    log_event(LOG_LEVEL_DEBUG, "client-connected",
              "protocol=%s uid=%ld pid=%ld",
              server_protocol_name(endpoint->protocol), (long)peer.uid,
              (long)peer.pid);
    if (endpoint->protocol == SERVER_EGD)
        egd_start(&s->egd, user, &peer, fd);
    else
        session_start(&s->host, user, &peer, fd);
}

static void on_broken(void *context, int rc)
{
    const struct endpoint *endpoint = context;
    const struct server_parts *parts = &endpoint->server->parts;
    parts->broken(parts->context, endpoint->protocol, rc);
}

static void on_connection_closed(struct connections *shared)
{
    struct server *s = server_of(shared);
    counts_of(s)->connections = shared->users.num_connections;
    for (int i = 0; i < SERVER_PROTOCOLS; i++) {
        if (s->endpoints[i].is_open)
            acceptor_retry(&s->endpoints[i].acceptor);
    }
}

int server_listen_again(struct server *s, enum server_protocol protocol, int fd)
{
    return acceptor_replace(&s->endpoints[protocol].acceptor, fd);
}

/* deadlines */

static void arm(struct server *s, uint64_t at_ms)
{
    uint64_t now_ms = monotonic_now_ms();
    s->host.connections.armed_ms = at_ms;
    if (at_ms == UINT64_MAX)
        uv_timer_stop(&s->timer);
    else /* never at once: libuv would not leave its round of timers */
        uv_timer_start(&s->timer, on_timer, at_ms > now_ms ? at_ms - now_ms : 1,
                       0);
}

static void on_deadline_set(struct connections *shared, uint64_t at_ms)
{
    struct server *s = server_of(shared);
    if (!s->is_stopping)
        arm(s, at_ms);
}

/* Tries the waiting requests. */
static void run_queue(struct server *s)
{
    struct wait_queue *q = &s->host.queue;
    wait_queue_run(q, s->parts.dispatcher->now_ms);
    if (q->resume_ms != UINT64_MAX)
        connections_set_deadline(&s->host.connections, q->resume_ms);
}

/* Closes the connection if it is due. *context is the nearest deadline. */
static void check_deadline(struct server *s, struct connection *c,
                           void *context)
{
    uint64_t *nearest = context;
    (void)s;
    uint64_t at_ms = connection_check_deadline(c, monotonic_now_ms());
    if (at_ms < *nearest)
        *nearest = at_ms;
}

/* Closes what is due, and finds the next deadline. A deadline that is set moves
 * the timer only if it is nearer, so the timer may fire early and find nothing:
 * once per idle timeout, not once per request. */
static void check_deadlines(struct server *s)
{
    uint64_t now_ms = monotonic_now_ms();
    s->host.connections.armed_ms = UINT64_MAX;
    wait_queue_expire(&s->host.queue, now_ms, false);
    dispatch_look_at_tests(s->parts.dispatcher);
    uint64_t nearest = wait_queue_next_deadline(&s->host.queue);
    uint64_t tests_ms = dispatch_tests_deadline(s->parts.dispatcher);
    if (tests_ms < nearest)
        nearest = tests_ms;
    for_each_connection(s, check_deadline, &nearest);
    arm(s, nearest);
    if (s->host.queue.resume_ms <= now_ms)
        run_queue(s);
    else
        connections_set_deadline(&s->host.connections, s->host.queue.resume_ms);
}

/* stopping */

static void close_part(struct server *s)
{
    if (--s->open_handles == 0)
        s->parts.stopped(s->parts.context);
}

static void on_endpoint_closed(void *context)
{
    const struct endpoint *endpoint = context;
    close_part(endpoint->server);
}

static void on_timer_closed(uv_handle_t *handle)
{
    close_part(handle->data);
}

static void close_handles(struct server *s)
{
    if (uv_is_closing((uv_handle_t *)&s->timer))
        return;
    rounds_close(&s->host.connections.rounds);
    uv_close((uv_handle_t *)&s->timer, on_timer_closed);
}

static void close_done(struct server *s, struct connection *c, void *context)
{
    (void)s;
    connection_close_if_done(c, *(const uint64_t *)context);
}

static void close_any(struct server *s, struct connection *c, void *context)
{
    (void)s;
    (void)context;
    connection_close(c);
}

static void stop_tick(struct server *s)
{
    uint64_t now_ms = monotonic_now_ms();
    for_each_connection(s, now_ms >= s->stop_ms ? close_any : close_done,
                        &now_ms);
    if (s->host.connections.users.num_connections == 0)
        close_handles(s);
    else
        uv_timer_start(&s->timer, on_timer, STOP_TICK_MS, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct server *s = timer->data;
    update_time(s);
    if (s->is_stopping && !s->has_settled) {
        /* On a busy machine the timer comes before the requests that have
         * arrived: once around the loop. */
        s->has_settled = true;
        uv_timer_start(&s->timer, on_timer, 1, 0);
    } else if (s->is_stopping) {
        stop_tick(s);
    } else {
        check_deadlines(s);
    }
}

void server_stop(struct server *s)
{
    if (s->is_stopping)
        return;
    s->is_stopping = true;
    s->stop_ms = monotonic_now_ms() + s->parts.config->server.shutdown_ms;
    s->parts.dispatcher->is_stopping = true;
    s->open_handles = 1; /* at last, the timer */
    for (int i = 0; i < SERVER_PROTOCOLS; i++) {
        if (!s->endpoints[i].is_open)
            continue;
        s->endpoints[i].is_open = false;
        s->open_handles++;
        acceptor_close(&s->endpoints[i].acceptor);
    }
    update_time(s);
    wait_queue_expire(&s->host.queue, 0, true);
    dispatch_look_at_tests(s->parts.dispatcher);
    bool is_empty = s->host.connections.users.num_connections == 0;
    uv_timer_start(&s->timer, on_timer, is_empty ? 0 : SETTLE_MS, 0);
}

/* life */

static void init_connections(struct server *s)
{
    struct connections *shared = &s->host.connections;
    connections_init(shared, s->parts.loop);
    shared->config = s->parts.config;
    shared->deadline_set = on_deadline_set;
    shared->closed = on_connection_closed;

    bool is_locked = true; /* status tells it of the keys and the rings */
    s->out_memory = secret_alloc(OUT_BYTES, &is_locked);
    if (s->out_memory != NULL)
        buffer_use(&shared->out, s->out_memory, OUT_BYTES);
}

const char *server_protocol_name(enum server_protocol protocol)
{
    static const char *const names[SERVER_PROTOCOLS] = {
        [SERVER_JSON_RPC] = "json-rpc",
        [SERVER_EGD] = "egd",
    };
    return names[protocol];
}

static int open_endpoint(struct server *s, enum server_protocol protocol,
                         int fd)
{
    struct endpoint *endpoint = &s->endpoints[protocol];
    *endpoint = (struct endpoint){
        .server = s,
        .protocol = protocol,
        .is_open = true,
    };
    const struct acceptor_user user = {
        .prepare = on_prepare,
        .accepted = on_accepted,
        .broken = on_broken,
        .closed = on_endpoint_closed,
        .context = endpoint,
        .protocol = server_protocol_name(protocol),
    };
    return acceptor_start(&endpoint->acceptor, s->parts.loop,
                          s->parts.dispatcher->counts, fd, &user);
}

int server_start(struct server **server, const int fds[SERVER_PROTOCOLS],
                 const struct server_parts *parts)
{
    struct server *s = calloc(1, sizeof(*s));
    *server = s;
    if (s == NULL)
        return -ENOMEM;
    s->parts = *parts;
    init_connections(s);
    wait_queue_init(&s->host.queue);
    s->host.dispatcher = parts->dispatcher;
    s->host.subscriptions = parts->subscriptions;
    uv_timer_init(parts->loop, &s->timer);
    s->timer.data = s;
    s->egd = (struct egd_host){
        .connections = &s->host.connections,
        .dispatcher = parts->dispatcher,
        .queue = &s->host.queue,
    };

    int rc = 0;
    for (int i = 0; i < SERVER_PROTOCOLS; i++) {
        if (fds[i] >= 0 && rc == 0)
            rc = open_endpoint(s, (enum server_protocol)i, fds[i]);
        else if (fds[i] >= 0)
            close(fds[i]);
    }
    counts_of(s)->egd.is_listening = fds[SERVER_EGD] >= 0;
    return rc;
}

const struct users *server_users(const struct server *s)
{
    return &s->host.connections.users;
}

void server_retry(struct server *s)
{
    update_time(s);
    run_queue(s);
    dispatch_look_at_tests(s->parts.dispatcher);
}

void server_destroy(struct server *s)
{
    if (s == NULL)
        return;
    egd_host_fini(&s->egd);
    session_host_fini(&s->host);
    secret_free(s->out_memory, OUT_BYTES);
    wipe(s, sizeof(*s));
    free(s);
}
