/*
 * Start: configuration; process limits; the socket (so that a second daemon
 * ends here); root's rights given up; sources and their rings; the pool; the
 * loop with its handles; the server; the workers last, because they wake the
 * loop.
 *
 * End: a signal -> server_stop() answers what is in flight ->
 * on_server_stopped() stops and joins the workers and closes the remaining
 * handles -> the loop runs empty -> secrets are wiped, the socket is unlinked.
 */

#include "daemon/daemon_parts.h"

#include "base/monotonic.h"
#include "base/quote.h"
#include "base/reason.h"
#include "base/standard_streams.h"
#include "protocol/version.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include <sodium.h>

/* Logs why a part could not be had; the program's value. */
static int give_up(const char *event, const char *why)
{
    char quoted[2 * REASON_MAX];
    log_event(LOG_LEVEL_ERROR, event, "reason=%s",
              quote_text(why, quoted, sizeof(quoted)));
    return EX_UNAVAILABLE;
}

static void on_server_stopped(void *context)
{
    struct daemon *d = context;
    worker_set_stop(&d->set); /* nobody rings any more */
    daemon_look_at_moves(d);
    subscribers_close(&d->subscribers);
    daemon_unwatch(d);
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

/* 0, or a negative error and what it befell. */
static int start_serving(struct daemon *d, const char **what)
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
    *what = "the server";
    int rc = server_start(&d->server, fd, &parts);
    if (rc == 0) {
        *what = "watching signals";
        rc = daemon_watch_signals(d);
    }
    hold_signals(SIG_UNBLOCK);
    if (rc == 0) {
        *what = "the threads of the sources";
        rc = worker_set_start(&d->set, &d->config, &d->wakeup);
    }
    if (!d->set.memory_locked)
        d->view.memory_locked = false;
    if (!d->view.memory_locked)
        log_event(LOG_LEVEL_WARNING, "memory-not-locked",
                  "reason=\"the limit of locked memory is too low\"");
    return rc;
}

static void log_start(const struct daemon *d)
{
    char path[2 * SOCKET_PATH_MAX];
    log_event(LOG_LEVEL_INFO, "listening",
              "version=%s pid=%ld socket=%s activated=%s", ENTROPYD_VERSION,
              (long)getpid(), quote_text(d->listener.path, path, sizeof(path)),
              d->listener.is_activated ? "true" : "false");
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
    int rc = uv_loop_init(&d->loop);
    if (rc < 0)
        return give_up("no-loop", uv_strerror(rc));
    rc = daemon_watch_workers(d);
    if (rc < 0) {
        (void)uv_loop_close(&d->loop);
        return give_up("no-loop", uv_strerror(rc));
    }
    const char *what = "";
    rc = start_serving(d, &what);
    if (rc < 0) {
        struct reason why;
        reason_set(&why, "%s: %s", what, uv_strerror(rc));
        d->status = give_up("cannot-serve", why.text);
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
    struct reason why = {.text = ""};
    d->listener.fd = d->listener.lock_fd = -1;
    d->view.started_ms = monotonic_now_ms();

    if (options_configure(d->options, d->collectors, &d->config, &d->origins,
                          &why) < 0) {
        (void)fprintf(stderr, "entropyd: %s\n", why.text);
        return EX_CONFIG;
    }
    log_set_level(d->config.log_level);
    if (daemon_set_up_process(d, &why) < 0)
        return give_up("cannot-serve", why.text);
    hold_signals(SIG_BLOCK);
    if (daemon_open_listener(d, &why) < 0)
        return give_up("cannot-listen", why.text);
    if (daemon_drop_privileges(d, &why) < 0) {
        d->status = give_up("cannot-drop-privileges", why.text);
        listener_close(&d->listener);
        return d->status;
    }
    int rc = daemon_make_pool(d);
    if (rc < 0) {
        d->status = give_up("no-pool", uv_strerror(rc));
    } else {
        daemon_set_up_view(d);
        d->status = run_loop(d);
    }
    pool_destroy(d->pool);
    worker_set_fini(&d->set);
    listener_close(&d->listener);
    log_event(LOG_LEVEL_INFO, "stopped", "status=%d", d->status);
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
    struct reason why = {.text = ""};
    int status;
    if (standard_streams_keep() < 0)
        return EX_OSERR; /* and nowhere to say why */
    /* A log or a recording that may not grow is an EFBIG. */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (sodium_init() < 0) {
        (void)fprintf(stderr, "entropyd: libsodium cannot be used here\n");
        return EX_SOFTWARE;
    }
    if (options_parse(&options, argc, argv, &why) < 0) {
        (void)fprintf(stderr, "entropyd: %s\n", why.text);
        return EX_USAGE;
    }
    if (options_answer(&options, collectors, &status))
        return status;
    return daemon_run(&options, collectors);
}
