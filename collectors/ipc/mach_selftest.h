/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_COLLECTORS_IPC_MACH_SELFTEST_H
#define ENTROPYD_COLLECTORS_IPC_MACH_SELFTEST_H

/*
 * Does the kernel do with our messages what mach_ipc assumes?
 *
 * A send that moves its right, a descriptor four bytes off or a wrong time-out
 * flag does not make mach_msg() fail; something else is timed instead. So each
 * open() checks what arrives.
 */

#include "base/reason.h"
#include "collectors/ipc/ipc_tunables.h"
#include "collectors/ipc/mach_ports.h"

/* A send into a full queue is tried with this time-out ... */
#define MACH_SELFTEST_TIMEOUT_MS 5

/* ... and ended from outside after this long. */
#define MACH_SELFTEST_LIMIT_MS 5000

/* Sends over every port at least twice and with every size at least twice, and
 * compares what arrives: descriptor type, size, content, and that it will be
 * freed. Then fills a queue: the next send must answer MACH_SEND_TIMED_OUT, not
 * before its time-out. ports has a set from which no thread receives yet;
 * memory holds the largest size. 0, or -errno with the reason. Blocks for some
 * 5 ms, at most for MACH_SELFTEST_LIMIT_MS and a second. */
int mach_selftest(const struct mach_ports *ports,
                  const struct round_robin *turns, unsigned char *memory,
                  struct reason *why);

#endif
