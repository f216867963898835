#ifndef ENTROPYD_CLIENT_CHANNEL_H
#define ENTROPYD_CLIENT_CHANNEL_H

/* Bytes to and from one connection, each call with a deadline
 * (client/deadline.h). Failures are -errno; -ETIMEDOUT is the deadline's. No
 * signal ends a call early. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Connects to the socket at path, which fits a sockaddr_un. A descriptor, the
 * caller's, or -errno. */
int channel_connect(const char *path, int64_t deadline);

/* Sends all n bytes. 0 or -errno. */
int channel_send(int fd, const void *bytes, size_t n, int64_t deadline);

/* Receives up to n bytes, at least one. A count, 0 at the end of the stream,
 * or -errno. */
ssize_t channel_receive(int fd, void *bytes, size_t n, int64_t deadline);

#endif
