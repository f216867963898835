/* SPDX-License-Identifier: MIT */
/*
 * Start: configuration; process limits; the sockets (so that a second daemon
 * ends here); root's rights given up; sources and their rings; the pool; the
 * loop with its handles; the server; the workers last, because they wake the
 * loop.
 *
 * Running: workers wake the loop. on_wakeup() runs once for any number of
 * wake-ups: it looks at every source's changes of state, seeds the generator
 * when that has become possible, and tries the waiting requests again. Signals
 * stop the daemon or make it read its configuration again.
 *
 * End: a signal -> server_stop() answers what is in flight, and the workers are
 * told to stop -> on_server_stopped() joins the workers and closes the
 * remaining handles -> the loop runs empty -> secrets are wiped, the sockets
 * are unlinked. Where a worker does not come back, end_beside_workers() ends
 * the process without it.
 */

#include "daemon/daemon.h"

#include "base/descriptor.h"
#include "base/monotonic.h"
#include "base/quote.h"
#include "daemon/configuration.h"
#include "daemon/host/activation.h"
#include "daemon/host/log.h"
#include "daemon/host/log_sink.h"
#include "daemon/host/privileges.h"
#include "daemon/host/process.h"
#include "daemon/host/signals.h"
#include "daemon/host/suspend.h"
#include "daemon/limits.h"
#include "daemon/options.h"
#include "daemon/server/server.h"
#include "daemon/settings/keys.h"
#include "daemon/sockets.h"
#include "daemon/source/history.h"
#include "daemon/workers/worker_set.h"
#include "protocol/version.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include <sodium.h>

struct daemon {
    const struct options *options;
    const struct config_collectors *collectors;
    struct config config;
    struct config_origins origins;
    struct sockets sockets;
    struct worker_set set;
    struct pool *pool;
    struct server_counts counts;
    struct status_view view;
    struct history history;
    struct dispatcher dispatcher;
    struct subscriptions subscriptions;
    struct worker_wakeup wakeup;
    struct server *server;
    uv_loop_t loop;
    uv_async_t async;
    uv_timer_t watch;
    uv_prepare_t prepare;
    struct signals signals;
    bool is_ready; /* the service manager was told so */
    bool is_stopping;
    int status; /* main()'s value */
};

/* Logs why the start failed; the program's value. A missing right is told from
 * what another start may cure. */
static int give_up(const char *event, int rc, const char *why)
{
    char quoted[2 * REASON_MAX];

    log_event(LOG_LEVEL_ERROR, event, "reason=%s",
              quote_text(why, quoted, sizeof(quoted)));
    return rc == -EACCES || rc == -EPERM ? EX_NOPERM : EX_UNAVAILABLE;
}

/* Tells the service manager, and the log where that fails: it would look like
 * a start that never ends. */
static void notify_manager(const char *state)
{
    int rc = activation_notify(state);

    if (rc < 0)
        log_event(LOG_LEVEL_WARNING, "notify-failed", "reason=\"%s\"",
                  uv_strerror(rc));
}

/*
 * Sources.
 */

static void log_move(const struct daemon *d, size_t i,
                     const struct source_move *move, uint64_t lost)
{
    char reason[2 * SOURCE_REASON_MAX];
    bool is_bad = move->to == SOURCE_FAILED || move->to == SOURCE_SUSPECT ||
                  move->to == SOURCE_STALLED;
    bool is_same = move->from == move->to;

    if (lost > 0)
        log_event(LOG_LEVEL_WARNING, "state-changes-dropped",
                  "source=%s count=%" PRIu64, d->set.sources[i].collector->name,
                  lost);
    log_event(is_bad || is_same ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
              is_same ? "source-fault" : "source-state",
              "source=%s from=%s to=%s reason=%s",
              d->set.sources[i].collector->name, source_state_name(move->from),
              source_state_name(move->to),
              quote_text(move->reason, reason, sizeof(reason)));
}

/* Logs the sources' changes of state and tells subscribers of them. */
static void look_at_moves(struct daemon *d)
{
    for (size_t i = 0; i < d->set.count; i++) {
        struct source_move move;
        uint64_t lost;

        while (source_next_move(&d->set.sources[i], &move, &lost)) {
            log_move(d, i, &move, lost);
            history_add(&d->history, &d->set.sources[i], &move);
            subscriptions_health(&d->subscriptions, i, &move);
        }
    }
}

static void on_selftest_ended(void *context, size_t source,
                              const struct selftest_end *end)
{
    struct daemon *d = context;

    subscriptions_selftest(&d->subscriptions, source, end);
}

