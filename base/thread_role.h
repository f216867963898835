#ifndef ENTROPYD_BASE_THREAD_ROLE_H
#define ENTROPYD_BASE_THREAD_ROLE_H

/* How a helper thread presents itself to the system; one file a platform. */

/* Names the calling thread (at most 15 bytes: Linux's limit) and gives it the
 * class of helper work: QoS utility on macOS, because background throttles
 * timers and its processor time, and interactive would compete with people;
 * nothing on Linux. Cannot fail in a way that matters. */
void thread_role_helper(const char *name);

#endif
