#ifndef ENTROPYD_CLIENT_HANDLE_H
#define ENTROPYD_CLIENT_HANDLE_H

/* What a struct entropy_client is, and how it gets and loses its connection. */

#include "base/buffer.h"
#include "base/socket_path.h"
#include "client/entropy_client.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Most events that are kept while other answers are waited for. */
#define HANDLE_EVENTS_MAX 64

/* An event that came before it was asked for. */
struct pending_event {
    struct pending_event *next;
    char *line; /* the notification as it came; owned */
};

struct entropy_client {
    char *given; /* the path that the caller named, or NULL; owned */
    int timeout_ms;

    int fd;           /* -1: not connected */
    pid_t pid;        /* whose connection it is */
    struct buffer in; /* received and not used yet */
    bool was_cut;     /* the last answer had begun when its stream ended */
    uint64_t last_id; /* of the last request */
    char path[SOCKET_PATH_MAX]; /* of the last connection */

    bool is_subscribed[2];        /* by enum entropy_client_events */
    struct pending_event *events; /* oldest first */
    size_t event_count;
    uint64_t events_lost;

    char message[ENTROPY_CLIENT_WHY_MAX];
    char data[1024]; /* of the daemon's last error; "" where it did not fit */
};

/* Notes what failed (printf format) and returns error. */
int handle_fail(struct entropy_client *client, int error, const char *format,
                ...) __attribute__((format(printf, 3, 4)));

/* Begins a call: forgets the last failure, and a connection of the process
 * that this one was forked from. */
void handle_begin(struct entropy_client *client);

/* Connects if there is no connection; *is_fresh says whether there was none. 0,
 * or an enum entropy_client_error that is noted. */
int handle_connect(struct entropy_client *client, int64_t deadline,
                   bool *is_fresh);

/* Gives the connection up, with all that belongs to it. */
void handle_drop(struct entropy_client *client);

/* Whether a subscription stands on the connection. */
bool handle_has_subscription(const struct entropy_client *client);

/* Keeps a notification's line (length bytes); the oldest goes if there are too
 * many. 0, or ENTROPY_CLIENT_NO_MEMORY, noted. */
int handle_keep_event(struct entropy_client *client, const char *line,
                      size_t length);

/* Takes the oldest kept line, the caller's to free(); NULL if there is none. */
char *handle_take_event(struct entropy_client *client);

#endif
