/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_CONNECTION_H
#define ENTROPYD_CLIENT_CONNECTION_H

/* What a struct entropy_client is: a connection, and requests and replies on
 * it. All failures are an enum entropy_client_error and are noted in the
 * client. */

#include "base/buffer.h"
#include "base/socket_path.h"
#include "client/entropy_client.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* An event that arrived before it was asked for. */
struct pending_event {
    struct pending_event *next;
    char *line; /* the notification as it came; owned */
};

struct entropy_client {
    char *given; /* the path that the caller named, or NULL; owned */
    int timeout_ms;

    int fd;                     /* -1: not connected */
    pid_t pid;                  /* whose connection it is */
    struct buffer in;           /* received and not used yet */
    bool was_cut;               /* the stream ended within the last reply */
    uint64_t last_id;           /* of the last request */
    char path[SOCKET_PATH_MAX]; /* of the last connection */

    bool is_subscribed[2];        /* by enum entropy_client_events */
    struct pending_event *events; /* oldest first */
    size_t event_count;
    uint64_t events_lost;

    char message[ENTROPY_CLIENT_WHY_MAX];
    char data[1024]; /* of the daemon's last error; "" where it did not fit */
};

/* Notes what failed (printf format) and returns error. */
int connection_fail(struct entropy_client *client, int error,
                    const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Begins a call: forgets the last failure, and a connection inherited over
 * fork(). */
void connection_begin(struct entropy_client *client);

/* Connects unless connected. *is_fresh tells whether it did. */
int connection_open(struct entropy_client *client, uint64_t deadline,
                    bool *is_fresh);

/* Closes the connection and forgets all that belongs to it. */
void connection_drop(struct entropy_client *client);

/* Is there a subscription on the connection? */
bool connection_is_subscribed(const struct entropy_client *client);

/* The deadline of a call that the daemon may let wait for wait_ms. */
uint64_t connection_deadline(const struct entropy_client *client, int wait_ms);

/*
 * Sends a request (params: JSON text or NULL) and waits for its reply,
 * connecting first where needed. If the connection turns out to be dead before
 * any byte of a reply came, it connects and asks once more. *result is new, the
 * reply's "result". Bytes behind the reply's line stay in client->in.
 */
int connection_ask(struct entropy_client *client, const char *method,
                   const char *params, uint64_t deadline, json_t **result);

/*
 * Receives one line, without its newline, at the head of client->in: *length
 * bytes, to be removed with connection_consume(client, *length + 1). On any
 * failure but a passed deadline the connection is dropped.
 */
int connection_receive_line(struct entropy_client *client, uint64_t deadline,
                            size_t *length);

/* Removes and wipes n bytes at the head of client->in. */
void connection_consume(struct entropy_client *client, size_t n);

/* Takes the line of the oldest pending event, the caller's to free(); NULL if
 * there is none. */
char *connection_take_event(struct entropy_client *client);

#endif
