/*
 * Workers wake the loop. on_wakeup() runs once for any number of wake-ups:
 * it looks at every source's moves, seeds the generator when that has become
 * possible, and tries the waiting requests again. Signals stop the daemon or
 * make it read its configuration again.
 */

#include "daemon/daemon_parts.h"

#include "base/monotonic.h"
#include "base/quote.h"
#include "base/reason.h"
#include "daemon/host/activation.h"
#include "daemon/settings/keys.h"

#include <inttypes.h>
#include <signal.h>

static void log_move(const struct daemon *d, size_t i,
                     const struct source_move *move, uint64_t lost)
{
    char reason[2 * SOURCE_REASON_MAX];
    bool is_bad = move->to == SOURCE_FAILED || move->to == SOURCE_SUSPECT;
    if (lost > 0)
        log_event(LOG_LEVEL_WARNING, "moves-lost", "source=%s count=%" PRIu64,
                  d->set.sources[i].collector->name, lost);
    log_event(
        is_bad || move->from == move->to ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
        move->from == move->to ? "source-trouble" : "source-moved",
        "source=%s from=%s to=%s reason=%s", d->set.sources[i].collector->name,
        source_state_name(move->from), source_state_name(move->to),
        quote_text(move->reason, reason, sizeof(reason)));
}

void daemon_look_at_moves(struct daemon *d)
{
    for (size_t i = 0; i < d->set.count; i++) {
        struct source_move move;
        uint64_t lost;
        while (source_next_move(&d->set.sources[i], &move, &lost)) {
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
        log_event(LOG_LEVEL_WARNING, "not-notified", "reason=\"%s\"",
                  uv_strerror(rc));
}

static void try_to_seed(struct daemon *d)
{
    /* Before looking: what is published after this rings again. Acquires what
     * came before a worker's exchange (judge_batch()). */
    if (pool_wants_credit(d->pool))
        (void)atomic_exchange_explicit(&d->wakeup.is_credit_wanted, true,
                                       memory_order_acq_rel);
    if (!pool_try_seed(d->pool, monotonic_now_ms()) ||
        atomic_load_explicit(&d->wakeup.is_seeded, memory_order_relaxed))
        return;
    atomic_store_explicit(&d->wakeup.is_seeded, true, memory_order_relaxed);
    log_event(LOG_LEVEL_INFO, "seeded", "uptime_ms=%" PRIu64,
              status_uptime_ms(&d->view));
    notify_manager("READY=1\nSTATUS=seeded");
}

static void on_wakeup(uv_async_t *async)
{
    struct daemon *d = async->data;
    daemon_look_at_moves(d);
    try_to_seed(d);
    server_retry(d->server);
}

/* Worker threads: uv_async_send() may be called from anywhere, and many rings
 * become one wake-up. */
static void send_wakeup(void *context)
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
    log_event(LOG_LEVEL_INFO, "stopping", "signal=%d", number);
    notify_manager("STOPPING=1");
    server_stop(d->server);
}

static void take_over(struct daemon *d, const struct config *fresh)
{
    size_t index = 0;
    struct key key;
    while (config_next_change(&d->config, fresh, d->collectors, &index, &key))
        log_event(key.changes_running ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
                  "config-changed", "key=%s applies=%s", key.name,
                  key.changes_running ? "now" : "after-restart");
    config_take_running(&d->config, fresh, d->collectors);
    log_set_level(d->config.log_level);
    worker_set_reload(&d->set, &d->config);
}

static void on_hangup(uv_signal_t *handle, int number)
{
    (void)number;
    struct daemon *d = handle->data;
    struct config fresh;
    struct config_origins origins;
    struct reason why = {.text = ""};
    char quoted[2 * REASON_MAX];
    if (options_configure(d->options, d->collectors, &fresh, &origins, &why) <
        0) {
        log_event(LOG_LEVEL_ERROR, "config-refused", "kept=running reason=%s",
                  quote_text(why.text, quoted, sizeof(quoted)));
        return;
    }
    d->origins = origins;
    take_over(d, &fresh);
}

int daemon_watch_workers(struct daemon *d)
{
    d->async.data = d;
    d->wakeup.send = send_wakeup;
    d->wakeup.context = d;
    return uv_async_init(&d->loop, &d->async, on_wakeup);
}

static int watch_signal(struct daemon *d, uv_signal_t *handle,
                        uv_signal_cb callback, int number)
{
    int rc = uv_signal_init(&d->loop, handle);
    handle->data = d;
    return rc < 0 ? rc : uv_signal_start(handle, callback, number);
}

/* Without them it could be stopped only by leaving its socket behind. */
int daemon_watch_signals(struct daemon *d)
{
    int rc = watch_signal(d, &d->terminate, on_stop_signal, SIGTERM);
    if (rc == 0)
        rc = watch_signal(d, &d->interrupt, on_stop_signal, SIGINT);
    if (rc == 0)
        rc = watch_signal(d, &d->hangup, on_hangup, SIGHUP);
    return rc;
}

static void close_handle(void *handle)
{
    /* A zeroed handle is one that was never initialised. */
    if (uv_handle_get_type(handle) != UV_UNKNOWN_HANDLE &&
        !uv_is_closing(handle))
        uv_close(handle, NULL);
}

void daemon_unwatch(struct daemon *d)
{
    close_handle(&d->async);
    close_handle(&d->terminate);
    close_handle(&d->interrupt);
    close_handle(&d->hangup);
}
