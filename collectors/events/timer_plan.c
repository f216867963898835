/* SPDX-License-Identifier: MIT */
/* Periods in nanoseconds are different primes: two timers come back to the same
 * phase only after the product of their periods in nanoseconds, 13 s for the
 * shortest two of the standard plan, three of them after weeks. */

#include "collectors/events/timer_plan.h"
#include "base/reason.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/random.h>

/* Trial division: at most 3500 odd divisors for 50 ms, at open() only. */
static bool is_prime(uint64_t n)
{
    if (n % 2 == 0)
        return n == 2;
    for (uint64_t d = 3; d * d <= n; d += 2) {
        if (n % d == 0)
            return false;
    }
    return n > 1;
}

/* base to the power of n. */
static double power(double base, unsigned n)
{
    double result = 1.0;
    for (unsigned i = 0; i < n; i++)
        result *= base;
    return result;
}

/* The ratio of neighbours: the (steps)th root of max / min, by bisection, so
 * that the folder does without libm. */
static double neighbour_ratio(double span, unsigned steps)
{
    double low = 1.0;
    double high = span;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (power(middle, steps) < span)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static bool is_taken(const struct timer_plan *plan, unsigned count, uint64_t n)
{
    for (unsigned i = 0; i < count; i++) {
        if (plan->period_ns[i] == n)
            return true;
    }
    return false;
}

/* The free prime next to `ideal` in low..high: upwards, else downwards. */
static uint64_t free_prime(const struct timer_plan *plan, unsigned count,
                           uint64_t ideal, uint64_t low, uint64_t high)
{
    for (uint64_t n = ideal; n <= high; n++) {
        if (!is_taken(plan, count, n) && is_prime(n))
            return n;
    }
    for (uint64_t n = ideal - 1; n >= low; n--) {
        if (!is_taken(plan, count, n) && is_prime(n))
            return n;
    }
    return low; /* Not reached: the span holds more primes than timers. */
}

/* One insertion sort: near the ends the search turns round, so that the order
 * of finding is not quite that of size. */
static void sort(uint64_t *values, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        uint64_t value = values[i];
        unsigned at = i;
        for (; at > 0 && values[at - 1] > value; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
}

void timer_plan_periods(struct timer_plan *plan, unsigned count,
                        unsigned min_us, unsigned max_us)
{
    *plan = (struct timer_plan){.count = count};
    const uint64_t low = (uint64_t)min_us * 1000;
    const uint64_t high = (uint64_t)max_us * 1000;
    double ratio = count > 1
                       ? neighbour_ratio((double)high / (double)low, count - 1)
                       : 1.0;
    double ideal = (double)low;
    for (unsigned i = 0; i < count; i++) {
        plan->period_ns[i] = free_prime(plan, i, (uint64_t)ideal, low, high);
        ideal *= ratio;
    }
    sort(plan->period_ns, count);
}

int timer_plan_draw_phases(struct timer_plan *plan, struct reason *why)
{
    if (plan->count == 0)
        return 0;
    uint64_t random[TIMER_PLAN_MAX]; /* 512 bytes; getentropy() gives 256. */
    const unsigned half = TIMER_PLAN_MAX / 2;
    if (getentropy(random, half * sizeof(*random)) != 0 ||
        getentropy(random + half, half * sizeof(*random)) != 0)
        return reason_errno(errno, why, "cannot draw the timers' phases");
    for (unsigned i = 0; i < plan->count; i++)
        plan->phase_ns[i] = 1 + random[i] % plan->period_ns[i];
    return 0;
}
