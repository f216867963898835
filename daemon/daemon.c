/*
 * Start: configuration; process limits; the socket (so that a second daemon
 * ends here); root's rights given up; sources and their rings; the pool; the
 * loop with its handles; the server; the workers last, because they ring the
 * bell.
 *
 * Running: clients come through the server. Workers ring the bell, which
 * on_bell() hears once for any number of rings: it looks at every source's
 * moves, seeds the generator when that has become possible, and tries the
 * waiting requests again.
 *
 * End: on_stop_signal() -> server_stop() answers what is in flight ->
 * on_server_stopped() stops and joins the workers and closes the remaining
 * handles -> the loop runs empty -> secrets are wiped, the socket is unlinked.
 */

#include "daemon/daemon.h"

#include "daemon/activation.h"
#include "daemon/crew.h"
#include "daemon/keys.h"
#include "daemon/listener.h"
#include "daemon/privileges.h"
#include "daemon/process.h"
#include "daemon/server.h"
#include "daemon/suspend.h"
#include "protocol/version.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <sodium.h>

/* Descriptors beside the connections': sources, loop, log, files. */
#define OWN_DESCRIPTORS 256

struct daemon {
    const struct options *options;
    const struct config_collectors *collectors;
    struct config config;
    struct config_origins origins;
    struct listener listener;
    struct crew crew;
    struct pool *pool;
    struct server_counts counts;
    struct status_view view;
    struct dispatcher dispatcher;
    struct subscribers subscribers;
    struct worker_bell bell;
    struct server *server;
    uv_loop_t loop;
    uv_async_t async;
    uv_signal_t terminate, interrupt, hangup;
    bool is_stopping;
    int status; /* main()'s value */
};

/* what wakes it */

static void log_move(const struct daemon *d, size_t i,
                     const struct source_move *move, uint64_t lost)
{
    char reason[2 * COLLECTOR_WHY_MAX];
    bool is_bad = move->to == SOURCE_FAILED || move->to == SOURCE_SUSPECT;
    if (lost > 0)
        log_event(LOG_WARNING, "moves-lost", "source=%s count=%" PRIu64,
                  d->crew.sources[i].collector->name, lost);
    log_event(is_bad || move->from == move->to ? LOG_WARNING : LOG_INFO,
              move->from == move->to ? "source-trouble" : "source-moved",
              "source=%s from=%s to=%s reason=%s",
              d->crew.sources[i].collector->name, source_state_name(move->from),
              source_state_name(move->to),
              log_quote(move->reason, reason, sizeof(reason)));
}

static void look_at_moves(struct daemon *d)
{
    for (size_t i = 0; i < d->crew.count; i++) {
        struct source_move move;
        uint64_t lost;
        while (source_next_move(&d->crew.sources[i], &move, &lost)) {
            log_move(d, i, &move, lost);
            subscribers_health(&d->subscribers, i, &move);
        }
    }
}

/* Tells the service manager, and the log where that fails: it would look like
 * a start that never ends. */
static void notify_manager(const char *state)
{
    int rc = activation_notify(state);
    if (rc < 0)
        log_event(LOG_WARNING, "not-notified", "reason=\"%s\"",
                  uv_strerror(rc));
}

static void try_to_seed(struct daemon *d)
{
    if (atomic_load_explicit(&d->bell.is_seeded, memory_order_relaxed))
        return;
    /* Before looking: what is published after this rings again. */
    atomic_store_explicit(&d->bell.is_credit_wanted, true,
                          memory_order_relaxed);
    if (!pool_try_seed(d->pool, source_now_ms()))
        return;
    atomic_store_explicit(&d->bell.is_seeded, true, memory_order_relaxed);
    atomic_store_explicit(&d->bell.is_credit_wanted, false,
                          memory_order_relaxed);
    log_event(LOG_INFO, "seeded", "uptime_ms=%" PRIu64,
              status_uptime_ms(&d->view));
    notify_manager("READY=1\nSTATUS=seeded");
}

static void on_bell(uv_async_t *async)
{
    struct daemon *d = async->data;
    look_at_moves(d);
    try_to_seed(d);
    server_retry(d->server);
}

