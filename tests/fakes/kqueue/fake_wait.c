/* SPDX-License-Identifier: MIT */
/* The waiting half of kevent(). System calls that the tests make fail are made
 * by number, so that a fault hits only the code under test. */

#include "tests/fakes/kqueue/fake_queue.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How often a wait looks for triggers of other threads (EVFILT_USER). */
#define TRIGGER_LATENCY_NS UINT64_C(5000000)

static void hear_inotify(struct fake_kqueue *queue, uint64_t now_ns)
{
    _Alignas(struct inotify_event) char buffer[4096];
    long length =
        syscall(SYS_read, queue->base.inotify, buffer, sizeof(buffer));
    for (long at = 0; at < length;) {
        const struct inotify_event *event = (const void *)(buffer + at);
        at += (long)(sizeof(*event) + event->len);
        for (int i = 0; i < FAKE_NOTES; i++) {
            struct fake_note *note = &queue->notes[i];
            if (!note->is_used || note->wanted.filter != EVFILT_VNODE ||
                note->watch != event->wd)
                continue;
            if (event->mask & IN_MODIFY)
                note->seen_fflags |= NOTE_WRITE;
            if (event->mask & IN_ATTRIB)
                note->seen_fflags |= NOTE_ATTRIB;
            if (note->seen_fflags != 0)
                fake_note_activate(note, now_ns);
        }
    }
}

/* Asks the kernel and the clock what has become active. Returns when the next
 * timer fires. */
static uint64_t refresh(struct fake_kqueue *queue)
{
    uint64_t now_ns = fake_now_ns();
    uint64_t next_ns = UINT64_MAX;
    struct epoll_event events[64];
    long found =
        syscall(SYS_epoll_pwait, queue->base.epoll, events, 64, 0, NULL, 0);
    for (long i = 0; i < found; i++) {
        if (events[i].data.u32 == FAKE_INOTIFY_INDEX) {
            hear_inotify(queue, now_ns);
            continue;
        }
        struct fake_note *note = &queue->notes[events[i].data.u32];
        note->is_at_end = (events[i].events & (EPOLLHUP | EPOLLRDHUP)) != 0;
        fake_note_activate(note, now_ns);
    }
    for (int i = 0; i < FAKE_NOTES; i++) {
        struct fake_note *note = &queue->notes[i];
        if (!note->is_used || note->wanted.filter != EVFILT_TIMER)
            continue;
        if (note->deadline_ns <= now_ns)
            fake_note_activate(note, note->deadline_ns);
        else if (note->deadline_ns < next_ns)
            next_ns = note->deadline_ns;
    }
    return next_ns;
}

/* The enabled note that has been active longest, or NULL. */
static struct fake_note *oldest_active(struct fake_kqueue *queue)
{
    struct fake_note *oldest = NULL;
    for (int i = 0; i < FAKE_NOTES; i++) {
        struct fake_note *note = &queue->notes[i];
        if (note->is_used && note->is_enabled && note->is_active &&
            (oldest == NULL || note->active_since < oldest->active_since))
            oldest = note;
    }
    return oldest;
}

static int report(struct fake_kqueue *queue, struct kevent *events,
                  int num_events)
{
    int count = 0;
    while (count < num_events) {
        struct fake_note *note = oldest_active(queue);
        if (note == NULL)
            break;
        if (!fake_note_report(note, &events[count]))
            continue;
        count++;
        if (note->wanted.flags & EV_ONESHOT)
            fake_note_detach(&queue->base, note);
        else if (note->is_active)
            break; /* Level-triggered: once a call. */
    }
    return count;
}

static int wait_for_kernel(const struct fake_kqueue *queue, uint64_t until_ns)
{
    uint64_t now_ns = fake_now_ns();
    uint64_t wait_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    if (wait_ns > TRIGGER_LATENCY_NS)
        wait_ns = TRIGGER_LATENCY_NS;
    const struct timespec limit = {.tv_nsec = (long)wait_ns};
    struct pollfd poll = {.fd = queue->base.epoll, .events = POLLIN};
    return ppoll(&poll, 1, &limit, NULL) < 0 ? -errno : 0;
}

int fake_queue_wait(struct fake_kqueue *queue, pthread_mutex_t *mutex,
                    struct kevent *events, int num_events, uint64_t until_ns)
{
    for (;;) {
        uint64_t next_ns = refresh(queue);
        int count = report(queue, events, num_events);
        if (count > 0 || fake_now_ns() >= until_ns)
            return count;
        pthread_mutex_unlock(mutex);
        int error =
            wait_for_kernel(queue, next_ns < until_ns ? next_ns : until_ns);
        pthread_mutex_lock(mutex);
        if (error != 0)
            return error;
        if (!queue->is_open)
            return -EBADF;
    }
}
