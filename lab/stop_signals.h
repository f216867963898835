/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_STOP_SIGNALS_H
#define ENTROPYD_LAB_STOP_SIGNALS_H

/* SIGINT, SIGTERM and SIGHUP for work without an event loop: they are kept
 * pending and looked for now and then, so no handler is needed. Main
 * thread. */

#include <signal.h>

struct stop_signals {
    sigset_t held, before;
};

/* Keeps them pending from now on, in this thread and those it starts. */
void stop_signals_hold(struct stop_signals *s);

/* The name of one that has come, or NULL. */
const char *stop_signals_pending(void);

/* What those that came asked for has been done: takes them away, and lets new
 * ones act as before. */
void stop_signals_release(const struct stop_signals *s);

#endif