static void try_to_seed(struct daemon *d)
{
    /* Before looking: what is published after this wakes the loop again.
     * Acquires what came before a worker's exchange (judge_batch()). */
    if (pool_wants_credit(d->pool))
        (void)atomic_exchange_explicit(&d->wakeup.is_credit_wanted, true,
                                       memory_order_acq_rel);
    if (!pool_try_seed(d->pool, monotonic_now_ms()) ||
        atomic_load_explicit(&d->wakeup.is_seeded, memory_order_relaxed))
        return;
    atomic_store_explicit(&d->wakeup.is_seeded, true, memory_order_relaxed);
    log_event(LOG_LEVEL_INFO, "seeded", "uptime_ms=%" PRIu64,
              status_uptime_ms(&d->view));
}

/* The daemon is ready once it is seeded. Where no source can seed it, it says
 * so instead: waiting on would look like a start that never ends. */
static void report_ready(struct daemon *d)
{
    if (d->is_ready)
        return;
    if (pool_is_seeded(d->pool)) {
        d->is_ready = true;
        notify_manager("READY=1\nSTATUS=seeded");
    } else if (health_of(d->set.sources, d->set.count, false, false) ==
               HEALTH_FAILED) {
        d->is_ready = true;
        log_event(LOG_LEVEL_WARNING, "no-entropy",
                  "reason=\"no source can provide entropy\"");
        notify_manager("READY=1\nSTATUS=no source can provide entropy");
    }
}

/* Workers that do not run cannot tell: their sources are looked at from here.
 */
static void on_watch(uv_timer_t *timer)
{
    struct daemon *d = timer->data;

    if (!worker_set_watch(&d->set))
        (void)uv_timer_stop(timer);
    look_at_moves(d);
}

static void on_wakeup(uv_async_t *async)
{
    struct daemon *d = async->data;

    look_at_moves(d);
    try_to_seed(d);
    report_ready(d);
    server_retry(d->server);
}

/* Worker threads: uv_async_send() may be called from anywhere, and many calls
 * become one wake-up. */
static void send_wakeup(void *context)
{
    struct daemon *d = context;

    (void)uv_async_send(&d->async);
}

/*
 * Signals.
 */

static const char *name_of_signal(int number)
{
    return number == SIGTERM  ? "SIGTERM"
           : number == SIGINT ? "SIGINT"
                              : "SIGHUP";
}

static void log_stopping(int number)
{
    pid_t pid;
    uid_t uid;

    if (signals_sender(number, &pid, &uid))
        log_event(LOG_LEVEL_INFO, "stopping",
                  "signal=%s sender_pid=%ld sender_uid=%ld",
                  name_of_signal(number), (long)pid, (long)uid);
    else
        log_event(LOG_LEVEL_INFO, "stopping", "signal=%s",
                  name_of_signal(number));
}

/* Workers stop while clients still read, so that the four seconds for one that
 * is stuck run meanwhile. No request waits for samples any more. */
static void begin_end(struct daemon *d)
{
    d->is_stopping = true;
    notify_manager("STOPPING=1");
    server_stop(d->server);
    worker_set_tell_stop(&d->set);
}

static void stop(struct daemon *d, int number)
{
    if (d->is_stopping)
        return;
    log_stopping(number);
    begin_end(d);
}

static void set_up_log(const struct daemon *d)
{
    log_set_level((enum log_level)d->config.log.level);
    log_set_file_limit(d->config.log.max_file_bytes);
}

static void take_over(struct daemon *d, const struct config *fresh)
{
    char file[QUOTE_SIZE(CONFIG_PATH_MAX)];
    unsigned changed = 0, after_restart = 0;
    size_t index = 0;
    struct key key;

    while (config_next_change(&d->config, fresh, d->collectors, &index, &key)) {
        bool is_now = key.changes_running;

        log_event(is_now ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "config-changed",
                  "key=%s applies=%s", key.name,
                  is_now ? "now" : "after-restart");
        changed += is_now;
        after_restart += !is_now;
    }
    config_take_running(&d->config, fresh, d->collectors);
    set_up_log(d);
    worker_set_reload(&d->set, &d->config);
    log_event(LOG_LEVEL_INFO, "config-reloaded",
              "file=%s changed=%u after_restart=%u",
              quote_text(d->origins.file, file, sizeof(file)), changed,
              after_restart);
}

static void log_problem(void *context, enum config_severity severity,
                        const char *text)
{
    char quoted[2 * REASON_MAX];

    (void)context;
    quote_text(text, quoted, sizeof(quoted));
    if (severity == CONFIG_ERROR)
        log_event(LOG_LEVEL_ERROR, "config-refused", "kept=running reason=%s",
                  quoted);
    else
        log_event(LOG_LEVEL_WARNING, "config-warning", "reason=%s", quoted);
}

