/* SPDX-License-Identifier: MIT */
/* Blocking, looking, taking away. */

#include "lab/stop_signals.h"

#include <pthread.h>
#include <stddef.h>

static const struct {
    int number;
    const char *name;
} stops[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}};

#define STOPS (sizeof(stops) / sizeof(stops[0]))

void stop_signals_hold(struct stop_signals *s)
{
    (void)sigemptyset(&s->held);
    for (size_t i = 0; i < STOPS; i++)
        (void)sigaddset(&s->held, stops[i].number);
    (void)pthread_sigmask(SIG_BLOCK, &s->held, &s->before);
}

const char *stop_signals_pending(void)
{
    sigset_t pending;
    if (sigpending(&pending) != 0)
        return NULL;
    for (size_t i = 0; i < STOPS; i++) {
        if (sigismember(&pending, stops[i].number) == 1)
            return stops[i].name;
    }
    return NULL;
}

void stop_signals_release(const struct stop_signals *s)
{
    int number;
    while (stop_signals_pending() != NULL)
        (void)sigwait(&s->held, &number);
    (void)pthread_sigmask(SIG_SETMASK, &s->before, NULL);
}
