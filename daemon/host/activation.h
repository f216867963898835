#ifndef ENTROPYD_DAEMON_HOST_ACTIVATION_H
#define ENTROPYD_DAEMON_HOST_ACTIVATION_H

/*
 * What a service manager gives and wants: launchd's launch_activate_socket()
 * on macOS, systemd's LISTEN_FDS and NOTIFY_SOCKET on Linux. One file a
 * platform.
 */

#include "base/reason.h"

#include <stddef.h>

/* The name of the socket in the plist's Sockets and the unit's
 * FileDescriptorName. */
#define ACTIVATION_NAME "Listeners"

/*
 * The listening descriptor that was handed over, now close-on-exec, the
 * caller's; -ENOENT where this process was started by hand; another -errno
 * with the reason in `why` where something was handed over that cannot be
 * used (several descriptors, say, none of them or two named ACTIVATION_NAME).
 * Descriptors that are not used are closed. Called once, before threads are
 * started: what told of the descriptors is removed from the environment.
 */
int activation_socket(struct reason *why);

/*
 * Tells the service manager: "READY=1", "STOPPING=1", "RELOADING=1",
 * "STATUS=...", several on lines of their own. 1: told; 0: nobody asked;
 * -errno. Never blocks. Any time, loop thread.
 */
int activation_notify(const char *state);

#endif
