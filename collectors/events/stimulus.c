/* SPDX-License-Identifier: MIT */
/*
 * The thread sleeps, causes events and checks two flags. Only stimulus_stop()
 * waits for it: one that hangs or has died is noticed by its silence. An error
 * that does not pass is kept in `error`, and the thread parks until it is
 * stopped.
 */

#include "collectors/events/stimulus.h"
#include "base/reason.h"
#include "base/thread.h"
#include "base/ticks.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

struct stimulus {
    /* constant once started */
    struct stimulus_targets targets;
    uint64_t sleep_ns;         /* from one round to the next */
    uint64_t file_interval_ns; /* from one touch, of any file, to the next */
    pthread_t thread;

    /* owner */
    uint64_t seen;      /* rounds at the last stimulus_watch() */
    uint64_t silent_ns; /* time collected since they last rose */

    /* stimulus thread */
    unsigned next_socket;
    unsigned next_file;
    bool touches; /* should_touch, when it last looked */
    uint64_t file_due_ns;

    /* shared, under the mutex */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool should_park;
    bool should_stop;
    bool should_touch;

    /* shared: written by the stimulus thread, read by the owner; they order
     * nothing (relaxed) */
    _Atomic uint64_t rounds;
    _Atomic uint64_t events;
    _Atomic uint64_t dropped;
    _Atomic int error; /* errno of a call that failed for good */
};

static void add_one(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Waits while parked. False: the thread is to end. */
static bool may_run(struct stimulus *s)
{
    pthread_mutex_lock(&s->mutex);
    while (s->should_park && !s->should_stop)
        pthread_cond_wait(&s->changed, &s->mutex);
    bool answer = !s->should_stop;
    s->touches = s->should_touch;
    pthread_mutex_unlock(&s->mutex);
    return answer;
}

static void give_up(struct stimulus *s, int error)
{
    atomic_store_explicit(&s->error, error, memory_order_relaxed);
    pthread_mutex_lock(&s->mutex);
    s->should_park = true;
    pthread_mutex_unlock(&s->mutex);
}

static int send_byte(struct stimulus *s)
{
    int fd = s->targets.sockets[s->next_socket];
    s->next_socket = (s->next_socket + 1) % s->targets.num_sockets;
    /* Every signal is blocked here, SIGPIPE included. */
    if (write(fd, "", 1) == 1) {
        add_one(&s->events);
        return 0;
    }
    if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) {
        add_one(&s->dropped);
        return 0;
    }
    return errno;
}

/* Only sets the time stamps: the smallest change that a watcher notices. */
static int touch_file(struct stimulus *s)
{
    uint64_t now_ns = ticks_to_ns(ticks_now());
    if (now_ns < s->file_due_ns)
        return 0;
    /* From now, not from when it was due: missed touches are not made up for.
     */
    s->file_due_ns = now_ns + s->file_interval_ns;
    int fd = s->targets.files[s->next_file];
    s->next_file = (s->next_file + 1) % s->targets.num_files;
    if (futimens(fd, NULL) != 0)
        return errno;
    add_one(&s->events);
    return 0;
}

static void *stimulus_main(void *argument)
{
    struct stimulus *s = argument;
    thread_role_sleeper("stimulus");
    const struct timespec pause = {
        .tv_sec = (time_t)(s->sleep_ns / NS_PER_S),
        .tv_nsec = (long)(s->sleep_ns % NS_PER_S),
    };
    while (may_run(s)) {
        int error = 0;
        if (s->targets.num_sockets > 0)
            error = send_byte(s);
        if (error == 0 && s->touches)
            error = touch_file(s);
        if (error != 0) {
            give_up(s, error);
            continue;
        }
        add_one(&s->rounds);
        /* Relative: the work in between keeps it from a fixed period. */
        nanosleep(&pause, NULL);
    }
    return NULL;
}

int stimulus_start(struct stimulus **out,
                   const struct stimulus_targets *targets, struct reason *why)
{
    *out = NULL;
    if (targets->num_sockets + targets->num_files == 0)
        return 0;
    struct stimulus *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return reason_errno(ENOMEM, why, "cannot start the stimulus thread");
    s->targets = *targets;
    s->should_park = true;
    if (targets->num_files > 0)
        s->file_interval_ns =
            NS_PER_S / STIMULUS_FILE_RATE / targets->num_files;
    s->sleep_ns = targets->num_sockets > 0 ? (uint64_t)targets->poke_us * 1000
                                           : s->file_interval_ns;
    int rc = -pthread_mutex_init(&s->mutex, NULL);
    if (rc != 0)
        goto fail_mutex;
    rc = -pthread_cond_init(&s->changed, NULL);
    if (rc != 0)
        goto fail_cond;
    rc = thread_start(&s->thread, stimulus_main, s);
    if (rc != 0)
        goto fail_thread;
    *out = s;
    return 0;

fail_thread:
    pthread_cond_destroy(&s->changed);
fail_cond:
    pthread_mutex_destroy(&s->mutex);
fail_mutex:
    free(s);
    return reason_errno(-rc, why, "cannot start the stimulus thread");
}

static void set_parked(struct stimulus *s, bool should_park)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->mutex);
    s->should_park = should_park;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->mutex);
}

void stimulus_touch_files(struct stimulus *s)
{
    pthread_mutex_lock(&s->mutex);
    s->should_touch = s->targets.num_files > 0;
    pthread_mutex_unlock(&s->mutex);
}

void stimulus_wake(struct stimulus *s)
{
    if (s != NULL)
        s->silent_ns = 0;
    set_parked(s, false);
}

void stimulus_park(struct stimulus *s)
{
    set_parked(s, true);
}

int stimulus_watch(struct stimulus *s, uint64_t collected_ns,
                   struct reason *why)
{
    if (s == NULL)
        return 0;
    int error = atomic_load_explicit(&s->error, memory_order_relaxed);
    if (error != 0)
        return reason_errno(error, why, "the stimulus thread failed");
    uint64_t rounds = read_counter(&s->rounds);
    if (rounds != s->seen) {
        s->seen = rounds;
        s->silent_ns = 0;
        return 0;
    }
    s->silent_ns += collected_ns;
    if (s->silent_ns <= STIMULUS_SILENCE_MAX_MS * NS_PER_MS)
        return 0;
    reason_set(why,
               "the stimulus thread is dead: no event in %d ms of collecting",
               STIMULUS_SILENCE_MAX_MS);
    return -EIO;
}

uint64_t stimulus_events(const struct stimulus *s)
{
    return s != NULL ? read_counter(&s->events) : 0;
}

uint64_t stimulus_dropped(const struct stimulus *s)
{
    return s != NULL ? read_counter(&s->dropped) : 0;
}

uint64_t stimulus_cpu_ns(const struct stimulus *s)
{
    return s != NULL ? thread_cpu_ns(s->thread) : 0;
}

void stimulus_stop(struct stimulus *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->mutex);
    s->should_stop = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->mutex);
    pthread_join(s->thread, NULL);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->mutex);
    free(s);
}
