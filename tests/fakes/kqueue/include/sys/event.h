/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAKES_KQUEUE_SYS_EVENT_H
#define ENTROPYD_TESTS_FAKES_KQUEUE_SYS_EVENT_H

/* The part of XNU's kqueue interface that entropyd and its tests use, with
 * XNU's numbers and layout, for kernels that have none. Implemented by
 * tests/fakes/kqueue/fake_kqueue.c. */

#include <stdint.h>
#include <time.h>

struct kevent {
    uintptr_t ident; /* descriptor, or the caller's number of a timer */
    int16_t filter;
    uint16_t flags;
    uint32_t fflags;
    intptr_t data;
    void *udata;
};

/* One field each, as the macro of the BSDs has it. */
#define EV_SET(event, i, fi, fl, ff, d, u)                                     \
    (*(event) = (struct kevent){.ident = (i),                                  \
                                .filter = (fi),                                \
                                .flags = (fl),                                 \
                                .fflags = (ff),                                \
                                .data = (d),                                   \
                                .udata = (u)})

#define EVFILT_READ  (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_VNODE (-4)
#define EVFILT_TIMER (-7)
#define EVFILT_USER  (-10)

#define EV_ADD     0x0001
#define EV_DELETE  0x0002
#define EV_ENABLE  0x0004
#define EV_DISABLE 0x0008
#define EV_ONESHOT 0x0010
#define EV_CLEAR   0x0020
#define EV_ERROR   0x4000
#define EV_EOF     0x8000

#define NOTE_WRITE    0x00000002 /* EVFILT_VNODE */
#define NOTE_ATTRIB   0x00000008
#define NOTE_USECONDS 0x00000002 /* EVFILT_TIMER; milliseconds without unit */
#define NOTE_NSECONDS 0x00000004
#define NOTE_CRITICAL 0x00000020
#define NOTE_TRIGGER  0x01000000 /* EVFILT_USER */

int kqueue(void);
int kevent(int fd, const struct kevent *changes, int num_changes,
           struct kevent *events, int num_events,
           const struct timespec *timeout);

#endif