static void reload(struct daemon *d)
{
    struct config fresh;
    struct config_origins origins;
    struct config_loader loader = {.collectors = d->collectors,
                                   .config = &fresh,
                                   .origins = &origins,
                                   .problem = log_problem};

    if (configuration_load(d->options, &loader) < 0)
        return;
    d->origins = origins;
    take_over(d, &fresh);
}

static void on_signal(void *context, int number)
{
    struct daemon *d = context;

    if (number == SIGHUP)
        reload(d);
    else
        stop(d, number);
}

/* Before the loop waits: a source that lacks samples is watched. With full
 * rings there is no timer, and nothing wakes an idle daemon. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct daemon *d = prepare->data;

    if (!uv_is_active((uv_handle_t *)&d->watch) &&
        worker_set_needs_watch(&d->set))
        (void)uv_timer_start(&d->watch, on_watch, 0, WORKER_SET_WATCH_MS);
}

/* Cannot fail: handles of this kind take nothing from the system. */
static void watch_workers(struct daemon *d)
{
    d->watch.data = d;
    d->prepare.data = d;
    (void)uv_timer_init(&d->loop, &d->watch);
    (void)uv_prepare_init(&d->loop, &d->prepare);
    (void)uv_prepare_start(&d->prepare, on_prepare);
}

/* Without them it could be stopped only by leaving its socket behind. */
static int watch_signals(struct daemon *d)
{
    int rc = signals_open(&d->signals, &d->loop, on_signal, d);

    if (rc == 0)
        rc = signals_watch(SIGTERM);
    if (rc == 0)
        rc = signals_watch(SIGINT);
    if (rc == 0)
        rc = signals_watch(SIGHUP);
    return rc;
}

/* From the moment in which clients can connect until the loop watches signals,
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

/*
 * Before the loop.
 */

static void forbid_dumps(void)
{
    struct reason why = {.text = ""};
    char quoted[2 * REASON_MAX];

    if (process_forbid_dumps(&why) < 0)
        log_event(LOG_LEVEL_WARNING, "core-dumps-enabled", "reason=%s",
                  quote_text(why.text, quoted, sizeof(quoted)));
}

/* Becomes the user that the configuration names, if it names one. */
static int drop_privileges(const struct daemon *d, struct reason *why)
{
    const char *user = d->config.process.user;
    char quoted[2 * sizeof(d->config.process.user)];
    int rc = privileges_drop(user, why);

    if (rc < 0 || user[0] == '\0')
        return rc;
    forbid_dumps(); /* a change of user allows them again */
    log_event(LOG_LEVEL_INFO, "privileges-dropped", "user=%s",
              quote_text(user, quoted, sizeof(quoted)));
    return 0;
}

/* Sources, rings and the pool over them. */
static int make_pool(struct daemon *d)
{
    int rc = worker_set_init(&d->set, &d->config, d->collectors);

    if (rc < 0)
        return rc;
    d->view.memory_locked = d->set.memory_locked;
    return pool_create(&d->pool, d->set.sources, d->set.count,
                       pool_kernel_random, &d->view.memory_locked);
}

/* Ties the parts together for status and dispatch. */
static void set_up_view(struct daemon *d)
{
    d->view.sources = d->set.sources;
    d->view.source_count = d->set.count;
    d->view.history = &d->history;
    d->view.pool = d->pool;
    d->view.config = &d->config;
    d->view.counts = &d->counts;
    d->dispatcher = (struct dispatcher){
        .view = &d->view,
        .counts = &d->counts,
        .is_credit_wanted = &d->wakeup.is_credit_wanted,
        .slept_ms = suspend_total_ms(),
        .selftest_ended = on_selftest_ended,
        .context = d,
    };
    atomic_init(&d->wakeup.is_credit_wanted, true);
    atomic_init(&d->wakeup.is_seeded, false);
}

/*
 * The loop.
 */

