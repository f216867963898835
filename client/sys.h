/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_SYS_H
#define ENTROPYD_CLIENT_SYS_H

/* The few socket calls that differ between the platforms; one file each. */

#include <stddef.h>
#include <sys/types.h>

/* A stream socket of the Unix domain: non-blocking, closed on exec, silent
 * when the other side is gone. A descriptor, or -errno. */
int sys_stream_socket(void);

/* Sends what fits now, without SIGPIPE. A count, or -errno. */
ssize_t sys_send(int fd, const void *bytes, size_t n);

/* The effective uid of the process that listens behind a connected socket. 0,
 * or -errno. */
int sys_peer_uid(int fd, uid_t *uid);

/* The process that made a connected socket's other end listen. 0, or -errno. */
int sys_peer_pid(int fd, pid_t *pid);

#endif
