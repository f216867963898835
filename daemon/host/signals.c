/* SPDX-License-Identifier: MIT */
/*
 * Happy path: handle() notes the signal and its sender in atomics and sends a
 * byte -> on_readable() -> deliver(). The byte only wakes the loop, so it does
 * not matter how many there are. Where none can be sent, the handler shuts its
 * end down instead, which needs no memory and wakes the loop as well. Where
 * that or a failing recv() has used up the pair, the loop looks at the atomics
 * from time to time.
 *
 * signalfd() would be less code, but macOS has nothing like it.
 */

#include "daemon/host/signals.h"

#include "base/descriptor.h"
#include "daemon/host/log.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

struct watched {
    int number; /* 0: free; set before the handler is installed */
    atomic_bool is_pending;
    atomic_long pid; /* 0: none known */
    atomic_long uid;
};

static struct watched all[SIGNALS_MAX];
static atomic_int wake_fd = -1; /* the handler's end; -1: none */

static struct watched *find(int number)
{
    for (size_t i = 0; i < SIGNALS_MAX; i++) {
        if (all[i].number == number)
            return &all[i];
    }
    return NULL;
}

static void wake(void)
{
    const char byte = 0;
    int fd = atomic_load_explicit(&wake_fd, memory_order_relaxed);
    if (fd >= 0 && send(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno != EAGAIN &&
        errno != EWOULDBLOCK) /* full: the loop is being woken already */
        (void)shutdown(fd, SHUT_WR);
}

static void handle(int number, siginfo_t *info, void *context)
{
    (void)context;
    int kept = errno;
    struct watched *w = find(number);
    /* kill(): 0 is SI_USER on Linux; XNU has 0 where its SI_USER is not 0. */
    bool is_sent = info->si_code == 0 || info->si_code == SI_QUEUE;
    atomic_store_explicit(&w->uid, (long)info->si_uid, memory_order_relaxed);
    atomic_store_explicit(&w->pid, is_sent ? (long)info->si_pid : 0,
                          memory_order_relaxed);
    /* Releases the sender to deliver(). */
    atomic_store_explicit(&w->is_pending, true, memory_order_release);
    wake();
    errno = kept;
}

static void deliver(struct signals *s)
{
    for (size_t i = 0; i < SIGNALS_MAX; i++) {
        /* Acquires what handle() released. */
        if (s->is_open && all[i].number != 0 &&
            atomic_exchange_explicit(&all[i].is_pending, false,
                                     memory_order_acquire))
            s->received(s->context, all[i].number);
    }
}

static void on_look(uv_timer_t *timer)
{
    deliver(timer->data);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct signals *s = poll->data;
    char bytes[64];
    ssize_t n = recv(s->ends[0], bytes, sizeof(bytes), MSG_DONTWAIT);
    int error = n < 0 ? errno : 0;
    if (status < 0 || n == 0 ||
        (n < 0 && error != EAGAIN && error != EWOULDBLOCK && error != EINTR)) {
        log_event(LOG_LEVEL_WARNING, "signal-wakeup-failed",
                  "looking_every_ms=%d reason=\"%s\"", SIGNALS_LOOK_MS,
                  status < 0  ? uv_strerror(status)
                  : error > 0 ? uv_strerror(-error)
                              : "the handler could not send");
        (void)uv_poll_stop(poll);
        (void)uv_timer_start(&s->timer, on_look, SIGNALS_LOOK_MS,
                             SIGNALS_LOOK_MS);
    }
    deliver(s);
}

static int open_pair(int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return -errno;
    int rc = descriptor_set_flags(ends[0]);
    if (rc == 0)
        rc = descriptor_set_flags(ends[1]);
    if (rc < 0) {
        close(ends[0]);
        close(ends[1]);
    }
    return rc;
}

int signals_open(struct signals *s, uv_loop_t *loop,
                 void (*received)(void *context, int number), void *context)
{
    int rc = open_pair(s->ends);
    if (rc < 0)
        return rc;
    rc = uv_poll_init(loop, &s->poll, s->ends[0]);
    if (rc < 0) {
        close(s->ends[0]);
        close(s->ends[1]);
        return rc; /* no handle yet */
    }
    (void)uv_timer_init(loop, &s->timer);
    s->poll.data = s->timer.data = s;
    s->received = received;
    s->context = context;
    s->is_open = true;
    atomic_store_explicit(&wake_fd, s->ends[1], memory_order_relaxed);
    rc = uv_poll_start(&s->poll, UV_READABLE, on_readable);
    if (rc < 0)
        signals_close(s);
    return rc;
}

int signals_watch(int number)
{
    struct watched *w = find(0);
    struct sigaction action = {.sa_sigaction = handle,
                               .sa_flags = SA_SIGINFO | SA_RESTART};
    if (w == NULL)
        return -ENOSPC;
    sigfillset(&action.sa_mask);
    w->number = number;
    if (sigaction(number, &action, NULL) < 0) {
        w->number = 0;
        return -errno;
    }
    return 0;
}

bool signals_sender(int number, pid_t *pid, uid_t *uid)
{
    const struct watched *w = find(number);
    long sender =
        w != NULL ? atomic_load_explicit(&w->pid, memory_order_relaxed) : 0;
    if (sender <= 0)
        return false;
    *pid = (pid_t)sender;
    *uid = (uid_t)atomic_load_explicit(&w->uid, memory_order_relaxed);
    return true;
}

void signals_close(struct signals *s)
{
    if (!s->is_open)
        return;
    s->is_open = false;
    atomic_store_explicit(&wake_fd, -1, memory_order_relaxed);
    uv_close((uv_handle_t *)&s->poll, NULL); /* lets go of ends[0] */
    uv_close((uv_handle_t *)&s->timer, NULL);
    close(s->ends[0]);
    close(s->ends[1]);
}
