/* SPDX-License-Identifier: MIT */
/*
 * A thousand clients of one user at once, with the standard limits. Each asks
 * again and again, half of them in hex and half in binary, until ten million
 * bytes are out; no block of 16 bytes may come twice, at any offset. Two
 * more clients behave badly: one asks for much and reads nothing, one sends its
 * request byte by byte. They are still at it when all others are done, so no
 * client waited for them.
 */

#include "tests/e2e/many_blocks.h"
#include "tests/support/patience.h"
#include "tests/support/program.h"
#include "tests/support/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS     ((size_t)1000)
#define REPLY_BYTES ((size_t)1000)
#define ROUNDS      10
#define REPLY_ROOM                                                             \
    (2 * REPLY_BYTES + 512) /* hex, and the rest of the reply                  \
                             */
/* The rude one's requests: 60 of them would be 7.5 MiB of replies. */
#define RUDE_REQUESTS 60
#define RUDE_BYTES    65536

/* What a thousand connections may add to the daemon's memory: 4 KiB each, and
 * what the rude one's replies may take (128 KiB a turn, and one reply). */
#define GROWTH_KIB (CLIENTS * 4 + 1024)

struct client {
    int fd;
    bool is_binary;
    unsigned answered;
    size_t length; /* of what has come of the next reply */
    char reply[REPLY_ROOM];
};

static struct program entropyd;
static struct client clients[CLIENTS];
static int epoll = -1;

/* Room for as many descriptors on both sides, as the daemon makes for itself.
 * False where this user may not. */
static bool raise_descriptors(void)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < 2 * CLIENTS)
        limit.rlim_max = 2 * CLIENTS; /* root may */
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* VmRSS, in KiB. */
static long daemon_memory(void)
{
    char path[64];
    char line[256];
    long kib = -1;
    (void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)entropyd.pid);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    while (kib < 0 && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    }
    fclose(file);
    ck_assert_int_gt(kib, 0);
    return kib;
}

static void send_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        ck_assert_msg(sent > 0, "send: errno %d", errno);
        bytes += sent;
        n -= (size_t)sent;
    }
}

static void ask(const struct client *c)
{
    char line[160];
    int n = snprintf(line, sizeof(line),
                     "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"get\","
                     "\"params\":{\"bytes\":%zu,\"encoding\":\"%s\"}}\n",
                     (long)(c - clients), REPLY_BYTES,
                     c->is_binary ? "binary" : "hex");
    send_all(c->fd, line, (size_t)n);
}

/* The digit's value; 16 where it is none. (check writes to a pipe for each
 * assertion, so that there is none here.) */
static unsigned nibble(char digit)
{
    if (digit >= '0' && digit <= '9')
        return (unsigned)(digit - '0');
    if (digit >= 'a' && digit <= 'f')
        return (unsigned)(digit - 'a' + 10);
    return 16;
}

/* Turns two digits a byte into n bytes; false where one is none. */
static bool from_hex(const char *hex, uint8_t *bytes, size_t n)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned high = nibble(hex[2 * i]);
        unsigned low = nibble(hex[2 * i + 1]);
        wrong |= (high | low) & 16;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return wrong == 0;
}

/* Takes the bytes out of a reply that is whole; false: it is not yet. */
static bool take_bytes(struct client *c, uint8_t *bytes)
{
    char *end = memchr(c->reply, '\n', c->length);
    char id[32];
    if (end == NULL)
        return false;
    size_t line = (size_t)(end - c->reply) + 1;
    if (c->length < line + (c->is_binary ? REPLY_BYTES : 0))
        return false;
    ck_assert_uint_eq(c->length, line + (c->is_binary ? REPLY_BYTES : 0));
    *end = '\0';
    (void)snprintf(id, sizeof(id), "\"id\":%ld,", (long)(c - clients));
    ck_assert_msg(strstr(c->reply, id) != NULL, "not for %s: %s", id, c->reply);
    if (c->is_binary) {
        memcpy(bytes, end + 1, REPLY_BYTES);
        return true;
    }
    const char *data = strstr(c->reply, "\"data\":\"");
    ck_assert_msg(data != NULL, "no data: %s", c->reply);
    data += strlen("\"data\":\"");
    ck_assert(from_hex(data, bytes, REPLY_BYTES));
    ck_assert_int_eq(data[2 * REPLY_BYTES], '"');
    return true;
}

