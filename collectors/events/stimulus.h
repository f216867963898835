#ifndef ENTROPYD_COLLECTORS_EVENTS_POKER_H
#define ENTROPYD_COLLECTORS_EVENTS_POKER_H

/*
 * The poker: a thread that makes events for an event collector, one byte to a
 * socket every poke_us and one touch of a file, each in turn. Files are touched
 * at most POKER_FILE_RATE times a second each: a touch is a change of an inode
 * that somebody may have to write to a disk.
 *
 * Its functions, NULL allowed everywhere (a collector of timers alone has no
 * poker), are called by the thread that started it. None blocks, poker_stop()
 * excepted.
 */

#include "base/reason.h"

#include <stddef.h>
#include <stdint.h>

struct poker;

/* Touches of one file in a second, at most. */
#define POKER_FILE_RATE 20

/* A poker that has done nothing for so much time of collecting is taken for
 * dead. The longest interval is 50 ms; 2 s leave room for a loaded machine. */
#define POKER_SILENCE_MAX_MS 2000

/* What is poked; the arrays are borrowed until poker_stop(). */
struct poker_targets {
    const int *sockets; /* non-blocking, to write to */
    unsigned num_sockets;
    const int *files; /* open for writing */
    unsigned num_files;
    unsigned poke_us; /* pause between two pokes of sockets, 50..10000 */
};

/* Starts the thread, parked. *out is new; NULL where there is nothing to
 * poke. 0, or -errno with the reason in why. */
int poker_start(struct poker **out, const struct poker_targets *targets,
                struct reason *why);

/* Lets it poke. */
void poker_wake(struct poker *poker);

/* Sends it to wait on a condition variable, where it uses no time at all; it
 * gets there within one interval (50 ms at most). */
void poker_park(struct poker *poker);

/* Does it live? collected_ns is the time that the caller has spent collecting
 * since it last asked: only that counts as silence, so that a suspended or
 * stopped process draws no false conclusion. 0, or -errno with the reason in
 * why when a poke has failed or nothing came for POKER_SILENCE_MAX_MS. */
int poker_watch(struct poker *poker, uint64_t collected_ns, struct reason *why);

/* Bytes sent and files touched; bytes not sent because a socket was full. */
uint64_t poker_pokes(const struct poker *poker);
uint64_t poker_full(const struct poker *poker);

/* Processor time of the thread so far, in nanoseconds. */
uint64_t poker_cpu_ns(const struct poker *poker);

/* Ends and joins the thread, within one interval if the file system of the
 * temporary directory answers, and frees it. */
void poker_stop(struct poker *poker);

#endif
