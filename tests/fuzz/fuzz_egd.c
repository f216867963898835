/* SPDX-License-Identifier: MIT */
/*
 * An EGD client of the fuzzer's making against a live server. Claims, for every
 * input that the client sends and then half-closes:
 *
 *   - what comes back is what the commands ask for, in their order and to the
 *     byte: four bytes for 0, a count and as many for 1, exactly n for 2,
 *     nothing for 3, a count and the pid for 4;
 *   - an unknown command ends it, after what was answered before; half a
 *     command gets nothing;
 *   - once a byte was given, 0 never says "none" and 1 always gives all;
 *   - then the connection is closed; the counts have moved by just that;
 *   - a client of JSON-RPC is answered all along, and nothing is left over: no
 *     waiting request, no connection.
 *
 * The first byte says how the bytes are handed over (in pieces, to a server
 * that is not seeded yet, by a client that leaves before it has read, or that
 * reads nothing until all is answered).
 */

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define INPUT_MAX 4096

/* All that INPUT_MAX can ask for: half as many reads of 255 bytes, and a count
 * each. */
#define ANSWER_MAX ((size_t)INPUT_MAX / 2 * 256)

/* Turns in which the client does not read, and the server may do what it can.
 */
#define DEAF_TURNS 8

enum manner {
    IN_PIECES = 7, /* 0: at once; else that many bytes a piece */
    UNSEEDED = 8,  /* a server of its own, not seeded yet */
    LEAVES = 16,   /* gone after the last byte, without reading */
    DEAF = 32      /* does not read at first */
};

/* What came back. */
struct answer {
    uint8_t bytes[ANSWER_MAX + 1]; /* one more would be too many */
    size_t length;
    bool is_closed;
};

/* What the commands of an input lead to. */
struct expected {
    uint64_t requests, refused, bytes, mixed;
};

static bool receive(struct answer *a, int fd)
{
    if (a->is_closed)
        return false;
    ssize_t n = recv(fd, a->bytes + a->length, sizeof(a->bytes) - a->length, 0);
    if (n > 0) {
        a->length += (size_t)n;
        MUST(a->length <= ANSWER_MAX);
        return true;
    }
    MUST(n == 0 || errno == EAGAIN || errno == ECONNRESET);
    a->is_closed = n == 0 || errno == ECONNRESET;
    return false;
}

static void send_all(struct rig *rig, int fd, struct bytes in, uint8_t manner,
                     struct answer *a)
{
    size_t piece = manner & IN_PIECES;
    unsigned idle = 0;
    while (in.left > 0 && !a->is_closed) {
        size_t n = piece > 0 && piece < in.left ? piece : in.left;
        ssize_t sent = send(fd, in.at, n, MSG_NOSIGNAL);
        MUST(sent > 0 || errno == EAGAIN || errno == EPIPE);
        if (sent > 0) {
            in.at += sent;
            in.left -= (size_t)sent;
        } else if (errno == EPIPE) {
            return;
        }
        live_turn(rig);
        bool is_deaf = (manner & DEAF) != 0 && idle < DEAF_TURNS;
        if ((!is_deaf && receive(a, fd)) || sent > 0)
            continue;
        live_work(rig);
        MUST(++idle < LIVE_TURNS_MAX);
    }
}

static void receive_all(struct rig *rig, int fd, uint8_t manner,
                        struct answer *a)
{
    for (unsigned i = 0; (manner & DEAF) != 0 && i < DEAF_TURNS; i++)
        live_turn(rig);
    for (unsigned idle = 0; !a->is_closed; idle++) {
        if (receive(a, fd))
            idle = 0;
        live_turn(rig);
        if (idle > 4)
            live_work(rig);
        MUST(idle < LIVE_TURNS_MAX);
    }
}

/* The next n bytes of what came back. */
static const uint8_t *next(const struct answer *a, size_t *at, size_t n)
{
    MUST(a->length - *at >= n);
    *at += n;
    return a->bytes + *at - n;
}

/* Eight equal bytes or more are no random ones: 2^-56. */
static void check_random(const uint8_t *bytes, size_t n)
{
    bool is_constant = n >= 8;
    for (size_t i = 1; i < n && is_constant; i++)
        is_constant = bytes[i] == bytes[0];
    MUST(!is_constant);
}

/* The model. What came back is walked beside the commands. */
struct model {
    const struct answer *answer;
    size_t at; /* looked at so far */
    bool is_seeded;
    struct expected expected;
};

