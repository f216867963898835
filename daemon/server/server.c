/*
 * Accepting: on_connection() -> accept_one() -> session. At the limit a
 * connection is left with the kernel: libuv watches the listening socket again
 * only once it is accepted, so nothing spins, and a connection that closes
 * accepts it.
 *
 * Stopping: server_stop() closes the listening handle and gives every waiting
 * request a last chance; requests that are on their way get SETTLE_MS to
 * arrive; then quiet connections are closed (new ones a little later), busy
 * ones as they finish (stop_tick()), the rest when shutdown_ms is over. The
 * last one closes the timer, and the timer's close callback reports.
 */

#include "daemon/server/server.h"

#include "base/monotonic.h"
#include "base/secret.h"
#include "base/wipe.h"
#include "daemon/host/listener.h"
#include "daemon/host/log.h"

#include <errno.h>
#include <stdlib.h>

/* A request that was sent before the stop is in the socket's buffer by then. */
#define SETTLE_MS 20

/* How often a stopping server looks for connections that have become quiet. */
#define STOP_TICK_MS 10

/* How soon accepting is tried again after memory was short. */
#define ACCEPT_AGAIN_MS 100

/* The part of the connections that a single user can never take: 16 places of
 * 1024, so that one user may well have a thousand clients. */
#define RESERVED_SHARE 64

/* Users beyond this many share what the last of them has. */
#define USERS_MAX 64

/* Room for the replies of an iteration: a connection's share of it
 * (output_per_iteration_bytes) and the largest get that can begin before that
 * is used up, both with the default settings. Replies that do not fit are sent
 * from memory that is not locked. */
#define OUT_BYTES ((size_t)288 * 1024)