/* Something came for this client. */
static void hear(struct client *c, struct blocks *blocks, unsigned rounds)
{
    ssize_t n = recv(c->fd, c->reply + c->length, REPLY_ROOM - c->length, 0);
    ck_assert_msg(n > 0, "client %ld was cut off after %u replies",
                  (long)(c - clients), c->answered);
    c->length += (size_t)n;
    if (!take_bytes(c, blocks_room(blocks, REPLY_BYTES)))
        return;
    blocks_take(blocks, REPLY_BYTES);
    c->length = 0;
    if (++c->answered < rounds)
        ask(c);
}

/* All clients ask `rounds` times, each its next as soon as its last one is
 * answered. The dribbler sends a byte now and then meanwhile; what is left of
 * its request is returned. */
static const char *run_rounds(struct blocks *blocks, unsigned rounds,
                              int dribbler, const char *dribble)
{
    size_t done = 0;
    for (size_t i = 0; i < CLIENTS; i++)
        ask(&clients[i]);
    while (done < CLIENTS) {
        struct epoll_event events[64];
        int ready = epoll_wait(epoll, events, 64, PATIENCE_MS);
        ck_assert_msg(ready > 0, "only %zu of %zu clients were served:\n%s",
                      done, CLIENTS, program_log_end(&entropyd));
        for (int i = 0; i < ready; i++) {
            struct client *c = events[i].data.ptr;
            hear(c, blocks, rounds);
            done += c->answered == rounds;
        }
        if (dribble[1] != '\0')
            send_all(dribbler, dribble++, 1);
    }
    return dribble;
}

static void connect_all(void)
{
    epoll = epoll_create1(EPOLL_CLOEXEC);
    ck_assert_int_ge(epoll, 0);
    for (size_t i = 0; i < CLIENTS; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
        clients[i].fd = program_connect(&entropyd);
        clients[i].is_binary = i % 2 == 1;
        ck_assert_int_eq(epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event),
                         0);
    }
}

/* A client that sends requests without reading, until it cannot write more. */
static int be_rude(void)
{
    int fd = program_connect(&entropyd);
    char line[128];
    int n = snprintf(line, sizeof(line),
                     "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\","
                     "\"params\":{\"bytes\":%d}}\n",
                     RUDE_BYTES);
    for (int i = 0; i < RUDE_REQUESTS; i++)
        send_all(fd, line, (size_t)n);
    return fd;
}

/* Now it reads: everything is there, each reply whole. */
static void read_all(int fd)
{
    size_t got = 0;
    size_t lines = 0;
    static char bytes[65536];
    while (lines < RUDE_REQUESTS) {
        ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
        ck_assert_msg(n > 0, "the rude client was cut off after %zu", lines);
        got += (size_t)n;
        for (ssize_t i = 0; i < n; i++)
            lines += bytes[i] == '\n';
    }
    ck_assert_uint_gt(got, (size_t)RUDE_REQUESTS * 2 * RUDE_BYTES);
    ck_assert_int_lt(recv(fd, bytes, 1, MSG_DONTWAIT), 0);
}

/* Waits until the daemon has accepted, or closed, all of them. */
static void assert_connections(int fd, int expected)
{
    char part[64];
    const char *reply = "";
    (void)snprintf(part, sizeof(part), "\"connections\":%d,", expected);
    for (int i = 0; i < 2000 && strstr(reply, part) == NULL; i++) {
        reply = program_ask(
            fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}");
        ck_assert_ptr_nonnull(reply);
    }
    ck_assert_msg(strstr(reply, part) != NULL, "not %s: %s", part, reply);
}

