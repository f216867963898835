/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HOST_ACCOUNTS_H
#define ENTROPYD_DAEMON_HOST_ACCOUNTS_H

/*
 * Users and groups by name. 0; -ENOENT where there is none of that name;
 * another -errno where the database could not be read; with the reason in
 * `why`. May block on a network's directory service; any thread.
 */

#include "base/reason.h"

#include <sys/types.h>

/* The user `name` and its primary group. */
int accounts_find_user(const char *name, uid_t *uid, gid_t *gid,
                       struct reason *why);

/* The group `name`. */
int accounts_find_group(const char *name, gid_t *gid, struct reason *why);

#endif