static void close_handle(void *handle)
{
    /* A zeroed handle is one that was never initialised. */
    if (uv_handle_get_type(handle) != UV_UNKNOWN_HANDLE &&
        !uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Wipes the secrets and removes the sockets; what a worker that has not stopped
 * may still use is kept. */
static void finish(struct daemon *d)
{
    pool_destroy(d->pool);
    worker_set_fini(&d->set);
    sockets_close(&d->sockets);
    log_event(LOG_LEVEL_INFO, "stopped", "status=%d", d->status);
    log_finish();
}

/* What a worker may still use cannot be freed, its ring among it: the process
 * ends here, without the loop's end. */
static _Noreturn void end_beside_workers(struct daemon *d)
{
    for (size_t i = 0; i < d->set.count; i++) {
        if (d->set.workers[i] != NULL)
            log_event(LOG_LEVEL_WARNING, "worker-stuck",
                      "source=%s after_ms=%d",
                      d->set.sources[i].collector->name, WORKER_SET_STOP_MS);
    }
    finish(d);
    _exit(d->status);
}

static void on_server_stopped(void *context)
{
    struct daemon *d = context;

    if (!worker_set_stop(&d->set)) /* else the loop is not woken any more */
        end_beside_workers(d);
    look_at_moves(d);
    subscriptions_close(&d->subscriptions);
    close_handle(&d->async);
    close_handle(&d->watch);
    close_handle(&d->prepare);
    signals_close(&d->signals);
}

/* A socket that was passed to us can only be made again by the service
 * manager, for which the daemon must end. That of EGD is not worth it: the
 * manager may well pass the same one again, and give up after ten starts, while
 * the clients of the other one are served. */
static void give_up_socket(struct daemon *d, enum server_protocol which,
                           int error)
{
    if (which != SERVER_JSON_RPC) {
        log_event(LOG_LEVEL_ERROR, "listener-broken",
                  "protocol=%s activated=true reason=\"%s\"",
                  server_protocol_name(which), uv_strerror(error));
        return;
    }
    log_event(LOG_LEVEL_ERROR, "listener-broken",
              "protocol=%s activated=true status=%d reason=\"%s\"",
              server_protocol_name(which), EX_TEMPFAIL, uv_strerror(error));
    d->status = EX_TEMPFAIL;
    begin_end(d);
}

/* accept() has failed for ACCEPTOR_BROKEN_MS and longer. A socket of our own is
 * made again. */
static void on_listener_broken(void *context, enum server_protocol which,
                               int error)
{
    struct daemon *d = context;
    struct reason why;
    char quoted[2 * REASON_MAX];

    if (d->sockets.of[which].is_activated) {
        give_up_socket(d, which, error);
        return;
    }
    int rc = sockets_open_again(&d->sockets, which, &d->config, &why);
    if (rc == 0) {
        int fd = d->sockets.of[which].fd;

        d->sockets.of[which].fd = -1; /* the server's now */
        rc = server_listen_again(d->server, which, fd);
        if (rc < 0)
            (void)reason_errno(-rc, &why, "watching the socket");
    }
    if (rc < 0)
        log_event(LOG_LEVEL_ERROR, "listener-broken",
                  "protocol=%s activated=false reason=%s",
                  server_protocol_name(which),
                  quote_text(why.text, quoted, sizeof(quoted)));
    else
        log_event(LOG_LEVEL_WARNING, "listener-replaced",
                  "protocol=%s reason=\"%s\"", server_protocol_name(which),
                  uv_strerror(error));
}

static void warn_of_unlocked_memory(void)
{
    struct reason why;
    char quoted[QUOTE_SIZE(REASON_MAX)];

    limits_explain_locking(&why);
    log_event(LOG_LEVEL_WARNING, "memory-not-locked", "reason=%s",
              quote_text(why.text, quoted, sizeof(quoted)));
}

/* 0, or a negative error with the reason. */
static int start_serving(struct daemon *d, struct reason *why)
{
    const struct server_parts parts = {
        .loop = &d->loop,
        .config = &d->config,
        .dispatcher = &d->dispatcher,
        .subscriptions = &d->subscriptions,
        .max_connections = d->view.max_connections,
        .stopped = on_server_stopped,
        .broken = on_listener_broken,
        .context = d,
    };
    const char *what = "the server";
    int fds[SERVER_PROTOCOLS];

    sockets_give(&d->sockets, fds); /* the server's now */
    subscriptions_init(&d->subscriptions, &d->loop, &d->view, &d->counts);
    int rc = server_start(&d->server, fds, &parts);
    if (rc == 0) {
        what = "watching signals";
        rc = watch_signals(d);
    }
    hold_signals(SIG_UNBLOCK);
    if (rc == 0) {
        d->view.users = server_users(d->server);
        what = "the threads of the sources";
        rc = worker_set_start(&d->set, &d->config, &d->wakeup);
    }
    if (rc == 0)
        watch_workers(d);
    if (!d->set.memory_locked)
        d->view.memory_locked = false;
    if (!d->view.memory_locked)
        warn_of_unlocked_memory();
    return rc < 0 ? reason_errno(-rc, why, "%s", what) : 0;
}

static void log_socket(const struct daemon *d, enum server_protocol which)
{
    const struct listener *l = &d->sockets.of[which];
    char path[2 * SOCKET_PATH_MAX];

    log_event(LOG_LEVEL_INFO, "listening",
              "version=%s pid=%ld protocol=%s socket=%s activated=%s",
              ENTROPYD_VERSION, (long)getpid(), server_protocol_name(which),
              quote_text(l->path, path, sizeof(path)),
              l->is_activated ? "true" : "false");
}

static void log_start(const struct daemon *d)
{
    log_socket(d, SERVER_JSON_RPC);
    if (d->counts.egd.is_listening)
        log_socket(d, SERVER_EGD);
    for (size_t i = 0; i < d->set.count; i++) {
        struct reason why;
        char quoted[2 * SOURCE_REASON_MAX];
        struct source *s = (struct source *)&d->set.sources[i];

        source_reason(s, why.text, sizeof(why.text));
        log_event(LOG_LEVEL_INFO, "source", "source=%s state=%s reason=%s",
                  s->collector->name, source_state_name(source_state(s)),
                  quote_text(why.text, quoted, sizeof(quoted)));
    }
}

/* Everything on the loop. The server's end is the loop's end, also where it
 * could not be started. */
static int run_loop(struct daemon *d)
{
    struct reason why;

    int rc = uv_loop_init(&d->loop);
    if (rc < 0)
        return give_up("start-failed", rc, uv_strerror(rc));
    d->async.data = d;
    d->wakeup.send = send_wakeup;
    d->wakeup.context = d;
    rc = uv_async_init(&d->loop, &d->async, on_wakeup);
    if (rc < 0) {
        (void)uv_loop_close(&d->loop);
        return give_up("start-failed", rc, uv_strerror(rc));
    }
    rc = start_serving(d, &why);
    if (rc < 0) {
        d->status = give_up("start-failed", rc, why.text);
        if (d->server == NULL)
            on_server_stopped(d);
        else
            server_stop(d->server);
    } else {
        log_start(d);
        report_ready(d);
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
    struct reason why = {.text = ""};
    struct config_loader loader = {.collectors = d->collectors,
                                   .config = &d->config,
                                   .origins = &d->origins,
                                   .problem = configuration_print_problem};

    sockets_init(&d->sockets);
    d->view.started_ms = monotonic_now_ms();
    int rc = configuration_load(d->options, &loader);
    set_up_log(d);
    if (rc < 0)
        return EX_CONFIG;
    (void)signal(SIGPIPE, SIG_IGN); /* a client that left is an EPIPE */
    forbid_dumps();
    rc =
        limits_raise(&d->config, d->collectors, &d->view.max_connections, &why);
    if (rc < 0) {
        (void)give_up("start-failed", rc, why.text);
        return EX_CONFIG; /* the sources that were asked for need more */
    }
    hold_signals(SIG_BLOCK);
    rc = sockets_open(&d->sockets, &d->config, &why);
    if (rc < 0)
        return give_up("listen-failed", rc, why.text);
    rc = drop_privileges(d, &why);
    if (rc < 0) {
        d->status = give_up("privilege-drop-failed", rc, why.text);
        sockets_close(&d->sockets);
        return d->status;
    }
    rc = make_pool(d);
    if (rc < 0) {
        d->status = give_up("start-failed", rc, uv_strerror(rc));
    } else {
        set_up_view(d);
        d->status = run_loop(d);
    }
    finish(d);
    return d->status;
}

/* Before there is a log. */
static void complain(const char *what)
{
    (void)fprintf(stderr, "%sentropyd: %s\n", log_sink_prefix(LOG_LEVEL_ERROR),
                  what);
}

static int run(const struct options *options,
               const struct config_collectors *collectors)
{
    struct daemon *d = calloc(1, sizeof(*d));

    if (d == NULL) {
        complain("out of memory");
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
    struct reason why = {.text = ""};
    int status;

    if (standard_streams_keep() < 0)
        return EX_OSERR; /* and nowhere to say why */
    /* A log that may not grow is an EFBIG. */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (sodium_init() < 0) {
        complain("libsodium cannot be initialised");
        return EX_SOFTWARE;
    }
    if (options_parse(&options, argc, argv, &why) < 0) {
        complain(why.text);
        (void)fputs("Try 'entropyd --help' for more information.\n", stderr);
        return EX_USAGE;
    }
    if (options_answer(&options, collectors, &status))
        return status;
    return run(&options, collectors);
}
