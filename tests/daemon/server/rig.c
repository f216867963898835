/* SPDX-License-Identifier: MIT */
#include "tests/daemon/server/rig.h"

#include "base/monotonic.h"
#include "daemon/host/suspend.h"
#include "daemon/source/ring.h"
#include "tests/support/must.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <sodium.h>

static const char *const no_counters[] = {NULL};
static const struct collector_info info = {
    .summary = "samples put in by hand",
    .times = "nothing",
    .varies_because = "the test says so",
    .platform = "tests",
    .claim_millibits = 500,
    .evidence = EVIDENCE_COMPILED,
    .measured_where = "nowhere",
    .counters = no_counters,
};
static const struct tunable no_tunables[] = {{.name = NULL}};
static const struct collector collectors[RIG_SOURCES] = {
    {.name = "first", .info = &info, .tunables = no_tunables},
    {.name = "second", .info = &info, .tunables = no_tunables},
};

static void init_config(struct config *config)
{
    memset(config, 0, sizeof(*config));
    config->server.max_connections = 1024;
    config->server.max_line_bytes = 65536;
    config->server.max_batch = 64;
    config->server.max_waiting = 64;
    config->server.idle_timeout_ms = 0;
    config->server.request_timeout_ms = 30000;
    config->server.write_timeout_ms = 30000;
    config->server.requests_per_iteration = 64;
    config->server.output_per_iteration_bytes = 131072;
    config->server.shutdown_ms = 500;
    config->source_count = RIG_SOURCES;
}

void rig_init_with(struct rig *r, size_t ring_samples)
{
    bool is_locked = true;
    memset(r, 0, sizeof(*r));
    (void)signal(SIGPIPE, SIG_IGN); /* as the daemon does */
    MUST(sodium_init() >= 0);
    init_config(&r->config);
    for (size_t i = 0; i < RIG_SOURCES; i++) {
        MUST(source_init(&r->sources[i], &collectors[i], 500, ring_samples,
                         SOURCE_STARTING, NULL, &is_locked) == 0);
        source_move(&r->sources[i], SOURCE_HEALTHY, NULL);
    }
    MUST(pool_create(&r->pool, r->sources, RIG_SOURCES, pool_kernel_random,
                     &is_locked) == 0);
    r->view = (struct status_view){
        .sources = r->sources,
        .source_count = RIG_SOURCES,
        .pool = r->pool,
        .config = &r->config,
        .counts = &r->counts,
        .memory_locked = is_locked,
        .started_ms = monotonic_now_ms(),
    };
    r->dispatcher = (struct dispatcher){
        .view = &r->view,
        .counts = &r->counts,
        .is_credit_wanted = &r->is_credit_wanted,
        .slept_ms = suspend_total_ms(),
    };
    MUST(uv_loop_init(&r->loop) == 0);
}

void rig_init(struct rig *r)
{
    rig_init_with(r, 65536);
}

static void on_stopped(void *context)
{
    struct rig *r = context;
    r->is_stopped = true;
    subscriptions_close(&r->subscriptions);
}

static int make_socket(const char *path, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    MUST(fd >= 0);
    return fd;
}

static int make_listener(const char *path)
{
    struct sockaddr_un address;
    int fd = make_socket(path, &address);
    MUST(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    MUST(listen(fd, 128) == 0);
    MUST(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return fd;
}

static void make_paths(struct rig *r)
{
    (void)snprintf(r->directory, sizeof(r->directory),
                   "/tmp/entropyd-rig-XXXXXX");
    MUST(mkdtemp(r->directory) != NULL);
    (void)snprintf(r->path, sizeof(r->path), "%s/socket", r->directory);
    (void)snprintf(r->egd_path, sizeof(r->egd_path), "%s/egd", r->directory);
}

static void on_selftest_ended(void *context, size_t source,
                              const struct selftest_end *end)
{
    struct rig *r = context;
    subscriptions_selftest(&r->subscriptions, source, end);
}

void rig_start(struct rig *r)
{
    r->dispatcher.selftest_ended = on_selftest_ended;
    r->dispatcher.context = r;
    r->view.max_connections = r->config.server.max_connections;
    subscriptions_init(&r->subscriptions, &r->loop, &r->view, &r->counts);
    make_paths(r);
    const struct server_parts parts = {
        .loop = &r->loop,
        .config = &r->config,
        .dispatcher = &r->dispatcher,
        .subscriptions = &r->subscriptions,
        .max_connections = r->config.server.max_connections,
        .stopped = on_stopped,
        .context = r,
    };
    const int fds[SERVER_PROTOCOLS] = {
        [SERVER_JSON_RPC] = make_listener(r->path),
        [SERVER_EGD] = make_listener(r->egd_path),
    };
    MUST(server_start(&r->server, fds, &parts) == 0);
    r->view.users = server_users(r->server);
}

void rig_open(struct rig *r)
{
    rig_init(r);
    rig_start(r);
}

void rig_push(struct rig *r, size_t i, size_t n)
{
    uint64_t samples[1024];
    while (n > 0) {
        size_t part = n < 1024 ? n : 1024;
        randombytes_buf(samples, part * sizeof(*samples));
        MUST(ring_push(r->sources[i].ring, samples, part) == part);
        n -= part;
    }
}

void rig_feed(struct rig *r, size_t i, size_t n)
{
    rig_push(r, i, n);
    (void)pool_try_seed(r->pool, monotonic_now_ms());
    server_retry(r->server);
}

void rig_seed(struct rig *r)
{
    rig_feed(r, 0, 1024);
    MUST(pool_is_seeded(r->pool));
}

static int connect_to(const char *path)
{
    struct sockaddr_un address;
    int fd = make_socket(path, &address);
    MUST(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    MUST(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return fd;
}

int rig_connect(struct rig *r)
{
    return connect_to(r->path);
}

int rig_connect_egd(struct rig *r)
{
    return connect_to(r->egd_path);
}

void rig_remove(const struct rig *r)
{
    (void)unlink(r->path);
    (void)unlink(r->egd_path);
    (void)rmdir(r->directory);
}

void rig_close(struct rig *r)
{
    server_stop(r->server);
    (void)uv_run(&r->loop, UV_RUN_DEFAULT);
    MUST(r->is_stopped);
    MUST(r->counts.connections == 0 && r->counts.waiting == 0);
    MUST(r->counts.subscriptions == 0 && r->counts.egd.connections == 0);
    server_destroy(r->server);
    MUST(uv_loop_close(&r->loop) == 0);
    pool_destroy(r->pool);
    for (size_t i = 0; i < RIG_SOURCES; i++)
        source_fini(&r->sources[i]);
    rig_remove(r);
}
