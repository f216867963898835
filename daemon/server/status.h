/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SERVER_STATUS_H
#define ENTROPYD_DAEMON_SERVER_STATUS_H

/*
 * What the daemon reports about itself: snapshots for status, health and
 * sources, taken from the sources, the pool and the server's counts. Loop
 * thread.
 */

#include "daemon/pool/pool.h"
#include "daemon/server/users.h"
#include "daemon/settings/config.h"
#include "daemon/source/history.h"
#include "protocol/reply.h"

/* What EGD does (daemon/server/egd.h). */
struct egd_counts {
    bool is_listening;
    uint64_t connections;       /* open now */
    uint64_t connections_total; /* that were served */
    uint64_t requests_total;    /* commands, unknown ones included */
    uint64_t refused_total;     /* of these, those that ended a connection */
    uint64_t bytes_total;       /* random bytes handed out */
    uint64_t mixed_bytes_total; /* bytes of clients, mixed in uncredited */
};

/* What the server counts as it works. */
struct server_counts {
    uint64_t connections;       /* open now, of any protocol */
    uint64_t connections_total; /* those that were refused, too */
    uint64_t accept_errors_total;
    unsigned accept_failing; /* listening sockets on which accept() fails */
    uint64_t requests_total; /* of JSON-RPC, valid or not, notifications
                              * included */
    uint64_t errors_total[ERROR_KIND_COUNT];
    uint64_t waiting; /* requests that wait for credit now, of any protocol */
    uint64_t subscriptions;
    struct egd_counts egd;
};

/* An on-demand test has ended, or the time of a request for it. */
struct selftest_end {
    struct source_move move; /* from and to: the state that it left */
    uid_t uid;               /* who asked */
    const char *result;      /* "passed", "failed" or "timed_out" */
};

/* Everything that a status is made of, borrowed. */
struct status_view {
    struct source *sources;
    size_t source_count;
    const struct history *history; /* NULL: none is kept */
    struct pool *pool;
    const struct config *config;
    const struct server_counts *counts;
    const struct users *users; /* NULL while none can connect */
    unsigned
        max_connections; /* in force; config's, or what descriptors allow */
    bool memory_locked;
    uint64_t started_ms; /* monotonic_now_ms() at the start */
};

/* Milliseconds since the daemon started. */
uint64_t status_uptime_ms(const struct status_view *view);

/* The health word of now. */
const char *status_health(const struct status_view *view);

/* Index of the source `name`, or -1. */
int status_find_source(const struct status_view *view, const char *name);

/* Append the reply, or the notification, that the name says. */
void status_reply(const struct status_view *view, struct buffer *out,
                  const struct request_id *id);
void status_reply_health(const struct status_view *view, struct buffer *out,
                         const struct request_id *id);
void status_reply_sources(const struct status_view *view, struct buffer *out,
                          const struct request_id *id);
void status_notify(const struct status_view *view, struct buffer *out);

#endif
