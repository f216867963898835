#include "tests/daemon/rig.h"

#include "daemon/listener.h"
#include "daemon/pool/ring.h"
#include "daemon/suspend.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#define PATIENCE_MS 5000

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
    config->server.frames_per_turn = 64;
    config->server.output_per_turn_bytes = 131072;
    config->server.shutdown_ms = 500;
    config->source_count = RIG_SOURCES;
}

void rig_init(struct rig *r)
{
    bool is_locked = true;
    memset(r, 0, sizeof(*r));
    (void)signal(SIGPIPE, SIG_IGN); /* as the daemon does */
    ck_assert_int_ge(sodium_init(), 0);
    init_config(&r->config);
    for (size_t i = 0; i < RIG_SOURCES; i++) {
        ck_assert_int_eq(source_init(&r->sources[i], &collectors[i], 500, 65536,
                                     SOURCE_STARTING, NULL, &is_locked),
                         0);
        source_move(&r->sources[i], SOURCE_HEALTHY, NULL);
    }
    ck_assert_int_eq(pool_create(&r->pool, r->sources, RIG_SOURCES,
                                 pool_kernel_random, &is_locked),
                     0);
    r->view = (struct status_view){
        .sources = r->sources,
        .source_count = RIG_SOURCES,
        .pool = r->pool,
        .config = &r->config,
        .counts = &r->counts,
        .memory_locked = is_locked,
        .started_ms = source_now_ms(),
    };
    r->dispatcher = (struct dispatcher){
        .view = &r->view,
        .counts = &r->counts,
        .is_credit_wanted = &r->is_credit_wanted,
        .slept_ms = suspend_total_ms(),
    };
    ck_assert_int_eq(uv_loop_init(&r->loop), 0);
}

static void on_stopped(void *context)
{
    struct rig *r = context;
    r->is_stopped = true;
    subscribers_close(&r->subscribers);
}

static int make_listener(struct rig *r)
{
    (void)snprintf(r->directory, sizeof(r->directory),
                   "/tmp/entropyd-rig-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(r->directory));
    (void)snprintf(r->path, sizeof(r->path), "%s/socket", r->directory);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, r->path, strlen(r->path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, 128), 0);
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

void rig_start(struct rig *r)
{
    r->view.max_connections = r->config.server.max_connections;
    subscribers_init(&r->subscribers, &r->loop, &r->view, &r->counts);
    const struct server_parts parts = {
        .loop = &r->loop,
        .config = &r->config,
        .dispatcher = &r->dispatcher,
        .subscribers = &r->subscribers,
        .max_connections = r->config.server.max_connections,
        .stopped = on_stopped,
        .context = r,
    };
    ck_assert_int_eq(server_start(&r->server, make_listener(r), &parts), 0);
}

void rig_open(struct rig *r)
{
    rig_init(r);
    rig_start(r);
}

void rig_feed(struct rig *r, size_t i, size_t n)
{
    uint64_t samples[1024];
    while (n > 0) {
        size_t part = n < 1024 ? n : 1024;
        randombytes_buf(samples, part * sizeof(*samples));
        ck_assert_uint_eq(ring_push(r->sources[i].ring, samples, part), part);
        n -= part;
    }
    (void)pool_try_seed(r->pool, source_now_ms());
    server_retry(r->server);
}

void rig_seed(struct rig *r)
{
    rig_feed(r, 0, 1024);
    ck_assert(pool_is_seeded(r->pool));
}

int rig_connect(struct rig *r)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, r->path, strlen(r->path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)),
                     0);
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static void turn(struct rig *r)
{
    if (uv_run(&r->loop, UV_RUN_NOWAIT) != 0)
        (void)usleep(200);
}

void rig_run(struct rig *r, unsigned ms)
{
    uint64_t until = source_now_ms() + ms;
    while (source_now_ms() < until)
        turn(r);
}

void rig_send_bytes(struct rig *r, int fd, const char *bytes, size_t n)
{
    uint64_t until = source_now_ms() + PATIENCE_MS;
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent < 0) {
            ck_assert_int_eq(errno, EAGAIN);
            ck_assert_msg(source_now_ms() < until, "the server reads nothing");
            turn(r);
            continue;
        }
        bytes += sent;
        n -= (size_t)sent;
    }
}

void rig_send(struct rig *r, int fd, const char *text)
{
    rig_send_bytes(r, fd, text, strlen(text));
}

bool rig_bytes(struct rig *r, int fd, void *out, size_t n)
{
    char *at = out;
    uint64_t until = source_now_ms() + PATIENCE_MS;
    while (n > 0) {
        ssize_t got = recv(fd, at, n, 0);
        if (got > 0) {
            at += got;
            n -= (size_t)got;
            continue;
        }
        if (got == 0 || errno == ECONNRESET)
            return false;
        ck_assert_int_eq(errno, EAGAIN);
        ck_assert_msg(source_now_ms() < until, "no answer");
        turn(r);
    }
    return true;
}

const char *rig_line(struct rig *r, int fd)
{
    static char *line; /* reused; a test process has one thread */
    static size_t capacity;
    size_t length = 0;
    for (;;) {
        if (length + 1 > capacity) {
            capacity = capacity > 0 ? 2 * capacity : 4096;
            line = realloc(line, capacity);
            ck_assert_ptr_nonnull(line);
        }
        if (!rig_bytes(r, fd, line + length, 1))
            return NULL;
        if (line[length] == '\n') {
            line[length] = '\0';
            return line;
        }
        length++;
    }
}

const char *rig_ask(struct rig *r, int fd, const char *line)
{
    rig_send(r, fd, line);
    rig_send(r, fd, "\n");
    const char *reply = rig_line(r, fd);
    ck_assert_msg(reply != NULL, "closed instead of an answer to %s", line);
    return reply;
}

bool rig_is_silent(struct rig *r, int fd)
{
    char byte;
    rig_run(r, 50);
    return recv(fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

void rig_close(struct rig *r)
{
    server_stop(r->server);
    (void)uv_run(&r->loop, UV_RUN_DEFAULT);
    ck_assert(r->is_stopped);
    server_destroy(r->server);
    ck_assert_int_eq(uv_loop_close(&r->loop), 0);
    pool_destroy(r->pool);
    for (size_t i = 0; i < RIG_SOURCES; i++)
        source_fini(&r->sources[i]);
    (void)unlink(r->path);
    (void)rmdir(r->directory);
}
