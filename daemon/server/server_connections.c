/*
 * Happy path: server_on_connection() -> accept_one() -> session. At the limit a
 * connection is left with the kernel: libuv watches the listening socket again
 * only once it is accepted, so nothing spins, and a session that closes accepts
 * it.
 */

#include "daemon/server/server_parts.h"

#include "base/monotonic.h"
#include "daemon/host/log.h"

/* The part of the connections that a single user can never take: 16 places of
 * 1024, so that one user may well have a thousand clients. */
#define RESERVED_SHARE 64

/* Users beyond this many share what the last of them has. */
#define USERS_MAX 64

/* How soon a connection is tried again that there was no memory for. */
#define ACCEPT_AGAIN_MS 100

static struct server_counts *counts_of(struct server *s)
{
    return s->parts.dispatcher->counts;
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

/* Makes room before it runs out: closing takes a turn of the loop. */
static void make_room(struct server *s)
{
    if (counts_of(s)->connections > s->parts.max_connections / 2)
        waiting_sweep(&s->waiting, monotonic_now_ms());
}

static void accept_one(struct server *s)
{
    s->has_pending = false;
    struct session *session = session_create(&s->host);
    if (session == NULL) {
        log_event(LOG_LEVEL_ERROR, "accept-failed", "reason=\"out of memory\"");
        s->has_pending = true;
        uint64_t again_ms = monotonic_now_ms() + ACCEPT_AGAIN_MS;
        if (again_ms < s->host.armed_ms)
            s->host.deadline_set(&s->host, again_ms);
        return;
    }
    link_session(s, session);
    int rc = uv_accept((uv_stream_t *)&s->listener, session_handle(session));
    if (rc < 0) {
        log_event(LOG_LEVEL_WARNING, "accept-failed", "reason=\"%s\"",
                  uv_strerror(rc));
        session_close(session);
        return;
    }
    session_identify(session);
    const struct peer *peer = session_peer(session);
    if (is_over_share(s, peer)) {
        log_event(LOG_LEVEL_WARNING, "client-refused",
                  "uid=%ld reason=\"too many connections of one user\"",
                  (long)peer->uid);
        session_refuse(session, "your user has its share of the connections");
        return;
    }
    log_event(LOG_LEVEL_DEBUG, "client-connected", "uid=%ld pid=%ld",
              (long)peer->uid, (long)peer->pid);
    session_start(session);
}

void server_accept_pending(struct server *s)
{
    if (s->has_pending && counts_of(s)->connections < s->parts.max_connections)
        accept_one(s);
}

void server_on_connection(uv_stream_t *listener, int status)
{
    struct server *s = listener->data;
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

void server_on_session_closed(struct session_host *host,
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
    if (!s->is_stopping)
        server_accept_pending(s);
}
