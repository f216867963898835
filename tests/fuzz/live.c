#include "tests/fuzz/live.h"

#include "daemon/pool/ring.h"
#include "daemon/suspend.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <sodium.h>

/* The smallest ring that can hold a first seed and a block at 0.5 bit. */
#define RING_SAMPLES 8192

static const char *const no_counters[] = {NULL};
static const struct collector_info info = {
    .summary = "noise put in by hand",
    .times = "nothing",
    .varies_because = "the harness says so",
    .platform = "tests",
    .claim_millibits = 500,
    .evidence = EVIDENCE_COMPILED,
    .measured_where = "nowhere",
    .counters = no_counters,
};
static const struct tunable no_tunables[] = {{.name = NULL}};
static const struct collector collectors[LIVE_SOURCES] = {
    {.name = "first", .info = &info, .tunables = no_tunables},
    {.name = "second", .info = &info, .tunables = no_tunables},
};

static void init_config(struct config *config)
{
    memset(config, 0, sizeof(*config));
    config->server.max_connections = 16;
    config->server.max_line_bytes = LIVE_LINE_MAX;
    config->server.max_batch = LIVE_BATCH;
    config->server.max_waiting = 4;
    config->server.request_timeout_ms = 30000;
    config->server.write_timeout_ms = 30000;
    config->server.frames_per_turn = 3;
    config->server.output_per_turn_bytes = 4096;
    config->server.shutdown_ms = 500;
    config->source_count = LIVE_SOURCES;
}

static void init_sources(struct live *l)
{
    bool is_locked = true;
    for (size_t i = 0; i < LIVE_SOURCES; i++) {
        MUST(source_init(&l->sources[i], &collectors[i], 500, RING_SAMPLES,
                         SOURCE_STARTING, NULL, &is_locked) == 0);
        source_move(&l->sources[i], SOURCE_HEALTHY, NULL);
    }
    MUST(pool_create(&l->pool, l->sources, LIVE_SOURCES, pool_kernel_random,
                     &is_locked) == 0);
    l->view = (struct status_view){
        .sources = l->sources,
        .source_count = LIVE_SOURCES,
        .pool = l->pool,
        .config = &l->config,
        .counts = &l->counts,
        .max_connections = l->config.server.max_connections,
        .memory_locked = is_locked,
        .started_ms = source_now_ms(),
    };
    l->dispatcher = (struct dispatcher){
        .view = &l->view,
        .counts = &l->counts,
        .is_credit_wanted = &l->is_credit_wanted,
        .slept_ms = suspend_total_ms(),
    };
}

static int make_listener(struct live *l)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(l->directory, sizeof(l->directory),
                   "/tmp/entropyd-fuzz-XXXXXX");
    MUST(mkdtemp(l->directory) != NULL);
    (void)snprintf(l->path, sizeof(l->path), "%s/s", l->directory);
    memcpy(address.sun_path, l->path, strlen(l->path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    MUST(fd >= 0);
    MUST(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    MUST(listen(fd, 16) == 0);
    MUST(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return fd;
}

static void on_stopped(void *context)
{
    struct live *l = context;
    l->is_stopped = true;
    subscribers_close(&l->subscribers);
}

void live_start(struct live *l)
{
    memset(l, 0, sizeof(*l));
    MUST(sodium_init() >= 0);
    (void)signal(SIGPIPE, SIG_IGN);
    init_config(&l->config);
    init_sources(l);
    MUST(uv_loop_init(&l->loop) == 0);
    subscribers_init(&l->subscribers, &l->loop, &l->view, &l->counts);
    const struct server_parts parts = {
        .loop = &l->loop,
        .config = &l->config,
        .dispatcher = &l->dispatcher,
        .subscribers = &l->subscribers,
        .max_connections = l->config.server.max_connections,
        .stopped = on_stopped,
        .context = l,
    };
    MUST(server_start(&l->server, make_listener(l), &parts) == 0);
}

void live_work(struct live *l)
{
    uint64_t samples[1024];
    for (size_t i = 0; i < LIVE_SOURCES; i++) {
        struct source *s = &l->sources[i];
        if (source_take_commands(s) & SOURCE_SELFTEST)
            (void)atomic_fetch_add(&s->selftests_done, 1);
        source_sweep(s);
        size_t n = source_space(s);
        while (n > 0) {
            size_t part = n < 1024 ? n : 1024;
            randombytes_buf(samples, part * sizeof(*samples));
            MUST(ring_push(s->ring, samples, part) == part);
            n -= part;
        }
    }
    (void)pool_try_seed(l->pool, source_now_ms());
    server_retry(l->server);
}

int live_connect(struct live *l)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, l->path, strlen(l->path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    MUST(fd >= 0);
    MUST(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    MUST(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return fd;
}

void live_turn(struct live *l)
{
    (void)uv_run(&l->loop, UV_RUN_NOWAIT);
}

void live_stop(struct live *l)
{
    server_stop(l->server);
    (void)uv_run(&l->loop, UV_RUN_DEFAULT);
    MUST(l->is_stopped);
    MUST(l->counts.connections == 0 && l->counts.waiting == 0);
    MUST(l->counts.subscriptions == 0);
    server_destroy(l->server);
    MUST(uv_loop_close(&l->loop) == 0);
    pool_destroy(l->pool);
    for (size_t i = 0; i < LIVE_SOURCES; i++)
        source_fini(&l->sources[i]);
    (void)unlink(l->path);
    (void)rmdir(l->directory);
}
