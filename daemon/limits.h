#ifndef ENTROPYD_DAEMON_LIMITS_H
#define ENTROPYD_DAEMON_LIMITS_H

/* What the process is allowed, and how many connections fit into it. */

#include "base/reason.h"
#include "daemon/settings/config.h"

/*
 * Raises the limits of descriptors and locked memory as far as they are needed
 * and allowed. *max_connections: how many connections there is room for, at
 * most as configured; a warning is logged where it is fewer. 0; -EMFILE with
 * the reason where there is room for none. Before the loop.
 */
int limits_raise(const struct config *config, unsigned *max_connections,
                 struct reason *why);

#endif
