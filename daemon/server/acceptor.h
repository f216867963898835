/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SERVER_ACCEPTOR_H
#define ENTROPYD_DAEMON_SERVER_ACCEPTOR_H

/*
 * Accepts connections from a listening socket. Where that fails, once or from
 * now on, clients wait in the kernel's queue: accepting pauses, longer and
 * longer, and is tried again. Loop thread; never blocks.
 *
 * uv_listen() is not used because it does not return to the loop while accept()
 * keeps failing, and because at EMFILE it accepts and closes every client that
 * waits.
 */

#include "daemon/server/status.h"

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

/* The pauses between two attempts while accepting fails. */
#define ACCEPTOR_PAUSE_MIN_MS 100
#define ACCEPTOR_PAUSE_MAX_MS 3200

/* A socket on which accept() has failed for this long, and not because
 * descriptors or memory were short, is broken. */
#define ACCEPTOR_BROKEN_MS 10000

/* It is called broken again after twice as long, up to this. */
#define ACCEPTOR_BROKEN_MAX_MS 3600000

/* Most connections that are accepted in one loop iteration. */
#define ACCEPTOR_BURST 32

struct acceptor_user {
    /* Makes sure of the memory for one more connection; false: there is none.
     */
    bool (*prepare)(void *context);
    /* fd (non-blocking, close-on-exec) is a client's; taken over. */
    void (*accepted)(void *context, int fd);
    /* The socket is broken (rc: accept()'s -errno). May call acceptor_replace()
     * or acceptor_close(). */
    void (*broken)(void *context, int rc);
    /* acceptor_close() is complete. */
    void (*closed)(void *context);
    void *context;
    const char *protocol; /* that is spoken there, for the log */
};

struct acceptor {
    struct acceptor_user user;
    struct server_counts *counts; /* accept_errors_total, accept_failing */
    uv_loop_t *loop;
    uv_poll_t *poll;      /* of fd; frees itself once closed; NULL: none */
    uv_timer_t timer;     /* the end of a pause */
    int fd;               /* -1: none */
    unsigned pause_ms;    /* the next pause */
    int error;            /* the last failure, -errno; 0: accepting works */
    uint64_t failures;    /* since it worked */
    uint64_t since_ms;    /* the first of them */
    uint64_t patience_ms; /* until it is called broken */
    uint64_t broken_ms;   /* since when the socket alone is to blame */
    uint64_t logged_ms;   /* when a failure was last logged; 0: never */
    bool is_logged;       /* the present failure was */
    bool is_closing;
};

/* Accepts from fd (listening and non-blocking), which it takes over, also when
 * this fails. 0, or a libuv error; acceptor_close() is due even then. */
int acceptor_start(struct acceptor *a, uv_loop_t *loop,
                   struct server_counts *counts, int fd,
                   const struct acceptor_user *user);

/* Closes the listening socket and accepts from fd instead; otherwise as
 * above. */
int acceptor_replace(struct acceptor *a, int fd);

/* A descriptor or memory was given back: if accepting pauses because they were
 * short, it is tried again now. */
void acceptor_retry(struct acceptor *a);

/* Closes the socket and everything else, then calls closed() from the loop.
 * Once. */
void acceptor_close(struct acceptor *a);

#endif
