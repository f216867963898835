/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HOST_SIGNALS_H
#define ENTROPYD_DAEMON_HOST_SIGNALS_H

/*
 * Signals on the loop, and who sent them. One set a process, as signals are.
 * Loop thread; never blocks.
 *
 * uv_signal_t is not used: its handler takes a lock by reading a pipe and drops
 * the signal where that fails, and it does not tell the sender.
 */

#include <stdbool.h>
#include <sys/types.h>

#include <uv.h>

/* How often signals are looked for once the loop cannot be woken for them. */
#define SIGNALS_LOOK_MS 500

/* Most signals that are watched. */
#define SIGNALS_MAX 4

struct signals {
    void (*received)(void *context, int number);
    void *context;
    uv_poll_t poll;   /* of ends[0] */
    uv_timer_t timer; /* active in place of the poll, once that has failed */
    int ends[2];      /* a socket pair: the loop's end, the handler's */
    bool is_open;
};

/* Opens a zeroed struct; received() will be called from the loop, once for any
 * number of equal signals. The process ignores SIGPIPE. 0, or -errno with
 * nothing left behind. */
int signals_open(struct signals *s, uv_loop_t *loop,
                 void (*received)(void *context, int number), void *context);

/* Watches one more signal, from now on. 0 or -errno; -ENOSPC after
 * SIGNALS_MAX. */
int signals_watch(int number);

/* The process that sent the last signal of this number. False where the kernel
 * did (a terminal's Ctrl-C), or where it is not known. */
bool signals_sender(int number, pid_t *pid, uid_t *uid);

/* Closes; not opened is allowed. The watched signals are ignored from now on,
 * so that none cuts off what the process does at its end. */
void signals_close(struct signals *s);

#endif
