/* SPDX-License-Identifier: MIT */
/* Limits, dumps and thread quality on macOS. */

#include "daemon/host/process.h"

#include "base/reason.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/proc.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <sys/types.h>
#include <unistd.h>

/* ptrace(2), whose header the cross-build's headers lack. */
#define DENY_ATTACH 31 /* PT_DENY_ATTACH */
int ptrace(int request, pid_t pid, caddr_t address, int data);

const char *process_platform(void)
{
    return "macos";
}

/* The hard limit is RLIM_INFINITY as a rule; the kernel has its own, and
 * setrlimit() answers EINVAL above it. */
static rlim_t descriptors_allowed(rlim_t hard)
{
    int most = 0;
    size_t size = sizeof(most);
    if (sysctlbyname("kern.maxfilesperproc", &most, &size, NULL, 0) < 0 ||
        most <= 0)
        most = OPEN_MAX;
    return (rlim_t)most < hard ? (rlim_t)most : hard;
}

int process_raise_descriptors(unsigned wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -errno;
    if (limit.rlim_cur < wanted) {
        rlim_t allowed = descriptors_allowed(limit.rlim_max);
        rlim_t next = wanted < allowed ? wanted : allowed;
        if (next > limit.rlim_cur) {
            limit.rlim_cur = next;
            if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
                return -errno;
        }
    }
    return limit.rlim_cur > INT_MAX ? INT_MAX : (int)limit.rlim_cur;
}

int process_raise_locked_memory(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
        return -errno;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_MEMLOCK, &limit) < 0 ? -errno : 0;
}

/* PT_DENY_ATTACH ends a process that is traced already, which a developer who
 * started it under a debugger does not want. */
static bool is_traced(void)
{
    int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid()};
    struct kinfo_proc info = {.kp_proc = {.p_flag = 0}};
    size_t size = sizeof(info);
    return sysctl(name, 4, &info, &size, NULL, 0) == 0 &&
           (info.kp_proc.p_flag & P_TRACED) != 0;
}

int process_lock_page(void)
{
    void *page =
        mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (page == MAP_FAILED)
        return -errno;
    int rc = mlock(page, 1) < 0 ? -errno : 0;
    (void)munmap(page, 1); /* unlocks as well */
    return rc;
}

int process_forbid_dumps(struct reason *why)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0)
        return reason_errno(errno, why, "core file limit");
    if (!is_traced() && ptrace(DENY_ATTACH, 0, NULL, 0) < 0)
        return reason_errno(errno, why, "PT_DENY_ATTACH");
    return 0;
}

void process_worker_thread(void)
{
    /* A failure leaves the default quality, which is as good for timing. */
    (void)pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0);
}