/* How long the command is that in begins with; 0: it is not whole. */
static size_t length_of(struct bytes in)
{
    static const size_t lengths[] = {1, 2, 2, 4, 1};
    size_t length = lengths[in.at[0]];
    if (in.left >= length && in.at[0] == 3)
        length += in.at[3];
    return in.left >= length ? length : 0;
}

static void check_read(struct model *m, size_t n)
{
    check_random(next(m->answer, &m->at, n), n);
    m->is_seeded = m->is_seeded || n > 0;
    m->expected.bytes += n;
}

static void check_command(struct model *m, const uint8_t *command)
{
    char pid[16];
    const uint8_t *bits;
    uint8_t count;
    switch (command[0]) {
    case 0:
        bits = next(m->answer, &m->at, 4);
        MUST(!m->is_seeded || (bits[0] | bits[1] | bits[2] | bits[3]) != 0);
        break;
    case 1:
        count = *next(m->answer, &m->at, 1);
        MUST(count == command[1] || (count == 0 && !m->is_seeded));
        check_read(m, count);
        break;
    case 2:
        check_read(m, command[1]);
        break;
    case 3:
        m->expected.mixed += command[3];
        break;
    default:
        (void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
        MUST(*next(m->answer, &m->at, 1) == strlen(pid));
        MUST(memcmp(next(m->answer, &m->at, strlen(pid)), pid, strlen(pid)) ==
             0);
    }
}

static struct expected compare(struct bytes in, const struct answer *a,
                               bool is_seeded)
{
    struct model m = {.answer = a, .is_seeded = is_seeded};
    while (in.left > 0 && in.at[0] <= 4) {
        size_t length = length_of(in);
        if (length == 0)
            break;
        m.expected.requests++;
        check_command(&m, in.at);
        in.at += length;
        in.left -= length;
    }
    if (in.left > 0 && in.at[0] > 4) {
        m.expected.requests++;
        m.expected.refused++;
    }
    MUST(m.at == a->length);
    return m.expected;
}

/* The counts have moved from `before` by just that. */
static void check_counts(const struct egd_counts *now,
                         const struct egd_counts *before,
                         const struct expected *e)
{
    MUST(now->requests_total - before->requests_total == e->requests);
    MUST(now->refused_total - before->refused_total == e->refused);
    MUST(now->bytes_total - before->bytes_total == e->bytes);
    MUST(now->mixed_bytes_total - before->mixed_bytes_total == e->mixed);
    MUST(now->connections_total - before->connections_total == 1);
}

static void run_client(struct rig *rig, struct bytes in, uint8_t manner,
                       int neighbour)
{
    static struct answer a; /* large */
    struct egd_counts before = rig->counts.egd;
    bool is_seeded = pool_is_seeded(rig->pool);
    int fd = rig_connect_egd(rig);
    a.length = 0;
    a.is_closed = false;
    send_all(rig, fd, in, manner, &a);
    if (manner & LEAVES) {
        (void)close(fd);
        live_ping(rig, neighbour);
    } else {
        (void)shutdown(fd, SHUT_WR);
        live_turn(rig);
        live_ping(rig, neighbour);
        receive_all(rig, fd, manner, &a);
        (void)close(fd);
        struct expected e = compare(in, &a, is_seeded);
        check_counts(&rig->counts.egd, &before, &e);
    }
    for (unsigned turns = 0; rig->counts.egd.connections > 0; turns++) {
        live_turn(rig);
        if (turns > 4)
            live_work(rig);
        MUST(turns < LIVE_TURNS_MAX);
    }
    MUST(rig->counts.waiting == 0);
}

/* The server of all inputs but the UNSEEDED; it ends with the process. */
static struct rig seeded;

static void remove_socket(void)
{
    rig_remove(&seeded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int neighbour = -1;
    struct bytes in = {data, size};
    uint8_t manner = take_byte(&in);
    if (in.left > INPUT_MAX)
        return 0;
    if (manner & UNSEEDED) {
        struct rig *fresh = malloc(sizeof(*fresh));
        MUST(fresh != NULL);
        live_start(fresh);
        int other = rig_connect(fresh);
        run_client(fresh, in, manner, other);
        (void)close(other);
        rig_close(fresh);
        free(fresh);
        return 0;
    }
    if (neighbour < 0) {
        live_start(&seeded);
        live_work(&seeded);
        neighbour = rig_connect(&seeded);
        (void)atexit(remove_socket);
    }
    run_client(&seeded, in, manner, neighbour);
    return 0;
}
