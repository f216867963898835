#ifndef ENTROPYD_DAEMON_HOST_GROUP_H
#define ENTROPYD_DAEMON_HOST_GROUP_H

/* Groups by name. */

#include "base/reason.h"

#include <stddef.h>
#include <sys/types.h>

/* The id of the group `name`. 0; -ENOENT where there is no such group; another
 * -errno where the group database could not be read; with the reason in
 * `why`. May block on a network's directory service; any thread. */
int group_find(const char *name, gid_t *gid, struct reason *why);

#endif
