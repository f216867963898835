#ifndef ENTROPYD_DAEMON_ACTIVATION_H
#define ENTROPYD_DAEMON_ACTIVATION_H

/*
 * What a service manager gives and wants: launchd's launch_activate_socket()
 * on macOS, systemd's LISTEN_FDS and NOTIFY_SOCKET on Linux. One file a
 * platform. Called once, before threads are started; the variables are removed
 * from the environment.
 */

#include <stddef.h>

/* The name of the socket in the plist's Sockets and the unit's
 * FileDescriptorName. */
#define ACTIVATION_NAME "Listeners"

/*
 * The listening descriptor that was handed over, now close-on-exec, the
 * caller's; -ENOENT where this process was started by hand; another -errno
 * with the reason in `why` where something was handed over that cannot be
 * used (several descriptors, say).
 */
int activation_socket(char *why, size_t why_size);

/* Tells the service manager: "READY=1", "STOPPING=1", "STATUS=...". Does
 * nothing where nobody asked. Any time, loop thread. */
void activation_notify(const char *state);

#endif
