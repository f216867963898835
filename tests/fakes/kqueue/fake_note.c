/* SPDX-License-Identifier: MIT */
/* Filters by epoll, inotify and the clock. The rules are XNU's (kern_event.c):
 * a timer is always EV_CLEAR and reports how many intervals have passed; a
 * change of a timer restarts it; a read filter looks again for data before
 * it reports. */

#include "tests/fakes/kqueue/fake_note.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <time.h>

uint64_t fake_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int start_timer(struct fake_note *note)
{
    uint64_t unit_ns = 1000000;
    uint32_t unit = note->wanted.fflags & (NOTE_USECONDS | NOTE_NSECONDS);
    if (unit == (NOTE_USECONDS | NOTE_NSECONDS))
        return -EINVAL;
    if (unit == NOTE_USECONDS)
        unit_ns = 1000;
    else if (unit == NOTE_NSECONDS)
        unit_ns = 1;
    note->wanted.flags |= EV_CLEAR;
    note->is_active = false;
    note->interval_ns =
        note->wanted.data < 0 ? 0 : (uint64_t)note->wanted.data * unit_ns;
    note->deadline_ns = fake_now_ns() + note->interval_ns;
    return 0;
}

static int watch_file(const struct fake_base *base, struct fake_note *note)
{
    char path[32];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d",
                   (int)note->wanted.ident);
    uint32_t mask = 0;
    if (note->wanted.fflags & NOTE_WRITE)
        mask |= IN_MODIFY;
    if (note->wanted.fflags & NOTE_ATTRIB)
        mask |= IN_ATTRIB;
    note->watch = inotify_add_watch(base->inotify, path, mask);
    return note->watch < 0 ? -errno : 0;
}

static int watch_descriptor(const struct fake_base *base,
                            const struct fake_note *note, int operation,
                            unsigned index)
{
    struct epoll_event event = {.data.u32 = index};
    event.events =
        note->wanted.filter == EVFILT_READ ? EPOLLIN | EPOLLRDHUP : EPOLLOUT;
    if (note->wanted.flags & EV_CLEAR)
        event.events |= EPOLLET;
    return epoll_ctl(base->epoll, operation, (int)note->wanted.ident, &event) !=
                   0
               ? -errno
               : 0;
}

int fake_note_attach(const struct fake_base *base, struct fake_note *note,
                     unsigned index)
{
    switch (note->wanted.filter) {
    case EVFILT_READ:
    case EVFILT_WRITE:
        return watch_descriptor(base, note, EPOLL_CTL_ADD, index);
    case EVFILT_VNODE:
        return watch_file(base, note);
    case EVFILT_TIMER:
        return start_timer(note);
    case EVFILT_USER:
        return 0;
    default:
        return -EINVAL;
    }
}

int fake_note_touch(const struct fake_base *base, struct fake_note *note,
                    const struct kevent *change)
{
    note->wanted.udata = change->udata;
    if (note->wanted.filter == EVFILT_USER) {
        if (change->fflags & NOTE_TRIGGER)
            fake_note_activate(note, fake_now_ns());
        return 0;
    }
    if (!(change->flags & EV_ADD))
        return 0;
    note->wanted.fflags = change->fflags;
    note->wanted.data = change->data;
    if (note->wanted.filter == EVFILT_TIMER)
        return start_timer(note);
    return note->wanted.filter == EVFILT_VNODE ? watch_file(base, note) : 0;
}

void fake_note_detach(const struct fake_base *base, struct fake_note *note)
{
    /* Both fail where the descriptor is closed: then it is gone already. */
    if (note->wanted.filter == EVFILT_READ ||
        note->wanted.filter == EVFILT_WRITE)
        (void)epoll_ctl(base->epoll, EPOLL_CTL_DEL, (int)note->wanted.ident,
                        NULL);
    else if (note->wanted.filter == EVFILT_VNODE)
        (void)inotify_rm_watch(base->inotify, note->watch);
    *note = (struct fake_note){0};
}

void fake_note_activate(struct fake_note *note, uint64_t since_ns)
{
    if (note->is_active)
        return;
    note->is_active = true;
    note->active_since = since_ns;
}

static bool report_timer(struct fake_note *note, struct kevent *event)
{
    uint64_t now_ns = fake_now_ns();
    event->data = 1;
    note->is_active = false;
    if (note->interval_ns == 0) {
        note->deadline_ns = UINT64_MAX;
        return true;
    }
    uint64_t late_ns = now_ns - note->deadline_ns;
    uint64_t passed = 1 + late_ns / note->interval_ns;
    event->data = (intptr_t)passed;
    note->deadline_ns += passed * note->interval_ns;
    return true;
}

bool fake_note_report(struct fake_note *note, struct kevent *event)
{
    *event = note->wanted;
    event->flags = note->wanted.flags & (EV_ADD | EV_CLEAR | EV_ONESHOT);
    event->fflags = note->seen_fflags;
    event->data = 0;
    if (note->wanted.filter == EVFILT_TIMER)
        return report_timer(note, event);
    bool has_something = true;
    if (note->wanted.filter == EVFILT_READ) {
        int waiting = 0;
        (void)ioctl((int)note->wanted.ident, FIONREAD, &waiting);
        event->data = waiting;
        has_something = waiting > 0 || note->is_at_end;
        if (note->is_at_end)
            event->flags |= EV_EOF;
    }
    if (!has_something || note->wanted.flags & EV_CLEAR) {
        note->is_active = false;
        note->seen_fflags = 0;
    }
    return has_something;
}