static void report_memory(long before, long connected, long after)
{
    printf("a thousand clients: VmRSS %ld KiB before, %ld KiB connected, %ld "
           "KiB after\n",
           before, connected, after);
    if (MANY_CHECKS_MEMORY)
        ck_assert_int_le(after - before, GROWTH_KIB);
    else
        printf("not compared: the sanitizer's memory is in it\n");
}

/* Comes a byte at a time, its end when everybody else is done. */
#define DRIBBLE "{\"jsonrpc\":\"2.0\",\"id\":\"slow\",\"method\":\"ping\"}"

/* The limits are the standard ones, except that the two who behave badly have
 * all the time they need on a busy machine; and small rings are soon full. */
static const char *const settings[] = {
    "--set", "server.request_timeout_ms=3600000",
    "--set", "server.write_timeout_ms=3600000",
    "--set", "pool.ring_samples=4096",
    NULL,
};

START_TEST(a_thousand_clients_get_distinct_bytes_and_wait_for_no_other)
{
    unsigned rounds = (unsigned)scaled(ROUNDS);
    struct blocks *blocks =
        blocks_create((size_t)CLIENTS * rounds * REPLY_BYTES);
    if (!raise_descriptors())
        SKIP("this user may not have a thousand descriptors");
    program_prepare(&entropyd);
    program_start(&entropyd, ENTROPYD_PROGRAM, settings);
    program_wait(&entropyd);
    int dribbler = program_connect(&entropyd);
    ck_assert_ptr_nonnull(program_ask(
        dribbler, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":"
                  "{\"bytes\":4096}}"));
    long before = daemon_memory();

    connect_all();
    assert_connections(dribbler, CLIENTS + 1);
    long connected = daemon_memory();
    int rude = be_rude();
    const char *left = run_rounds(blocks, rounds, dribbler, DRIBBLE);
    report_memory(before, connected, daemon_memory());

    /* Everybody is served, and these two have only begun. */
    struct pollfd slow = {.fd = dribbler, .events = POLLIN};
    ck_assert_int_eq(poll(&slow, 1, 0), 0);
    const char *answer = program_ask(dribbler, left);
    ck_assert_msg(answer != NULL && strstr(answer, "\"id\":\"slow\"") != NULL,
                  "%s", answer != NULL ? answer : "(closed)");
    read_all(rude);
    ck_assert_uint_eq(blocks_count(blocks),
                      (size_t)CLIENTS * rounds * REPLY_BYTES);
    ck_assert_uint_eq(blocks_repeats(blocks), 0);

    for (size_t i = 0; i < CLIENTS; i++)
        close(clients[i].fd);
    close(rude);
    close(dribbler);
    close(epoll);
    ck_assert_int_eq(program_stop(&entropyd, SIGTERM), 0);
    program_end(&entropyd);
    blocks_destroy(blocks);
}
END_TEST

START_TEST(a_repeated_block_is_found_wherever_it_is)
{
    struct blocks *blocks = blocks_create(20000);
    uint8_t *bytes = blocks_room(blocks, 20000);
    blocks_take(blocks, 20000);
    uint64_t state = 1;
    for (size_t i = 0; i < 20000; i++) {
        state = state * UINT64_C(6364136223846793005) + 1;
        bytes[i] = (uint8_t)(state >> 56);
    }
    ck_assert_uint_eq(blocks_repeats(blocks), 0);
    memcpy(bytes + 12345, bytes + 160, 16); /* a whole block, out of step */
    ck_assert_uint_eq(blocks_repeats(blocks), 1);
    blocks_destroy(blocks);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_repeated_block_is_found_wherever_it_is),
        TEST(a_thousand_clients_get_distinct_bytes_and_wait_for_no_other),
        {0},
    };
    return run_tests("e2e_many", tests);
}
