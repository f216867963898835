/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAKES_KQUEUE_FAKE_KQUEUE_H
#define ENTROPYD_TESTS_FAKES_KQUEUE_FAKE_KQUEUE_H

/*
 * A kqueue for Linux, good for what the tests ask: READ, WRITE, VNODE, TIMER
 * and USER filters in real time, level- and edge-triggered (EV_CLEAR), one-shot
 * and disabled ones, events in the order in which they became active. The
 * descriptor that kqueue() returns is a real one; programs link with
 * -Wl,--wrap=close, so that closing a queue, or a descriptor that one watches,
 * takes effect here too. A descriptor is watched for reading or for writing,
 * not for both. Any thread. Faults are injected by call_faults, from outside.
 */

#include <stddef.h>
#include <sys/event.h>

/* How many kqueues are open. */
unsigned fake_kqueue_count(void);

/* Copies what is registered now, in all queues together: ident, filter, flags,
 * fflags, udata, and as data a timer's interval in ns. Returns how many there
 * are, which may be more than max. */
size_t fake_kqueue_registered(struct kevent *out, size_t max);

#endif
