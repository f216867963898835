/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HOST_ACTIVATION_H
#define ENTROPYD_DAEMON_HOST_ACTIVATION_H

/*
 * Service managers: launchd's launch_activate_socket() on macOS, systemd's
 * LISTEN_FDS and NOTIFY_SOCKET on Linux. One file a platform.
 */

#include "base/reason.h"

#include <stddef.h>

/* The names of the sockets in the plist's Sockets and the units'
 * FileDescriptorName: of JSON-RPC's, and of EGD's. */
#define ACTIVATION_NAME     "Listeners"
#define ACTIVATION_NAME_EGD "EGD"

/*
 * The listening sockets that were passed: fds[i] is the one called names[i],
 * now close-on-exec, the caller's; -1 where none of that name was passed, or
 * this process was started without sockets. If a single socket was passed and
 * has none of the names, it is the first. 0; -errno with the reason in `why`
 * where what was passed cannot be used (several sockets, say, none of them
 * called names[0], or two of the same name); all are closed then. Descriptors
 * that are not used are closed. Called once, before threads are started: the
 * variables that tell of the descriptors are removed from the environment.
 */
int activation_sockets(const char *const *names, size_t count, int *fds,
                       struct reason *why);

/*
 * Notifies the service manager: "READY=1", "STOPPING=1", "STATUS=...", several
 * on lines of their own. 1: notified; 0: none expects it; -errno. Never
 * blocks. Loop thread.
 */
int activation_notify(const char *state);

#endif
