/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SERVER_EGD_H
#define ENTROPYD_DAEMON_SERVER_EGD_H

/*
 * EGD on one connection: the protocol of the Entropy Gathering Daemon, which
 * programs such as QEMU and Postfix speak. docs/protocol.md has the commands.
 * What JSON-RPC answers with an error ends the connection here, because EGD
 * has no errors. Loop thread.
 */

#include "daemon/server/connection.h"
#include "daemon/server/dispatch.h"
#include "daemon/server/wait_queue.h"

#include <stdbool.h>

/* How long a read that waits (command 2) may wait for the first seed. EGD has
 * no field for it: the longest timeout_ms of JSON-RPC's get. */
#define EGD_WAIT_MS 60000

struct egd;

/* What all EGD connections share; the server owns it and outlives them. */
struct egd_host {
    struct connections *connections;
    struct dispatcher *dispatcher;
    struct wait_queue *queue;
    struct egd *spare; /* memory for the next one; NULL: none yet */
};

/* Makes sure of the memory for one more connection. False: there is none. */
bool egd_prepare(struct egd_host *host);

/* Serves the connected socket fd, which it takes over, after egd_prepare().
 * `user` was joined for it. It frees itself once it is closed. */
void egd_start(struct egd_host *host, struct user *user,
               const struct peer *peer, int fd);

/* Frees the spare memory. */
void egd_host_fini(struct egd_host *host);

#endif
