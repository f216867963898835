/* SPDX-License-Identifier: MIT */
/* Threads that take the next piece from a counter; the caller's thread is one
 * of them unless there is progress to show. */

#include "lab/work.h"

#include "base/monotonic.h"
#include "base/progress.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX 64u

/* How often progress is looked at. */
#define LOOK_MS 100

struct work_set {
    const struct work *work;
    atomic_size_t next;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t done; /* under the mutex, like rc */
    unsigned running;
    int rc;
};

static void *serve(void *argument)
{
    struct work_set *set = argument;
    const struct work *work = set->work;
    size_t i;
    while ((i = atomic_fetch_add(&set->next, 1)) < work->count) {
        int rc = work->piece(work->context, i);
        (void)pthread_mutex_lock(&set->mutex);
        set->done++;
        if (rc < 0 && set->rc == 0) {
            set->rc = rc;
            atomic_store(&set->next, work->count);
        }
        (void)pthread_mutex_unlock(&set->mutex);
    }
    (void)pthread_mutex_lock(&set->mutex);
    set->running--;
    (void)pthread_cond_signal(&set->changed);
    (void)pthread_mutex_unlock(&set->mutex);
    return NULL;
}

static void watch(struct work_set *set)
{
    struct progress progress;
    progress_start(&progress, set->work->count, set->work->unit);
    (void)pthread_mutex_lock(&set->mutex);
    while (set->running > 0) {
        (void)monotonic_wait(&set->changed, &set->mutex, LOOK_MS);
        progress_show(&progress, set->done);
    }
    (void)pthread_mutex_unlock(&set->mutex);
    progress_end(&progress);
}

int work_run(const struct work *work)
{
    struct work_set set = {.work = work, .running = 0};
    pthread_t threads[THREADS_MAX];
    unsigned count = 0;
    unsigned wanted = work->threads < THREADS_MAX ? work->threads : THREADS_MAX;
    if (wanted > work->count)
        wanted = (unsigned)work->count;
    (void)pthread_mutex_init(&set.mutex, NULL);
    (void)monotonic_cond_init(&set.changed);
    set.running = wanted;
    while (count < wanted &&
           pthread_create(&threads[count], NULL, serve, &set) == 0)
        count++;
    (void)pthread_mutex_lock(&set.mutex);
    set.running -= wanted - count;
    (void)pthread_mutex_unlock(&set.mutex);
    if (count == 0) {
        set.running = 1;
        (void)serve(&set);
    } else if (work->unit != NULL) {
        watch(&set);
    }
    for (unsigned i = 0; i < count; i++)
        (void)pthread_join(threads[i], NULL);
    (void)pthread_cond_destroy(&set.changed);
    (void)pthread_mutex_destroy(&set.mutex);
    return set.rc;
}

unsigned work_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1                   ? 1
           : count > (long)THREADS_MAX ? THREADS_MAX
                                       : (unsigned)count;
}
