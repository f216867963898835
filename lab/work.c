/* Threads that take the next piece from a counter; the caller's thread is one
 * of them unless there is progress to show. */

#include "lab/work.h"

#include "base/progress.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 64u

/* How often progress is looked at. */
#define LOOK_NS 100000000L
#define NS      1000000000L

struct crew {
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
    struct crew *crew = argument;
    const struct work *work = crew->work;
    size_t i;
    while ((i = atomic_fetch_add(&crew->next, 1)) < work->count) {
        int rc = work->piece(work->context, i);
        (void)pthread_mutex_lock(&crew->mutex);
        crew->done++;
        if (rc < 0 && crew->rc == 0) {
            crew->rc = rc;
            atomic_store(&crew->next, work->count);
        }
        (void)pthread_mutex_unlock(&crew->mutex);
    }
    (void)pthread_mutex_lock(&crew->mutex);
    crew->running--;
    (void)pthread_cond_signal(&crew->changed);
    (void)pthread_mutex_unlock(&crew->mutex);
    return NULL;
}

static void watch(struct crew *crew)
{
    struct progress progress;
    struct timespec until;
    progress_start(&progress, crew->work->count, "pieces");
    (void)pthread_mutex_lock(&crew->mutex);
    while (crew->running > 0) {
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += LOOK_NS;
        until.tv_sec += until.tv_nsec / NS;
        until.tv_nsec %= NS;
        (void)pthread_cond_timedwait(&crew->changed, &crew->mutex, &until);
        progress_show(&progress, crew->done);
    }
    (void)pthread_mutex_unlock(&crew->mutex);
    progress_end(&progress);
}

int work_run(const struct work *work)
{
    struct crew crew = {.work = work, .running = 0};
    pthread_t threads[THREADS_MAX];
    unsigned count = 0;
    unsigned wanted = work->threads < THREADS_MAX ? work->threads : THREADS_MAX;
    if (wanted > work->count)
        wanted = (unsigned)work->count;
    (void)pthread_mutex_init(&crew.mutex, NULL);
    (void)pthread_cond_init(&crew.changed, NULL);
    crew.running = wanted;
    while (count < wanted &&
           pthread_create(&threads[count], NULL, serve, &crew) == 0)
        count++;
    (void)pthread_mutex_lock(&crew.mutex);
    crew.running -= wanted - count;
    (void)pthread_mutex_unlock(&crew.mutex);
    if (count == 0) {
        crew.running = 1;
        (void)serve(&crew);
    } else if (work->is_shown) {
        watch(&crew);
    }
    for (unsigned i = 0; i < count; i++)
        (void)pthread_join(threads[i], NULL);
    (void)pthread_cond_destroy(&crew.changed);
    (void)pthread_mutex_destroy(&crew.mutex);
    return crew.rc;
}

unsigned work_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1                   ? 1
           : count > (long)THREADS_MAX ? THREADS_MAX
                                       : (unsigned)count;
}
