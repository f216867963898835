/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HOST_SUSPEND_H
#define ENTROPYD_DAEMON_HOST_SUSPEND_H

/* Has the machine slept? One file a platform. */

#include <stdint.h>

/* How long the machine has been suspended since it started, in milliseconds:
 * the distance between a clock that counts sleep and one that does not. Grows
 * by a sleep's length at every wake-up, else jitters by less than
 * SUSPEND_NOISE_MS. Any thread; some 50 ns. */
uint64_t suspend_total_ms(void);

/* Differences below this are the two readings' own distance. */
#define SUSPEND_NOISE_MS 500

#endif
