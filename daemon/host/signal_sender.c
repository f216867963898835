/* SPDX-License-Identifier: MIT */
/*
 * A handler in front of libuv's. signalfd() would tell the sender as well, but
 * macOS has nothing like it; and a handler that stores two numbers and calls
 * the next one is all that both need.
 */

#include "daemon/host/signal_sender.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

struct watched {
    int number; /* 0: free */
    void (*next)(int number);
    atomic_long pid; /* 0: none known */
    atomic_long uid;
};

static struct watched all[SIGNAL_SENDER_MAX];

static struct watched *find(int number)
{
    for (size_t i = 0; i < SIGNAL_SENDER_MAX; i++) {
        if (all[i].number == number)
            return &all[i];
    }
    return NULL;
}

static void handle(int number, siginfo_t *info, void *context)
{
    struct watched *w = find(number);
    bool is_sent = info->si_code == SI_USER || info->si_code == SI_QUEUE;

    (void)context;
    atomic_store_explicit(&w->uid, (long)info->si_uid, memory_order_relaxed);
    /* Read after libuv's pipe has woken the loop, which orders both. */
    atomic_store_explicit(&w->pid, is_sent ? (long)info->si_pid : 0,
                          memory_order_relaxed);
    w->next(number);
}

int signal_sender_watch(int number)
{
    struct watched *w = find(0);
    struct sigaction action;

    if (w == NULL)
        return -ENOSPC;
    if (sigaction(number, NULL, &action) < 0)
        return -errno;
    if ((action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler == SIG_DFL ||
        action.sa_handler == SIG_IGN)
        return -EINVAL; /* no handler to call next */
    w->next = action.sa_handler;
    w->number = number;
    action.sa_sigaction = handle;
    action.sa_flags |= SA_SIGINFO;
    if (sigaction(number, &action, NULL) < 0) {
        w->number = 0;
        return -errno;
    }
    return 0;
}

bool signal_sender_of(int number, pid_t *pid, uid_t *uid)
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
