/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HOST_PRIVILEGES_H
#define ENTROPYD_DAEMON_HOST_PRIVILEGES_H

/* What a daemon that was started as root gives up: being root. */

#include "base/reason.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * Becomes the user `name` for good: no other group than its primary one, no
 * user but it, real, effective and saved; then makes sure of it, and that there
 * is no way back. "" does nothing, and neither does a name that is the
 * process's own user. Before the first thread; afterwards dumps are to be
 * forbidden once more, which a change of user may allow again.
 *
 * 0, or -errno with the reason in `why`; then the process may have given up a
 * part of what it had, and must end: -EPERM where it is not root, or where
 * something was left; -ENOENT for an unknown user; -EINVAL for one that is
 * root, which would give up nothing.
 */
int privileges_drop(const char *name, struct reason *why);

#endif
