/* SPDX-License-Identifier: MIT */
/* Queues, and kevent() over them. System calls that the tests make fail are
 * made by number here, so that a fault hits only the code under test. */

#include "tests/fakes/kqueue/fake_kqueue.h"
#include "tests/fakes/kqueue/fake_queue.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_QUEUES 8

static struct fake_kqueue queues[MAX_QUEUES];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

int __real_close(int fd);
int __wrap_close(int fd);

static struct fake_kqueue *find_queue(int fd)
{
    for (int i = 0; i < MAX_QUEUES; i++) {
        if (queues[i].is_open && queues[i].base.epoll == fd)
            return &queues[i];
    }
    return NULL;
}

static int open_base(struct fake_base *base)
{
    /* Not close-on-exec: BSD promises nothing, so the caller has to see to
     * it. */
    base->epoll = (int)syscall(SYS_epoll_create1, 0);
    if (base->epoll < 0)
        return -1;
    base->inotify = (int)syscall(SYS_inotify_init1, IN_NONBLOCK | IN_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN,
                                .data.u32 = FAKE_INOTIFY_INDEX};
    if (base->inotify >= 0 && syscall(SYS_epoll_ctl, base->epoll, EPOLL_CTL_ADD,
                                      base->inotify, &event) == 0)
        return 0;
    int error = errno;
    if (base->inotify >= 0)
        __real_close(base->inotify);
    __real_close(base->epoll);
    errno = error;
    return -1;
}

int kqueue(void)
{
    int result = -1;
    errno = EMFILE;
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < MAX_QUEUES && result < 0; i++) {
        if (queues[i].is_open)
            continue;
        memset(&queues[i], 0, sizeof(queues[i]));
        if (open_base(&queues[i].base) != 0)
            break;
        queues[i].is_open = true;
        result = queues[i].base.epoll;
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

static struct fake_note *find_note(struct fake_kqueue *queue,
                                   const struct kevent *event)
{
    for (int i = 0; i < FAKE_NOTES; i++) {
        struct fake_note *note = &queue->notes[i];
        if (note->is_used && note->wanted.ident == event->ident &&
            note->wanted.filter == event->filter)
            return note;
    }
    return NULL;
}

static int add_note(struct fake_kqueue *queue, const struct kevent *change)
{
    unsigned i = 0;
    while (i < FAKE_NOTES && queue->notes[i].is_used)
        i++;
    if (i == FAKE_NOTES)
        return -ENOMEM;
    struct fake_note *note = &queue->notes[i];
    *note = (struct fake_note){
        .is_used = true,
        .is_enabled = !(change->flags & EV_DISABLE),
        .wanted = *change,
    };
    int error = fake_note_attach(&queue->base, note, i);
    if (error != 0)
        note->is_used = false;
    return error;
}

static int apply(struct fake_kqueue *queue, const struct kevent *change)
{
    struct fake_note *note = find_note(queue, change);
    if (note == NULL)
        return change->flags & EV_ADD ? add_note(queue, change) : -ENOENT;
    if (change->flags & EV_DELETE) {
        fake_note_detach(&queue->base, note);
        return 0;
    }
    if (change->flags & (EV_ENABLE | EV_ADD))
        note->is_enabled = true;
    if (change->flags & EV_DISABLE)
        note->is_enabled = false;
    return fake_note_touch(&queue->base, note, change);
}

static uint64_t end_of_wait(const struct timespec *timeout)
{
    if (timeout == NULL)
        return UINT64_MAX;
    return fake_now_ns() + (uint64_t)timeout->tv_sec * 1000000000U +
           (uint64_t)timeout->tv_nsec;
}

int kevent(int fd, const struct kevent *changes, int num_changes,
           struct kevent *events, int num_events,
           const struct timespec *timeout)
{
    pthread_mutex_lock(&mutex);
    struct fake_kqueue *queue = find_queue(fd);
    int result = queue == NULL ? -EBADF : 0;
    if (timeout != NULL &&
        (timeout->tv_nsec < 0 || timeout->tv_nsec >= 1000000000 ||
         timeout->tv_sec < 0))
        result = -EINVAL;
    int refused = 0;
    for (int i = 0; i < num_changes && result == 0; i++) {
        int error = apply(queue, &changes[i]);
        if (error != 0 && refused == num_events) {
            result = error;
        } else if (error != 0) {
            events[refused] = changes[i];
            events[refused].flags = EV_ERROR;
            events[refused++].data = -error;
        }
    }
    if (result == 0 && refused > 0)
        result = refused;
    else if (result == 0 && num_events > 0)
        result = fake_queue_wait(queue, &mutex, events, num_events,
                                 end_of_wait(timeout));
    pthread_mutex_unlock(&mutex);
    if (result >= 0)
        return result;
    errno = -result;
    return -1;
}

int __wrap_close(int fd)
{
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < MAX_QUEUES; i++) {
        struct fake_kqueue *queue = &queues[i];
        if (!queue->is_open)
            continue;
        if (queue->base.epoll == fd) {
            __real_close(queue->base.inotify);
            queue->is_open = false;
            continue;
        }
        for (int n = 0; n < FAKE_NOTES; n++) {
            struct fake_note *note = &queue->notes[n];
            if (note->is_used && note->wanted.ident == (uintptr_t)fd &&
                note->wanted.filter != EVFILT_TIMER &&
                note->wanted.filter != EVFILT_USER)
                fake_note_detach(&queue->base, note);
        }
    }
    pthread_mutex_unlock(&mutex);
    return __real_close(fd);
}

unsigned fake_kqueue_count(void)
{
    unsigned count = 0;
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < MAX_QUEUES; i++)
        count += queues[i].is_open;
    pthread_mutex_unlock(&mutex);
    return count;
}

size_t fake_kqueue_registered(struct kevent *out, size_t max)
{
    size_t count = 0;
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < MAX_QUEUES * FAKE_NOTES; i++) {
        const struct fake_kqueue *queue = &queues[i / FAKE_NOTES];
        const struct fake_note *note = &queue->notes[i % FAKE_NOTES];
        if (!queue->is_open || !note->is_used)
            continue;
        if (count < max) {
            out[count] = note->wanted;
            if (note->wanted.filter == EVFILT_TIMER)
                out[count].data = (intptr_t)note->interval_ns;
        }
        count++;
    }
    pthread_mutex_unlock(&mutex);
    return count;
}
