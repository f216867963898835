/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_CHANNEL_H
#define ENTROPYD_CLIENT_CHANNEL_H

/* Bytes to and from one connected socket, each call with a deadline. Failures
 * are -errno; -ETIMEDOUT means that the deadline has passed. A signal never
 * ends a call early. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The deadline that never comes. Deadlines are times of monotonic_now_ms(). */
#define DEADLINE_NEVER UINT64_MAX

/* timeout_ms from now; DEADLINE_NEVER if that is negative. */
uint64_t deadline_after(int timeout_ms);

/* Connects to the socket at path, which fits a sockaddr_un. A descriptor, the
 * caller's, or -errno. */
int channel_connect(const char *path, uint64_t deadline);

/* Sends all n bytes. 0 or -errno. */
int channel_send(int fd, const void *bytes, size_t n, uint64_t deadline);

/* Receives up to n bytes, at least one. A count, 0 at the end of the stream,
 * or -errno. */
ssize_t channel_receive(int fd, void *bytes, size_t n, uint64_t deadline);

#endif
