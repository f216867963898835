/* SPDX-License-Identifier: MIT */
#include "base/thread.h"

#include <sys/prctl.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)

void thread_role_helper(const char *name)
{
    (void)pthread_setname_np(pthread_self(), name);
}

void thread_role_sleeper(const char *name)
{
    thread_role_helper(name);
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

uint64_t thread_cpu_ns(pthread_t thread)
{
    clockid_t clock;
    struct timespec used;
    if (pthread_getcpuclockid(thread, &clock) != 0 ||
        clock_gettime(clock, &used) != 0)
        return 0;
    return (uint64_t)used.tv_sec * NS_PER_S + (uint64_t)used.tv_nsec;
}
