/* SPDX-License-Identifier: MIT */
/*
 * The load generator: CONNECTIONS connections, each with DEPTH requests in
 * flight, for SECONDS; prints one JSON object: requests a second, latency
 * percentiles, and the processor time of the server's main thread a request.
 *
 *     bench_load SOCKET PID CONNECTIONS DEPTH SECONDS REQUEST [RAW_BYTES]
 *
 * RAW_BYTES: each reply line is followed by this many raw bytes. Where REQUEST
 * is "egd", SOCKET is an EGD socket, and each request is for RAW_BYTES (1 to
 * 255).
 */

#include "tests/bench/histogram.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES (256 * 1024)

struct connection {
    int fd;
    size_t raw_left;  /* of the reply that is being read */
    uint64_t sent_at; /* of the requests in flight, all sent at once */
    unsigned missing; /* replies until the next send */
};

struct load {
    const char *socket;
    long pid;
    unsigned connections, depth;
    double seconds;
    size_t raw_bytes;
    bool is_egd;    /* a reply is raw bytes and no line */
    char *requests; /* depth of them */
    size_t requests_bytes;
    uint64_t replies;
    struct histogram latency;
    char read_bytes[READ_BYTES];
};

static uint64_t now_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Processor time of the server's main thread, in nanoseconds. */
static uint64_t server_cpu_ns(long pid)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%ld/task/%ld/schedstat", pid,
                   pid);
    FILE *file = fopen(path, "re");
    char text[64] = "0";
    if (file != NULL) {
        if (fgets(text, sizeof(text), file) == NULL)
            text[0] = '0';
        (void)fclose(file);
    }
    return strtoull(text, NULL, 10);
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        fail(path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        fail("connect");
    return fd;
}

static void send_requests(struct load *l, struct connection *c)
{
    c->sent_at = now_ns();
    c->missing = l->depth;
    c->raw_left = l->is_egd ? l->raw_bytes : 0;
    /* At most 64 requests of some 100 bytes: they fit the socket's buffer. */
    if (send(c->fd, l->requests, l->requests_bytes, MSG_NOSIGNAL) !=
        (ssize_t)l->requests_bytes)
        fail("send");
}

/* Counts the replies in n bytes. */
static void take(struct load *l, struct connection *c, const char *at, size_t n)
{
    while (n > 0) {
        if (c->raw_left > 0) {
            size_t part = n < c->raw_left ? n : c->raw_left;
            c->raw_left -= part;
            at += part;
            n -= part;
            if (l->is_egd && c->raw_left == 0 && --c->missing > 0)
                c->raw_left = l->raw_bytes;
        } else {
            const char *newline = memchr(at, '\n', n);
            if (newline == NULL)
                return;
            n -= (size_t)(newline + 1 - at);
            at = newline + 1;
            c->raw_left = l->raw_bytes;
            c->missing--;
        }
    }
}

static void on_readable(struct load *l, struct connection *c)
{
    ssize_t n = recv(c->fd, l->read_bytes, sizeof(l->read_bytes), 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        fail("recv");
    unsigned before = c->missing;
    take(l, c, l->read_bytes, (size_t)n);
    l->replies += before - c->missing;
    if (c->missing > 0 || c->raw_left > 0)
        return;
    histogram_add(&l->latency, now_ns() - c->sent_at);
    send_requests(l, c);
}

static void open_all(struct load *l, struct connection *all, int epoll)
{
    for (unsigned i = 0; i < l->connections; i++) {
        all[i].fd = connect_to(l->socket);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event) < 0)
            fail("epoll_ctl");
        send_requests(l, &all[i]);
    }
}

static void run_until(struct load *l, int epoll, uint64_t until)
{
    struct epoll_event events[256];
    while (now_ns() < until) {
        int n = epoll_wait(epoll, events, 256, 100);
        for (int i = 0; i < n; i++)
            on_readable(l, events[i].data.ptr);
    }
}

static void print(const struct load *l, double seconds, uint64_t cpu_ns)
{
    double replies = (double)l->replies;
    printf("{\"replies\":%" PRIu64 ",\"per_second\":%.1f,"
           "\"p50_us\":%.2f,\"p99_us\":%.2f,\"p999_us\":%.2f,"
           "\"cpu_us\":%.4f,\"server_busy\":%.3f,\"mb_per_second\":%.1f}\n",
           l->replies, replies / seconds,
           (double)histogram_at(&l->latency, 0.5) / 1e3,
           (double)histogram_at(&l->latency, 0.99) / 1e3,
           (double)histogram_at(&l->latency, 0.999) / 1e3,
           replies > 0 ? (double)cpu_ns / 1e3 / replies : 0,
           (double)cpu_ns / 1e9 / seconds,
           replies * (double)l->raw_bytes / 1e6 / seconds);
}

int main(int argc, char *argv[])
{
    if (argc < 7) {
        (void)fprintf(stderr,
                      "usage: %s SOCKET PID CONNECTIONS DEPTH SECONDS "
                      "REQUEST [RAW_BYTES]\n",
                      argv[0]);
        return 64;
    }
    struct load *l = calloc(1, sizeof(*l));
    if (l == NULL)
        fail("calloc");
    l->socket = argv[1];
    l->pid = strtol(argv[2], NULL, 10);
    l->connections = (unsigned)strtoul(argv[3], NULL, 10);
    l->depth = (unsigned)strtoul(argv[4], NULL, 10);
    l->seconds = strtod(argv[5], NULL);
    l->raw_bytes = argc > 7 ? strtoul(argv[7], NULL, 10) : 0;
    l->is_egd = strcmp(argv[6], "egd") == 0;
    if (l->is_egd && (l->raw_bytes < 1 || l->raw_bytes > 255)) {
        (void)fprintf(stderr, "RAW_BYTES must be 1 to 255 for egd\n");
        return 64;
    }
    size_t one = l->is_egd ? 2 : strlen(argv[6]) + 1;
    l->requests_bytes = one * l->depth;
    l->requests = malloc(l->requests_bytes + 1);
    struct connection *all = calloc(l->connections, sizeof(*all));
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->requests == NULL || all == NULL || epoll < 0)
        fail("start");
    for (unsigned i = 0; i < l->depth; i++) {
        char *request = l->requests + i * one;
        memcpy(request, l->is_egd ? "\2" : argv[6], one - 1);
        request[one - 1] = '\n';
        if (l->is_egd)
            request[one - 1] = (char)l->raw_bytes;
    }

    open_all(l, all, epoll);
    uint64_t warm = now_ns() + (uint64_t)(l->seconds * 0.1e9);
    run_until(l, epoll, warm);
    l->replies = 0;
    memset(&l->latency, 0, sizeof(l->latency));
    uint64_t cpu = server_cpu_ns(l->pid);
    uint64_t begin = now_ns();
    run_until(l, epoll, begin + (uint64_t)(l->seconds * 1e9));
    double seconds = (double)(now_ns() - begin) / 1e9;
    print(l, seconds, server_cpu_ns(l->pid) - cpu);
    return 0;
}
