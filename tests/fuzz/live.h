/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FUZZ_LIVE_H
#define ENTROPYD_TESTS_FUZZ_LIVE_H

/* The server of tests/daemon/server/rig.h with small limits, so that short
 * inputs reach them, and with live_work() in place of the workers. */

#include "tests/daemon/server/rig.h"

#define LIVE_LINE_MAX 1024
#define LIVE_BATCH    8

/* Turns of the loop without any progress until it counts as hung. */
#define LIVE_TURNS_MAX 20000

/* Starts one; not seeded yet. */
void live_start(struct rig *r);

/* Does the workers' part: answers selftests, fills the rings where there is
 * room, seeds, tries what waits. */
void live_work(struct rig *r);

/* One turn of the loop without waiting. */
void live_turn(struct rig *r);

/* The neighbour, who is there all the time, is answered on his connection. */
void live_ping(struct rig *r, int fd);

#endif
