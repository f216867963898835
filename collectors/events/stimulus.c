/*
 * The thread sleeps, pokes and looks at two flags. It is never waited for,
 * except by poker_stop(): one that hangs or has died is found out by its
 * silence. A poke that fails for good is remembered in `error`, and the thread
 * parks until it is stopped.
 */

#include "collectors/events/stimulus.h"
#include "base/reason.h"
#include "base/thread.h"
#include "base/ticks.h"
#include "collectors/events/poker_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

struct poker {
    /* constant once started */
    struct poker_targets targets;
    uint64_t sleep_ns;         /* from one round to the next */
    uint64_t file_interval_ns; /* from one touch, of any file, to the next */
    pthread_t thread;

    /* owner */
    uint64_t seen;      /* rounds at the last poker_watch() */
    uint64_t silent_ns; /* time collected since they last rose */

    /* poker thread */
    unsigned next_socket;
    unsigned next_file;
    uint64_t file_due_ns;

    /* shared, under the mutex */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool should_park;
    bool should_stop;

    /* shared: written by the poker, read by the owner; plain counts and a
     * number, which order nothing (relaxed) */
    _Atomic uint64_t rounds;
    _Atomic uint64_t pokes;
    _Atomic uint64_t full;
    _Atomic int error; /* errno of a poke that failed for good */
};

static void add_one(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Waits while parked. False: it is time to end. */
static bool may_poke(struct poker *poker)
{
    pthread_mutex_lock(&poker->mutex);
    while (poker->should_park && !poker->should_stop)
        pthread_cond_wait(&poker->changed, &poker->mutex);
    bool answer = !poker->should_stop;
    pthread_mutex_unlock(&poker->mutex);
    return answer;
}

static void give_up(struct poker *poker, int error)
{
    atomic_store_explicit(&poker->error, error, memory_order_relaxed);
    pthread_mutex_lock(&poker->mutex);
    poker->should_park = true;
    pthread_mutex_unlock(&poker->mutex);
}

static int poke_socket(struct poker *poker)
{
    int fd = poker->targets.sockets[poker->next_socket];
    poker->next_socket = (poker->next_socket + 1) % poker->targets.num_sockets;
    /* Every signal is blocked here, SIGPIPE included. */
    if (write(fd, "", 1) == 1) {
        add_one(&poker->pokes);
        return 0;
    }
    if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) {
        add_one(&poker->full);
        return 0;
    }
    return errno;
}

/* A new time stamp, no data: the least that a watcher hears of. */
static int touch_file(struct poker *poker)
{
    uint64_t now_ns = ticks_to_ns(ticks_now());
    if (now_ns < poker->file_due_ns)
        return 0;
    /* From now, not from when it was due: nothing is made up for. */
    poker->file_due_ns = now_ns + poker->file_interval_ns;
    int fd = poker->targets.files[poker->next_file];
    poker->next_file = (poker->next_file + 1) % poker->targets.num_files;
    if (futimens(fd, NULL) != 0)
        return errno;
    add_one(&poker->pokes);
    return 0;
}

static void *poker_main(void *argument)
{
    struct poker *poker = argument;
    poker_thread_setup();
    const struct timespec pause = {
        .tv_sec = (time_t)(poker->sleep_ns / NS_PER_S),
        .tv_nsec = (long)(poker->sleep_ns % NS_PER_S),
    };
    while (may_poke(poker)) {
        int error = 0;
        if (poker->targets.num_sockets > 0)
            error = poke_socket(poker);
        if (error == 0 && poker->targets.num_files > 0)
            error = touch_file(poker);
        if (error != 0) {
            give_up(poker, error);
            continue;
        }
        add_one(&poker->rounds);
        /* Relative: the work in between keeps it from any fixed beat. */
        nanosleep(&pause, NULL);
    }
    return NULL;
}

/* The thread inherits the mask; signals are for the main thread. */
static int create_thread(struct poker *poker)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    int error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (error != 0)
        return error;
    error = pthread_create(&poker->thread, NULL, poker_main, poker);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

int poker_start(struct poker **out, const struct poker_targets *targets,
                struct reason *why)
{
    *out = NULL;
    if (targets->num_sockets + targets->num_files == 0)
        return 0;
    struct poker *poker = calloc(1, sizeof(*poker));
    if (poker == NULL)
        return reason_errno(ENOMEM, why, "cannot start the poker");
    poker->targets = *targets;
    poker->should_park = true;
    if (targets->num_files > 0)
        poker->file_interval_ns =
            NS_PER_S / POKER_FILE_RATE / targets->num_files;
    poker->sleep_ns = targets->num_sockets > 0
                          ? (uint64_t)targets->poke_us * 1000
                          : poker->file_interval_ns;
    int error = pthread_mutex_init(&poker->mutex, NULL);
    if (error != 0)
        goto fail_mutex;
    error = pthread_cond_init(&poker->changed, NULL);
    if (error != 0)
        goto fail_cond;
    error = create_thread(poker);
    if (error != 0)
        goto fail_thread;
    *out = poker;
    return 0;

fail_thread:
    pthread_cond_destroy(&poker->changed);
fail_cond:
    pthread_mutex_destroy(&poker->mutex);
fail_mutex:
    free(poker);
    return reason_errno(error, why, "cannot start the poker thread");
}

static void set_parked(struct poker *poker, bool should_park)
{
    if (poker == NULL)
        return;
    pthread_mutex_lock(&poker->mutex);
    poker->should_park = should_park;
    pthread_cond_signal(&poker->changed);
    pthread_mutex_unlock(&poker->mutex);
}

void poker_wake(struct poker *poker)
{
    if (poker != NULL)
        poker->silent_ns = 0;
    set_parked(poker, false);
}

void poker_park(struct poker *poker)
{
    set_parked(poker, true);
}

int poker_watch(struct poker *poker, uint64_t collected_ns, struct reason *why)
{
    if (poker == NULL)
        return 0;
    int error = atomic_load_explicit(&poker->error, memory_order_relaxed);
    if (error != 0)
        return reason_errno(error, why, "the poker thread gave up");
    uint64_t rounds = read_counter(&poker->rounds);
    if (rounds != poker->seen) {
        poker->seen = rounds;
        poker->silent_ns = 0;
        return 0;
    }
    poker->silent_ns += collected_ns;
    if (poker->silent_ns <= POKER_SILENCE_MAX_MS * NS_PER_MS)
        return 0;
    reason_set(why, "the poker thread is dead: no poke in %d ms of collecting",
               POKER_SILENCE_MAX_MS);
    return -EIO;
}

uint64_t poker_pokes(const struct poker *poker)
{
    return poker != NULL ? read_counter(&poker->pokes) : 0;
}

uint64_t poker_full(const struct poker *poker)
{
    return poker != NULL ? read_counter(&poker->full) : 0;
}

uint64_t poker_cpu_ns(const struct poker *poker)
{
    return poker != NULL ? thread_cpu_ns(poker->thread) : 0;
}

void poker_stop(struct poker *poker)
{
    if (poker == NULL)
        return;
    pthread_mutex_lock(&poker->mutex);
    poker->should_stop = true;
    pthread_cond_signal(&poker->changed);
    pthread_mutex_unlock(&poker->mutex);
    pthread_join(poker->thread, NULL);
    pthread_cond_destroy(&poker->changed);
    pthread_mutex_destroy(&poker->mutex);
    free(poker);
}
