/* SPDX-License-Identifier: MIT */
#include "client/ctl/interrupt.h"

#include <stddef.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

#define NUM_SIGNALS (sizeof(signals) / sizeof(signals[0]))

void interrupt_block(sigset_t *before)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < NUM_SIGNALS; i++)
        sigaddset(&set, signals[i]);
    /* entropyctl has one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    sigprocmask(SIG_BLOCK, &set, before);
}

static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 &&
           action.sa_handler == SIG_IGN;
}

bool interrupt_is_pending(void)
{
    sigset_t pending;
    if (sigpending(&pending) < 0)
        return false;
    for (size_t i = 0; i < NUM_SIGNALS; i++) {
        if (sigismember(&pending, signals[i]) == 1 && !is_ignored(signals[i]))
            return true;
    }
    return false;
}
