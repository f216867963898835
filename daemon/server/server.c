/*
 * Stopping: server_stop() closes the listening handle and gives everybody who
 * waits a last chance; requests that are on their way get SETTLE_MS to arrive;
 * then quiet sessions are closed (new ones a little later), busy ones as they
 * finish (stop_tick()), the rest when shutdown_ms is over. The last one closes
 * the timer, and the timer's close callback reports.
 */

#include "daemon/server/server_parts.h"

#include "base/monotonic.h"
#include "base/secret.h"
#include "base/wipe.h"
#include "daemon/host/listener.h"
#include "daemon/server/stream.h"

#include <errno.h>
#include <stdlib.h>

/* A request that was sent before the stop is in the socket's buffer by then. */
#define SETTLE_MS 20

/* How often a stopping server looks for sessions that have become quiet. */
#define STOP_TICK_MS 10

/* Room for the replies of a turn: its share (output_per_iteration_bytes) and
 * the largest get that can begin before that is used up, both as they are set
 * by default. Replies that do not fit leave from memory that is not locked. */
#define OUT_BYTES ((size_t)288 * 1024)

static void on_timer(uv_timer_t *timer);

/* time */

static void arm(struct server *s, uint64_t at_ms)
{
    uint64_t now_ms = monotonic_now_ms();
    s->host.armed_ms = at_ms;
    if (at_ms == UINT64_MAX)
        uv_timer_stop(&s->timer);
    else /* never at once: libuv would not leave its round of timers */
        uv_timer_start(&s->timer, on_timer, at_ms > now_ms ? at_ms - now_ms : 1,
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
    uint64_t now_ms = monotonic_now_ms();
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
    server_accept_pending(s);
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
    uint64_t now_ms = monotonic_now_ms();
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
    if (s->is_stopping && !s->has_settled) {
        /* Where the processor was elsewhere meanwhile, the timer comes before
         * the requests that arrived: once around the loop. */
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
    dispatch_turn(s->parts.dispatcher, uv_now(s->parts.loop));
    waiting_expire(&s->waiting, 0, true);
    uv_timer_start(&s->timer, on_timer, s->first != NULL ? SETTLE_MS : 0, 0);
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
        .closed = server_on_session_closed,
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
                       server_on_connection);
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
    wipe(s, sizeof(*s));
    free(s);
}
