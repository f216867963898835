/* Granularity of a clock. */

#include "daemon/health/granularity.h"

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

uint64_t granularity_ticks(const struct granularity *g,
                           uint64_t clock_step_ticks)
{
    return g->gcd_ticks > clock_step_ticks ? g->gcd_ticks : clock_step_ticks;
}
