/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAKES_KQUEUE_FAKE_NOTE_H
#define ENTROPYD_TESTS_FAKES_KQUEUE_FAKE_NOTE_H

/* One registration of a fake kqueue ("knote" in XNU) and what the kernel
 * underneath needs for it. Called under the queue's mutex. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/event.h>

struct fake_note {
    bool is_used;
    bool is_enabled;
    bool is_active;        /* to be reported */
    uint64_t active_since; /* ns; the order of reporting */
    struct kevent wanted;  /* as registered */
    uint32_t seen_fflags; /* EVFILT_VNODE, EVFILT_USER: since the last report */
    bool is_at_end;       /* the other end of the socket is closed */
    uint64_t interval_ns; /* EVFILT_TIMER; 0: never again */
    uint64_t deadline_ns;
    int watch; /* inotify's number */
};

/* The kernel's objects under one queue. */
struct fake_base {
    int epoll;
    int inotify;
};

/* CLOCK_MONOTONIC, ns. */
uint64_t fake_now_ns(void);

/* Registers note->wanted with the kernel, or again with other flags. 0 or
 * -errno. */
int fake_note_attach(const struct fake_base *base, struct fake_note *note,
                     unsigned index);
int fake_note_touch(const struct fake_base *base, struct fake_note *note,
                    const struct kevent *change);
void fake_note_detach(const struct fake_base *base, struct fake_note *note);

/* Marks it active, unless it is. */
void fake_note_activate(struct fake_note *note, uint64_t since_ns);

/* Is there still something to report? Fills *event and takes note of the
 * report (EV_CLEAR, the timer's next interval); false: nothing after all. */
bool fake_note_report(struct fake_note *note, struct kevent *event);

#endif
