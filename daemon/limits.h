/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_LIMITS_H
#define ENTROPYD_DAEMON_LIMITS_H

/* What the process is allowed, and how many connections fit into it. */

#include "base/reason.h"
#include "daemon/settings/config.h"

/* Connections below which a start is refused: some clients and an operator. */
#define LIMITS_CONNECTIONS_MIN 8

/*
 * Raises the limits of descriptors and locked memory as far as they are needed
 * and allowed. *max_connections: how many connections the enabled sources leave
 * room for, at most as configured; a warning is logged where it is fewer. 0;
 * -EMFILE with the reason where it is fewer than LIMITS_CONNECTIONS_MIN, or
 * than configured if that is less. Before the loop.
 */
int limits_raise(const struct config *config,
                 const struct config_collectors *collectors,
                 unsigned *max_connections, struct reason *why);

/* Says why not all memory that should be locked is: the limit, or what locking
 * fails with. Any thread. */
void limits_explain_locking(struct reason *why);

#endif
