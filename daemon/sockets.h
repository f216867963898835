/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SOCKETS_H
#define ENTROPYD_DAEMON_SOCKETS_H

/* The listening sockets, one a protocol: passed by the service manager, or made
 * where the configuration says. */

#include "base/reason.h"
#include "daemon/host/listener.h"
#include "daemon/server/server.h"
#include "daemon/settings/config.h"

struct sockets {
    struct listener of[SERVER_PROTOCOLS]; /* closed: not served */
};

/* Makes them all closed. */
void sockets_init(struct sockets *s);

/*
 * Takes over the sockets that were passed and makes the others: that of
 * JSON-RPC always, that of EGD where egd.path is set. A socket that was passed
 * is used whatever the configuration says; a warning is logged where it names
 * a path. 0, or -errno with the reason (listener.h, activation.h) and all
 * closed. Before the loop; once.
 */
int sockets_open(struct sockets *s, const struct config *config,
                 struct reason *why);

/* Makes a socket again that is broken and was not passed. 0, or -errno with the
 * reason (listener_open_again()). */
int sockets_open_again(struct sockets *s, enum server_protocol protocol,
                       const struct config *config, struct reason *why);

/* Gives the descriptors away: to fds, -1 for those that are not served. */
void sockets_give(struct sockets *s, int fds[SERVER_PROTOCOLS]);

/* Closes them all (listener_close()). */
void sockets_close(struct sockets *s);

#endif
