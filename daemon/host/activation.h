/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HOST_ACTIVATION_H
#define ENTROPYD_DAEMON_HOST_ACTIVATION_H

/*
 * Service managers: launchd's launch_activate_socket() on macOS, systemd's
 * LISTEN_FDS and NOTIFY_SOCKET on Linux. One file a platform.
 */

#include "base/reason.h"

#include <stddef.h>

/* The name of the socket in the plist's Sockets and the unit's
 * FileDescriptorName. */
#define ACTIVATION_NAME "Listeners"

/*
 * The listening socket that was passed, now close-on-exec, the caller's;
 * -ENOENT where this process was started without one; another -errno with the
 * reason in `why` where what was passed cannot be used (several sockets, say,
 * none of them or two named ACTIVATION_NAME). Descriptors that are not used
 * are closed. Called once, before threads are started: the variables that tell
 * of the descriptors are removed from the environment.
 */
int activation_socket(struct reason *why);

/*
 * Notifies the service manager: "READY=1", "STOPPING=1", "STATUS=...", several
 * on lines of their own. 1: notified; 0: none expects it; -errno. Never
 * blocks. Loop thread.
 */
int activation_notify(const char *state);

#endif
