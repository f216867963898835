/* Granularity of clock and symbols. */

#include "daemon/health/granularity.h"

#include "base/reason.h"
#include "daemon/health/judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void granularity_reset(struct granularity *g)
{
    memset(g, 0, sizeof(*g));
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

void granularity_sample(struct granularity *g, uint64_t ticks)
{
    g->gcd_ticks = greatest_common_divisor(ticks, g->gcd_ticks);
}

void granularity_symbol(struct granularity *g, uint8_t symbol)
{
    g->distinct += !g->is_seen[symbol];
    g->is_seen[symbol] = true;
}

uint64_t granularity_ticks(const struct granularity *g,
                           uint64_t clock_step_ticks)
{
    return g->gcd_ticks > clock_step_ticks ? g->gcd_ticks : clock_step_ticks;
}

bool granularity_is_fine(const struct granularity *g, uint64_t ns,
                         struct reason *why)
{
    if (ns >= JUDGE_GRANULARITY_LIMIT_NS) {
        reason_set(why,
                   "clock granularity of %" PRIu64 " ns, must be below %d ns",
                   ns, JUDGE_GRANULARITY_LIMIT_NS);
        return false;
    }
    if (g->distinct < JUDGE_DISTINCT_MIN) {
        reason_set(why,
                   "%u different symbols in %d samples, must be %d or more",
                   g->distinct, JUDGE_START_UP, JUDGE_DISTINCT_MIN);
        return false;
    }
    return true;
}
