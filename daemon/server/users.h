/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SERVER_USERS_H
#define ENTROPYD_DAEMON_SERVER_USERS_H

/*
 * The users who are connected. What the daemon has to share is shared among
 * them, not among their connections: places (here), loop iterations (rounds),
 * places in the wait queue and conditioned bytes (wait_queue). Loop thread.
 */

#include "base/list.h"
#include "daemon/host/peer.h"
#include "daemon/server/rounds.h"

#include <stdbool.h>
#include <stddef.h>

/* One user, at least for as long as a connection of his is open. */
struct user {
    uid_t uid;
    bool is_known;      /* false: all clients without a known uid */
    bool is_privileged; /* the daemon's own user or root */
    unsigned num_connections;
    unsigned num_waiting;    /* requests of any kind in the wait queue */
    struct list node;        /* in users.all */
    struct list connections; /* struct connection.node, the oldest first */
    struct round_user round;
    /* of the wait queue */
    struct list waiting;    /* his requests that need credit, oldest first */
    struct list wait_node;  /* among the users with such requests, or who
                             * had one just now */
    uint64_t blocks_served; /* his virtual time: conditioned blocks */
    uint64_t served_ms;     /* when he was last given one */
};

struct users {
    struct list all; /* struct user.node */
    unsigned count;  /* of those with connections */
    unsigned num_connections;
};

void users_init(struct users *u);

/* The user of this peer, for one more connection: known already, or new. NULL
 * without memory. */
struct user *users_join(struct users *u, const struct peer *peer);

/* A connection of the user's is closed. With the last one he may be freed, but
 * not before the next users_join(). */
void users_leave(struct users *u, struct user *user);

/* Frees them; no connection is left. */
void users_fini(struct users *u);

/* How many of this peer's connections are open? */
unsigned users_count_of(const struct users *u, const struct peer *peer);

/* The users with the most connections, at most `max` of them, the one with most
 * first. Returns how many there are in list; borrowed until the next
 * users_join(). Takes as long as there are users. */
size_t users_list(const struct users *u, const struct user **list, size_t max);

/* The user with the most connections; NULL where there is none. */
struct user *users_largest(const struct users *u);

#endif
