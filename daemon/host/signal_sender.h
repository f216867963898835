/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HOST_SIGNAL_SENDER_H
#define ENTROPYD_DAEMON_HOST_SIGNAL_SENDER_H

/*
 * Who sent a signal that libuv delivers: the kernel tells a handler, and
 * libuv's does not pass it on. The process's state, as signals are. Loop
 * thread.
 */

#include <stdbool.h>
#include <sys/types.h>

/* Notes the sender of this signal from now on; for which libuv's handler is
 * installed, and stays in charge. 0 or -errno; at most SIGNAL_SENDER_MAX. */
#define SIGNAL_SENDER_MAX 4
int signal_sender_watch(int number);

/* The process that sent the last one. False where the kernel did (a terminal's
 * Ctrl-C), or where it is not known. */
bool signal_sender_of(int number, pid_t *pid, uid_t *uid);

#endif