/* Worker threads: uv_async_send() may be called from anywhere, and many rings
 * become one wake-up. */
static void ring_async(void *context)
{
    struct daemon *d = context;
    (void)uv_async_send(&d->async);
}

static void on_stop_signal(uv_signal_t *handle, int number)
{
    struct daemon *d = handle->data;
    if (d->is_stopping)
        return;
    d->is_stopping = true;
    log_event(LOG_INFO, "stopping", "signal=%d", number);
    notify_manager("STOPPING=1");
    server_stop(d->server);
}

static void take_over(struct daemon *d, const struct config *fresh)
{
    size_t index = 0;
    struct key key;
    while (config_next_change(&d->config, fresh, d->collectors, &index, &key))
        log_event(key.changes_running ? LOG_INFO : LOG_WARNING,
                  "config-changed", "key=%s applies=%s", key.name,
                  key.changes_running ? "now" : "after-restart");
    config_take_running(&d->config, fresh, d->collectors);
    log_set_level(d->config.log_level);
    crew_reload(&d->crew, &d->config);
}

static void on_hangup(uv_signal_t *handle, int number)
{
    (void)number;
    struct daemon *d = handle->data;
    struct config fresh;
    struct config_origins origins;
    char why[CONFIG_WHY_MAX] = "";
    char quoted[2 * CONFIG_WHY_MAX];
    if (options_configure(d->options, d->collectors, &fresh, &origins, why,
                          sizeof(why)) < 0) {
        log_event(LOG_ERROR, "config-refused", "kept=running reason=%s",
                  log_quote(why, quoted, sizeof(quoted)));
        return;
    }
    d->origins = origins;
    take_over(d, &fresh);
}

/* the end */

