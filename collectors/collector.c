/* SPDX-License-Identifier: MIT */
#include "collectors/collector.h"

#include "base/reason.h"

#include <errno.h>
#include <string.h>

uint64_t collector_collecting_ns(uint64_t took_ns)
{
    const uint64_t most_ns = COLLECT_MAX_MS * UINT64_C(1000000);
    return took_ns < most_ns ? took_ns : most_ns;
}

size_t collector_tunable_count(const struct collector *c)
{
    size_t count = 0;
    while (c->tunables[count].name != NULL)
        count++;
    return count;
}

size_t collector_counter_count(const struct collector *c)
{
    size_t count = 0;
    while (c->info->counters[count] != NULL)
        count++;
    return count;
}

bool collector_can_run(const struct collector *c, struct reason *why)
{
    if (c->probe != NULL) {
        int rc = c->probe(why);
        bool never = rc == -ENOTSUP || rc == -ENOSYS;
        if (!never)
            reason_clear(why);
        return !never;
    }
    bool is_macos = strcmp(c->info->platform, "macos") == 0;
    reason_set(why, "%s needs %s", c->name, is_macos ? "macOS" : "Linux");
    return false;
}
