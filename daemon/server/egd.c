/* SPDX-License-Identifier: MIT */
/*
 * Happy path: take_bytes() -> take_command() -> answers in connections.out,
 * which connection_flush() sends in one write: clients read an answer with one
 * read() and do not go on after a short one. A read that must wait holds the
 * connection, and retry() is called when credit comes or its time is over.
 */

#include "daemon/server/egd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The first byte of a command. */
enum command {
    EGD_AVAILABLE = 0, /* how many bits can be had? */
    EGD_READ_NOW = 1,  /* up to n bytes, at once */
    EGD_READ_WAIT = 2, /* exactly n bytes */
    EGD_WRITE = 3,     /* bits (2 bytes, big-endian), n, n bytes to mix in */
    EGD_PID = 4        /* the daemon's process id */
};

/* Command, bits and n of EGD_WRITE. */
#define WRITE_HEADER_BYTES 4

struct egd {
    struct connection connection;
    struct egd_host *host;
    struct waiter waiter; /* of the read that waits */
    uint8_t wanted;       /* its bytes */
    bool is_refused;      /* what follows is not read any more */
};

static struct egd *egd_of(struct connection *c)
{
    return container_of(c, struct egd, connection);
}

static struct egd_counts *counts_of(const struct egd *e)
{
    return &e->host->dispatcher->counts->egd;
}

static struct pool *pool_of(const struct egd *e)
{
    return e->host->dispatcher->view->pool;
}

static struct buffer *out_of(const struct egd *e)
{
    return &e->connection.shared->out;
}

/* What was answered before is still sent. */
static void refuse(struct egd *e)
{
    e->is_refused = true;
    counts_of(e)->refused_total++;
    connection_end(&e->connection);
}

/* Appends n bytes of the generator. 0; -EAGAIN where waiting can help; another
 * -errno where there are none. Without memory the buffer remembers it, and
 * connection_flush() closes. */
static int append_random(struct egd *e, size_t n, bool is_last_chance)
{
    struct buffer *out = out_of(e);
    char *room = n > 0 ? buffer_reserve(out, n) : NULL;
    if (room == NULL)
        return 0;
    int rc = dispatch_generate(e->host->dispatcher, room, n, is_last_chance);
    if (rc < 0)
        return rc;
    out->length += n;
    counts_of(e)->bytes_total += n;
    return 0;
}

/* reads that wait */

static void leave_queue(struct egd *e)
{
    wait_queue_remove(e->host->queue, &e->waiter);
    e->host->dispatcher->counts->waiting = e->host->queue->count;
}

static struct egd *waiting_of(struct waiter *waiter)
{
    return container_of(waiter, struct egd, waiter);
}

static size_t retry(struct waiter *waiter, bool is_last_chance)
{
    struct egd *e = waiting_of(waiter);
    struct connection *c = &e->connection;
    if (connection_is_gone(c)) {
        connection_close(c);
        return 1;
    }
    int rc = append_random(e, e->wanted, is_last_chance);
    if (rc == -EAGAIN)
        return 0;
    leave_queue(e);
    c->is_held = false;
    if (rc < 0)
        refuse(e);
    connection_flush(c);
    connection_go_on(c);
    return 1;
}

static void leave_if_gone(struct waiter *waiter)
{
    struct egd *e = waiting_of(waiter);
    if (connection_is_gone(&e->connection))
        connection_close(&e->connection);
}

/* Another user has its place: this is a refusal, and those end the
 * connection. */
static void give_up(struct waiter *waiter)
{
    struct egd *e = waiting_of(waiter);
    counts_of(e)->refused_total++;
    connection_close(&e->connection);
}

static void wait_for_seed(struct egd *e, uint8_t n)
{
    struct dispatcher *dispatcher = e->host->dispatcher;
    struct connection *c = &e->connection;
    if (!wait_queue_find_place(e->host->queue,
                               c->shared->config->server.max_waiting, c->user,
                               dispatcher->now_ms)) {
        refuse(e);
        return;
    }
    e->wanted = n;
    e->waiter = (struct waiter){
        .user = c->user,
        .deadline_ms = dispatcher->now_ms + EGD_WAIT_MS,
        .needs_credit = false, /* of the generator: it delays no other */
        .retry = retry,
        .leave_if_gone = leave_if_gone,
        .give_up = give_up,
    };
    c->is_held = true;
    wait_queue_add(e->host->queue, &e->waiter);
    dispatcher->counts->waiting = e->host->queue->count;
    connections_set_deadline(c->shared, e->waiter.deadline_ms);
}

/* commands */

static void tell_available(struct egd *e)
{
    uint32_t bits =
        pool_available_bits(pool_of(e), e->host->dispatcher->now_ms);
    const uint8_t answer[] = {(uint8_t)(bits >> 24), (uint8_t)(bits >> 16),
                              (uint8_t)(bits >> 8), (uint8_t)bits};
    buffer_append(out_of(e), answer, sizeof(answer));
}