static void close_handle(void *handle)
{
    /* A zeroed handle is one that was never initialised. */
    if (uv_handle_get_type(handle) != UV_UNKNOWN_HANDLE &&
        !uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void on_server_stopped(void *context)
{
    struct daemon *d = context;
    crew_stop(&d->crew); /* nobody rings any more */
    look_at_moves(d);
    subscribers_close(&d->subscribers);
    close_handle(&d->async);
    close_handle(&d->terminate);
    close_handle(&d->interrupt);
    close_handle(&d->hangup);
}

/* the start */

/* Logs why a part could not be had; the program's value. */
static int give_up(const char *event, const char *why)
{
    char quoted[2 * CONFIG_WHY_MAX];
    log_event(LOG_ERROR, event, "reason=%s",
              log_quote(why, quoted, sizeof(quoted)));
    return EX_UNAVAILABLE;
}

/* The connections that the descriptor limit leaves room for. */
static unsigned connections_allowed(const struct config *config)
{
    unsigned wanted = config->server.max_connections;
    int limit = process_raise_descriptors(wanted + OWN_DESCRIPTORS);
    if (limit < 0 || (unsigned)limit >= wanted + OWN_DESCRIPTORS)
        return wanted;
    unsigned allowed = (unsigned)limit > 2 * OWN_DESCRIPTORS
                           ? (unsigned)limit - OWN_DESCRIPTORS
                           : (unsigned)limit / 2;
    if (allowed > wanted)
        allowed = wanted;
    log_event(LOG_WARNING, "connections-limited",
              "max_connections=%u configured=%u descriptors=%d", allowed,
              wanted, limit);
    return allowed;
}

static void forbid_dumps(void)
{
    char why[CONFIG_WHY_MAX] = "";
    char quoted[2 * CONFIG_WHY_MAX];
    if (process_forbid_dumps(why, sizeof(why)) < 0)
        log_event(LOG_WARNING, "dumps-possible", "reason=%s",
                  log_quote(why, quoted, sizeof(quoted)));
}

static void set_up_process(struct daemon *d)
{
    (void)signal(SIGPIPE, SIG_IGN); /* a client that left is an EPIPE */
    (void)process_raise_locked_memory();
    forbid_dumps();
    d->view.max_connections = connections_allowed(&d->config);
}

static int open_listener(struct daemon *d, char *why, size_t why_size)
{
    char path[SOCKET_PATH_MAX];
    bool is_default;
    int fd = activation_socket(why, why_size);
    if (fd >= 0)
        return listener_adopt(&d->listener, fd, why, why_size);
    if (fd != -ENOENT)
        return fd;
    int rc =
        socket_path(d->config.socket.path, path, &is_default, why, why_size);
    if (rc < 0)
        return rc;
    return listener_open(&d->listener, path, (mode_t)d->config.socket.mode,
                         d->config.socket.group, why, why_size);
}

static int drop_privileges(const struct daemon *d, char *why, size_t why_size)
{
    const char *user = d->config.process.user;
    char quoted[2 * sizeof(d->config.process.user)];
    int rc = privileges_drop(user, why, why_size);
    if (rc < 0 || user[0] == '\0')
        return rc;
    forbid_dumps(); /* a change of user allows them again */
    log_event(LOG_INFO, "privileges-dropped", "user=%s",
              log_quote(user, quoted, sizeof(quoted)));
    return 0;
}

static int make_pool(struct daemon *d)
{
    int rc = crew_init(&d->crew, &d->config, d->collectors);
    if (rc < 0)
        return rc;
    d->view.memory_locked = d->crew.memory_locked;
    return pool_create(&d->pool, d->crew.sources, d->crew.count,
                       pool_kernel_random, &d->view.memory_locked);
}

static void set_up_view(struct daemon *d)
{
    d->view.sources = d->crew.sources;
    d->view.source_count = d->crew.count;
    d->view.pool = d->pool;
    d->view.config = &d->config;
    d->view.counts = &d->counts;
    d->dispatcher = (struct dispatcher){
        .view = &d->view,
        .counts = &d->counts,
        .is_credit_wanted = &d->bell.is_credit_wanted,
        .slept_ms = suspend_total_ms(),
    };
    d->bell.ring = ring_async;
    d->bell.context = d;
    atomic_init(&d->bell.is_credit_wanted, true);
    atomic_init(&d->bell.is_seeded, false);
}

static int watch_signal(struct daemon *d, uv_signal_t *handle,
                        uv_signal_cb callback, int number)
{
    int rc = uv_signal_init(&d->loop, handle);
    handle->data = d;
    return rc < 0 ? rc : uv_signal_start(handle, callback, number);
}

/* Without them it could be stopped only by leaving its socket behind. */
static int watch_signals(struct daemon *d)
{
    int rc = watch_signal(d, &d->terminate, on_stop_signal, SIGTERM);
    if (rc == 0)
        rc = watch_signal(d, &d->interrupt, on_stop_signal, SIGINT);
    if (rc == 0)
        rc = watch_signal(d, &d->hangup, on_hangup, SIGHUP);
    return rc;
}

/* From the moment in which clients can connect until the loop hears signals,
 * they wait: a stop would leave the socket behind, a reload would be one. */
static void hold_signals(int how)
{
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGHUP);
    (void)pthread_sigmask(how, &watched, NULL);
}

static int start_serving(struct daemon *d)
{
    const struct server_parts parts = {
        .loop = &d->loop,
        .config = &d->config,
        .dispatcher = &d->dispatcher,
        .subscribers = &d->subscribers,
        .max_connections = d->view.max_connections,
        .stopped = on_server_stopped,
        .context = d,
    };
    int fd = d->listener.fd;
    d->listener.fd = -1; /* the server's now */
    subscribers_init(&d->subscribers, &d->loop, &d->view, &d->counts);
    int rc = server_start(&d->server, fd, &parts);
    if (rc == 0)
        rc = watch_signals(d);
    hold_signals(SIG_UNBLOCK);
    if (rc == 0)
        rc = crew_start(&d->crew, &d->config, &d->bell);
    if (!d->crew.memory_locked)
        d->view.memory_locked = false;
    if (!d->view.memory_locked)
        log_event(LOG_WARNING, "memory-not-locked",
                  "reason=\"the limit of locked memory is too low\"");
    return rc;
}

static void log_start(const struct daemon *d)
{
    char path[2 * SOCKET_PATH_MAX];
    log_event(LOG_INFO, "listening",
              "version=%s pid=%ld socket=%s activated=%s", ENTROPYD_VERSION,
              (long)getpid(), log_quote(d->listener.path, path, sizeof(path)),
              d->listener.is_activated ? "true" : "false");
    for (size_t i = 0; i < d->crew.count; i++) {
        char why[COLLECTOR_WHY_MAX];
        char quoted[2 * COLLECTOR_WHY_MAX];
        struct source *s = (struct source *)&d->crew.sources[i];
        source_reason(s, why, sizeof(why));
        log_event(LOG_INFO, "source", "source=%s state=%s reason=%s",
                  s->collector->name, source_state_name(source_state(s)),
                  log_quote(why, quoted, sizeof(quoted)));
    }
}

/* Everything on the loop. The server's end is the loop's end, also where it
 * could not be started. */
static int run_loop(struct daemon *d)
{
    int rc = uv_loop_init(&d->loop);
    if (rc < 0)
        return give_up("no-loop", uv_strerror(rc));
    rc = uv_async_init(&d->loop, &d->async, on_bell);
    d->async.data = d;
    if (rc < 0) {
        (void)uv_loop_close(&d->loop);
        return give_up("no-loop", uv_strerror(rc));
    }
    rc = start_serving(d);
    if (rc < 0) {
        d->status = give_up("cannot-serve", uv_strerror(rc));
        if (d->server == NULL)
            on_server_stopped(d);
        else
            server_stop(d->server);
    } else {
        log_start(d);
    }
    (void)uv_run(&d->loop, UV_RUN_DEFAULT);
    server_destroy(d->server);
    rc = uv_loop_close(&d->loop);
    assert(rc == 0); /* every handle was closed: ours to see to */
    (void)rc;
    return d->status;
}

/* From the configuration to the last trace of it. */
static int live(struct daemon *d)
{
    char why[CONFIG_WHY_MAX] = "";
    d->listener.fd = d->listener.lock_fd = -1;
    d->view.started_ms = source_now_ms();

    if (options_configure(d->options, d->collectors, &d->config, &d->origins,
                          why, sizeof(why)) < 0) {
        (void)fprintf(stderr, "entropyd: %s\n", why);
        return EX_CONFIG;
    }
    log_set_level(d->config.log_level);
    set_up_process(d);
    hold_signals(SIG_BLOCK);
    if (open_listener(d, why, sizeof(why)) < 0)
        return give_up("cannot-listen", why);
    if (drop_privileges(d, why, sizeof(why)) < 0) {
        d->status = give_up("cannot-drop-privileges", why);
        listener_close(&d->listener);
        return d->status;
    }
    int rc = make_pool(d);
    if (rc < 0) {
        d->status = give_up("no-pool", uv_strerror(rc));
    } else {
        set_up_view(d);
        d->status = run_loop(d);
    }
    pool_destroy(d->pool);
    crew_fini(&d->crew);
    listener_close(&d->listener);
    log_event(LOG_INFO, "stopped", "status=%d", d->status);
    log_finish();
    return d->status;
}

int daemon_run(const struct options *options,
               const struct config_collectors *collectors)
{
    struct daemon *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        (void)fprintf(stderr, "entropyd: out of memory\n");
        return EX_OSERR;
    }
    d->options = options;
    d->collectors = collectors;
    int status = live(d);
    free(d);
    return status;
}

int daemon_main(int argc, char *const argv[],
                const struct config_collectors *collectors)
{
    struct options options;
    char why[CONFIG_WHY_MAX] = "";
    int status;
    if (sodium_init() < 0) {
        (void)fprintf(stderr, "entropyd: libsodium cannot be used here\n");
        return EX_SOFTWARE;
    }
    if (options_parse(&options, argc, argv, why, sizeof(why)) < 0) {
        (void)fprintf(stderr, "entropyd: %s\n", why);
        return EX_USAGE;
    }
    if (options_answer(&options, collectors, &status))
        return status;
    return daemon_run(&options, collectors);
}
