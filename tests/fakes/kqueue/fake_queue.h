/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAKES_KQUEUE_FAKE_QUEUE_H
#define ENTROPYD_TESTS_FAKES_KQUEUE_FAKE_QUEUE_H

/* A fake kqueue from inside: its notes, and how it waits for one of them. */

#include "tests/fakes/kqueue/fake_note.h"

#include <pthread.h>

#define FAKE_NOTES 256

/* The epoll data of the inotify instance. */
#define FAKE_INOTIFY_INDEX UINT32_MAX

struct fake_kqueue {
    bool is_open;
    struct fake_base base;
    struct fake_note notes[FAKE_NOTES];
};

/* Reports up to num_events (>= 1) events, waiting for the first until until_ns.
 * The caller holds the mutex, which is given up while it waits. Their count, 0
 * for a time-out, or -errno. */
int fake_queue_wait(struct fake_kqueue *queue, pthread_mutex_t *mutex,
                    struct kevent *events, int num_events, uint64_t until_ns);

#endif