struct server {
    struct session_host host;
    struct server_parts parts;
    void *out_memory; /* of host.connections.out */
    uv_pipe_t listener;
    uv_timer_t timer; /* the nearest deadline */
    uint64_t stop_ms; /* when a stopping server closes the rest */
    bool has_pending; /* a connection that waits for a place */
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

/* accepting */

/* Different users among the connections, at most USERS_MAX; the newest's too.
 */
static unsigned count_users(const struct server *s)
{
    uid_t users[USERS_MAX];
    unsigned count = 0;
    struct list *node;
    struct list *following;
    list_for_each(node, following, &s->host.connections.open)
    {
        uid_t uid = container_of(node, struct connection, node)->peer.uid;
        unsigned at = 0;
        while (at < count && users[at] != uid)
            at++;
        if (at == count && count < USERS_MAX)
            users[count++] = uid;
    }
    return count;
}

static unsigned count_connections_of(const struct server *s, uid_t uid)
{
    unsigned count = 0;
    struct list *node;
    struct list *following;
    list_for_each(node, following, &s->host.connections.open) count +=
        container_of(node, struct connection, node)->peer.uid == uid;
    return count;
}

/* Has the user of the newest connection more than a share? Alone, a user leaves
 * a 64th free for the first other one; from two users on, the places are split
 * evenly among those who are connected. */
static bool is_over_share(const struct server *s, const struct peer *peer)
{
    unsigned max = s->parts.max_connections;
    if (counts_of(s)->connections <= max / 2)
        return false; /* no competition, no counting */
    unsigned users = count_users(s);
    unsigned share = users <= 1 ? max - max / RESERVED_SHARE : max / users;
    return count_connections_of(s, peer->uid) > (share > 0 ? share : 1);
}

/* Makes room before it runs out: closing takes an iteration of the loop. */
static void make_room(struct server *s)
{
    if (counts_of(s)->connections > s->parts.max_connections / 2)
        wait_queue_sweep(&s->host.queue, monotonic_now_ms());
}

static void accept_one(struct server *s)
{
    s->has_pending = false;
    struct connection *c = session_create(&s->host);
    if (c == NULL) {
        log_event(LOG_LEVEL_ERROR, "accept-failed", "reason=\"out of memory\"");
        s->has_pending = true;
        connections_set_deadline(&s->host.connections,
                                 monotonic_now_ms() + ACCEPT_AGAIN_MS);
        return;
    }
    counts_of(s)->connections++;
    counts_of(s)->connections_total++;
    int rc = uv_accept((uv_stream_t *)&s->listener, connection_handle(c));
    if (rc < 0) {
        log_event(LOG_LEVEL_WARNING, "accept-failed", "reason=\"%s\"",
                  uv_strerror(rc));
        connection_close(c);
        return;
    }
    connection_identify(c);
    if (is_over_share(s, &c->peer)) {
        log_event(LOG_LEVEL_WARNING, "connection-refused",
                  "uid=%ld reason=\"too many connections of one user\"",
                  (long)c->peer.uid);
        session_refuse(c, "per-user connection limit reached");
        return;
    }
    log_event(LOG_LEVEL_DEBUG, "client-connected", "uid=%ld pid=%ld",
              (long)c->peer.uid, (long)c->peer.pid);
    connection_start(c);
}

/* Accepts who waits, for a place or for memory, if there is a place. */
static void accept_pending(struct server *s)
{
    if (s->has_pending && counts_of(s)->connections < s->parts.max_connections)
        accept_one(s);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct server *s = container_of(listener, struct server, listener);
    if (status < 0) {
        log_event(LOG_LEVEL_WARNING, "accept-failed", "reason=\"%s\"",
                  uv_strerror(status));
        return;
    }
    make_room(s);
    if (counts_of(s)->connections < s->parts.max_connections) {
        accept_one(s);
        return;
    }
    s->has_pending = true;
    log_event(LOG_LEVEL_WARNING, "connections-full", "max_connections=%u",
              s->parts.max_connections);
}

static void on_connection_closed(struct connections *shared,
                                 struct connection *c)
{
    (void)c;
    struct server *s = server_of(shared);
    counts_of(s)->connections--;
    if (!s->is_stopping)
        accept_pending(s);
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

/* Closes what is due, and finds the next deadline. A deadline that is set moves
 * the timer only if it is nearer, so the timer may fire early and find nothing:
 * once per idle timeout, not once per request. */
static void check_deadlines(struct server *s)
{
    uint64_t now_ms = monotonic_now_ms();
    struct list *node;
    struct list *following;
    s->host.connections.armed_ms = UINT64_MAX;
    wait_queue_expire(&s->host.queue, now_ms, false);
    uint64_t nearest = wait_queue_next_deadline(&s->host.queue);
    list_for_each(node, following, &s->host.connections.open)
    {
        struct connection *c = container_of(node, struct connection, node);
        uint64_t at_ms = connection_check_deadline(c, now_ms);
        if (at_ms < nearest)
            nearest = at_ms;
    }
    arm(s, nearest);
    accept_pending(s);
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
    rounds_close(&s->host.connections.rounds);
    uv_close((uv_handle_t *)&s->timer, on_handle_closed);
}

static void stop_tick(struct server *s)
{
    uint64_t now_ms = monotonic_now_ms();
    struct list *node;
    struct list *following;
    list_for_each(node, following, &s->host.connections.open)
    {
        struct connection *c = container_of(node, struct connection, node);
        if (now_ms >= s->stop_ms)
            connection_close(c);
        else
            connection_close_if_quiet(c, now_ms);
    }
    if (list_is_empty(&s->host.connections.open))
        close_handles(s);
    else
        uv_timer_start(&s->timer, on_timer, STOP_TICK_MS, 0);
}

static void update_time(struct server *s)
{
    dispatch_update_time(s->parts.dispatcher, uv_now(s->parts.loop));
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
    s->open_handles = 2; /* the listener, and at last the timer */
    uv_close((uv_handle_t *)&s->listener, on_handle_closed);
    update_time(s);
    wait_queue_expire(&s->host.queue, 0, true);
    bool is_empty = list_is_empty(&s->host.connections.open);
    uv_timer_start(&s->timer, on_timer, is_empty ? 0 : SETTLE_MS, 0);
}

/* life */

static void init_connections(struct server *s)
{
    struct connections *shared = &s->host.connections;
    shared->loop = s->parts.loop;
    shared->config = s->parts.config;
    shared->armed_ms = UINT64_MAX; /* never */
    shared->deadline_set = on_deadline_set;
    shared->closed = on_connection_closed;
    list_init(&shared->open);
    rounds_init(&shared->rounds, s->parts.loop);

    bool is_locked = true; /* status tells it of the keys and the rings */
    s->out_memory = secret_alloc(OUT_BYTES, &is_locked);
    if (s->out_memory != NULL)
        buffer_use(&shared->out, s->out_memory, OUT_BYTES);
}

int server_start(struct server **server, int fd,
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
    update_time(s);
    wait_queue_run(&s->host.queue);
}

void server_destroy(struct server *s)
{
    if (s == NULL)
        return;
    connections_fini(&s->host.connections);
    secret_free(s->out_memory, OUT_BYTES);
    wipe(s, sizeof(*s));
    free(s);
}
