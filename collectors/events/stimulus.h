/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_COLLECTORS_EVENTS_STIMULUS_H
#define ENTROPYD_COLLECTORS_EVENTS_STIMULUS_H

/*
 * The stimulus: a thread that causes events for an event collector. Every
 * poke_us it sends a byte over a socket, and at most STIMULUS_FILE_RATE times a
 * second and file it touches a file, each in turn. A touch changes an inode,
 * which may have to be written to a disk.
 *
 * All functions are called by the thread that started it, and allow NULL (a
 * collector with timers alone has no stimulus), except for
 * stimulus_touch_files(). None blocks, except for
 * stimulus_stop().
 */

#include "base/reason.h"

#include <stddef.h>
#include <stdint.h>

struct stimulus;

/* Most touches of a file in a second. */
#define STIMULUS_FILE_RATE 20

/* A stimulus that has done nothing during so much collecting is taken for
 * dead. The longest interval is 50 ms; 2 s leave room for a loaded machine. */
#define STIMULUS_SILENCE_MAX_MS 2000

/* What it acts on; the arrays are borrowed until stimulus_stop(). */
struct stimulus_targets {
    const int *sockets; /* non-blocking, to write to */
    unsigned num_sockets;
    const int *files; /* open for writing, see stimulus_touch_files() */
    unsigned num_files;
    unsigned poke_us; /* pause between two bytes, 50..10000 */
};

/* Starts the thread, parked. *out is new; NULL if there are no targets. 0, or
 * -errno with the reason in why. */
int stimulus_start(struct stimulus **out,
                   const struct stimulus_targets *targets, struct reason *why);

/* Makes it touch the files too; until then it only sends bytes. */
void stimulus_touch_files(struct stimulus *s);

/* Makes it run. */
void stimulus_wake(struct stimulus *s);

/* Makes it wait on a condition variable, where it uses no processor time; it
 * does so within one interval (at most 50 ms). */
void stimulus_park(struct stimulus *s);

/* Is it alive? collected_ns is how long the caller has been collecting since
 * the last call: only that counts as silence, so that a suspended or stopped
 * process draws no wrong conclusion. 0, or -errno with the reason in why when a
 * byte or a touch has failed or none came for STIMULUS_SILENCE_MAX_MS. */
int stimulus_watch(struct stimulus *s, uint64_t collected_ns,
                   struct reason *why);

/* Bytes sent and files touched; bytes not sent because a socket was full. */
uint64_t stimulus_events(const struct stimulus *s);
uint64_t stimulus_dropped(const struct stimulus *s);

/* Processor time of the thread so far, in nanoseconds. */
uint64_t stimulus_cpu_ns(const struct stimulus *s);

/* Ends and joins the thread, within one interval if the file system of the
 * temporary directory responds, and frees it. */
void stimulus_stop(struct stimulus *s);

#endif
