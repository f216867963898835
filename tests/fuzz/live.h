/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FUZZ_LIVE_H
#define ENTROPYD_TESTS_FUZZ_LIVE_H

/* The server of tests/daemon/server/rig.h with small limits, so that short
 * inputs reach them, and with live_work() in place of the workers. */

#include "tests/daemon/server/rig.h"

#define LIVE_LINE_MAX 1024
#define LIVE_BATCH    8

/* Starts one; not seeded yet. */
void live_start(struct rig *r);

/* Does the workers' part: answers selftests, fills the rings where there is
 * room, seeds, tries what waits. */
void live_work(struct rig *r);

/* One turn of the loop without waiting. */
void live_turn(struct rig *r);

#endif
