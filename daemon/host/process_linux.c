/* SPDX-License-Identifier: MIT */
/* Limits and dumps on Linux. */

#include "daemon/host/process.h"

#include "base/reason.h"

#include <errno.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

const char *process_platform(void)
{
    return "linux";
}

static int as_int(rlim_t limit)
{
    return limit > INT_MAX ? INT_MAX : (int)limit;
}

int process_raise_descriptors(unsigned wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -errno;
    if (limit.rlim_cur >= wanted)
        return as_int(limit.rlim_cur);
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -errno;
    return as_int(limit.rlim_cur);
}

int process_raise_locked_memory(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
        return -errno;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_MEMLOCK, &limit) < 0 ? -errno : 0;
}

int process_lock_page(void)
{
    void *page = mmap(NULL, 1, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return -errno;
    int rc = mlock2(page, 1, MLOCK_ONFAULT) < 0 ? -errno : 0;
    (void)munmap(page, 1); /* unlocks as well */
    return rc;
}

int process_forbid_dumps(struct reason *why)
{
    /* The limit alone does not hold where core_pattern pipes into a program;
     * not being dumpable does, and keeps ptrace() out as well. */
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0)
        return reason_errno(errno, why, "core file limit");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return reason_errno(errno, why, "PR_SET_DUMPABLE");
    return 0;
}

void process_worker_thread(void)
{
    /* The scheduler's default is right: a worker paces itself. */
}