/* All n bytes, or none before the first seed. */
static void read_now(struct egd *e, uint8_t n)
{
    struct buffer *out = out_of(e);
    size_t before = out->length;
    buffer_append(out, &n, 1);
    int rc = append_random(e, n, false);
    if (rc == 0)
        return;
    buffer_cut(out, before);
    if (rc == -EAGAIN)
        buffer_append(out, "", 1); /* the count: none */
    else
        refuse(e);
}

static void read_wait(struct egd *e, uint8_t n)
{
    int rc = append_random(e, n, false);
    if (rc == -EAGAIN)
        wait_for_seed(e, n);
    else if (rc < 0)
        refuse(e);
}

/* Anyone may, because it is never credited; the number of bits that the client
 * claims is ignored. */
static void mix_in(struct egd *e, const uint8_t *bytes, uint8_t n)
{
    if (n == 0)
        return;
    pool_mix(pool_of(e), bytes, n);
    counts_of(e)->mixed_bytes_total += n;
}

static void tell_pid(struct egd *e)
{
    char answer[32];
    int n = snprintf(answer + 1, sizeof(answer) - 1, "%" PRIdMAX,
                     (intmax_t)getpid());
    answer[0] = (char)n;
    buffer_append(out_of(e), answer, 1 + (size_t)n);
}

/* How long the command is whose first n bytes these are, n >= 1. Where its
 * length is still to come: longer than n. 0: it is unknown. */
static size_t length_of(const uint8_t *at, size_t n)
{
    switch (at[0]) {
    case EGD_AVAILABLE:
    case EGD_PID:
        return 1;
    case EGD_READ_NOW:
    case EGD_READ_WAIT:
        return 2;
    case EGD_WRITE:
        return n < WRITE_HEADER_BYTES ? WRITE_HEADER_BYTES
                                      : WRITE_HEADER_BYTES + (size_t)at[3];
    default:
        return 0;
    }
}

static void answer(struct egd *e, const uint8_t *at)
{
    switch ((enum command)at[0]) {
    case EGD_AVAILABLE:
        tell_available(e);
        break;
    case EGD_READ_NOW:
        read_now(e, at[1]);
        break;
    case EGD_READ_WAIT:
        read_wait(e, at[1]);
        break;
    case EGD_WRITE:
        mix_in(e, at + WRITE_HEADER_BYTES, at[3]);
        break;
    case EGD_PID:
        tell_pid(e);
        break;
    }
}

/* Handles the first command of n bytes; how many it took, 0: it is not whole.
 */
static size_t take_command(struct egd *e, const uint8_t *at, size_t n)
{
    size_t length = length_of(at, n);
    if (length > n)
        return 0;
    connection_end_request(&e->connection);
    e->connection.has_asked = true;
    counts_of(e)->requests_total++;
    if (length == 0) {
        refuse(e);
        return n;
    }
    answer(e, at);
    return length;
}

/* Handles commands until one blocks, the iteration's share is used up, or no
 * whole one is left. */
static size_t take_bytes(struct connection *c, const char *bytes, size_t n)
{
    struct egd *e = egd_of(c);
    const uint8_t *at = (const uint8_t *)bytes;
    struct connection_share share = {0};
    size_t used = 0;
    dispatch_update_time(e->host->dispatcher, uv_now(c->shared->loop));
    while (used < n && !e->is_refused) {
        if (connection_is_blocked(c) || c->is_closing ||
            !connection_may_continue(c, &share, used))
            return used;
        size_t took = take_command(e, at + used, n - used);
        if (took == 0)
            return used;
        used += took;
    }
    return n;
}

/* life */

static void leave_lists(struct connection *c)
{
    struct egd *e = egd_of(c);
    leave_queue(e);
    counts_of(e)->connections--;
}

static void destroy(struct connection *c)
{
    free(egd_of(c));
}

bool egd_prepare(struct egd_host *host)
{
    if (host->spare == NULL)
        host->spare = calloc(1, sizeof(*host->spare));
    return host->spare != NULL;
}

void egd_start(struct egd_host *host, struct user *user,
               const struct peer *peer, int fd)
{
    static const struct connection_protocol protocol = {
        .on_bytes = take_bytes,
        .on_closing = leave_lists,
        .on_closed = destroy,
    };
    struct egd *e = host->spare;
    host->spare = NULL;
    e->host = host;
    /* QEMU keeps its connection for as long as the guest runs, may ask for
     * nothing for hours, and does not connect again. */
    e->connection.has_no_idle_timeout = true;
    counts_of(e)->connections++;
    counts_of(e)->connections_total++;
    connection_start(&e->connection, host->connections, &protocol, user, peer,
                     fd);
}

void egd_host_fini(struct egd_host *host)
{
    free(host->spare);
    host->spare = NULL;
}
