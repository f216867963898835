/* SPDX-License-Identifier: MIT */
/* Periods without a common measure, phases without a pattern. */

#include "collectors/collector.h"

#include "base/reason.h"
#include "collectors/events/timer_plan.h"
#include "tests/support/run.h"

#include <math.h>
#include <string.h>

/* The ranges that are tried: the standard one, the ends, the narrowest. */
static const struct {
    unsigned min_us;
    unsigned max_us;
} ranges[] = {{100, 732}, {20, 50000}, {20, 30}, {49990, 50000}, {1000, 1010}};

#define RANGES (sizeof(ranges) / sizeof(ranges[0]))

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void draw(struct timer_plan *plan)
{
    struct reason why = {.text = ""};
    int result = timer_plan_draw_phases(plan, &why);
    ck_assert_msg(result == 0, "%d, %s", result, why.text);
}

START_TEST(periods_are_coprime_rising_and_in_range)
{
    struct timer_plan plan;
    for (size_t r = 0; r < RANGES; r++) {
        for (unsigned count = 0; count <= TIMER_PLAN_MAX; count++) {
            timer_plan_periods(&plan, count, ranges[r].min_us,
                               ranges[r].max_us);
            ck_assert_uint_eq(plan.count, count);
            for (unsigned i = 0; i < count; i++) {
                ck_assert_uint_ge(plan.period_ns[i],
                                  ranges[r].min_us * UINT64_C(1000));
                ck_assert_uint_le(plan.period_ns[i],
                                  ranges[r].max_us * UINT64_C(1000));
                if (i > 0)
                    ck_assert_uint_gt(plan.period_ns[i], plan.period_ns[i - 1]);
                for (unsigned j = 0; j < i; j++)
                    ck_assert_uint_eq(gcd(plan.period_ns[i], plan.period_ns[j]),
                                      1);
            }
        }
    }
}
END_TEST

START_TEST(periods_fill_the_range_evenly)
{
    struct timer_plan plan;
    timer_plan_periods(&plan, 8, 100, 732);
    ck_assert_uint_lt(plan.period_ns[0], 100100);
    ck_assert_uint_gt(plan.period_ns[7], 731900);
    /* The seventh root of 7.32 from each to the next. */
    for (int i = 1; i < 8; i++) {
        double ratio =
            (double)plan.period_ns[i] / (double)plan.period_ns[i - 1];
        ck_assert_double_gt(ratio, 1.325);
        ck_assert_double_lt(ratio, 1.335);
    }
}
END_TEST

START_TEST(default_periods_are_not_near_a_small_ratio)
{
    /* Timers whose periods are nearly as 1 : 2 fire together for long
     * stretches. None of the standard plan is within 1 in 1000 of a ratio of
     * numbers up to 4, so that two timers part within a thousand periods. */
    struct timer_plan plan;
    timer_plan_periods(&plan, 8, 100, 732);
    for (int i = 0; i < 8; i++) {
        for (int j = 0; j < i; j++) {
            double ratio =
                (double)plan.period_ns[i] / (double)plan.period_ns[j];
            for (int p = 1; p <= 4; p++) {
                for (int q = 1; q <= 4; q++) {
                    double near = (double)p / q;
                    ck_assert_double_gt(fabs(ratio / near - 1), 0.001);
                }
            }
        }
    }
}
END_TEST

START_TEST(phases_lie_within_their_periods)
{
    struct timer_plan plan;
    timer_plan_periods(&plan, TIMER_PLAN_MAX, 20, 50000);
    for (int round = 0; round < 100; round++) {
        draw(&plan);
        for (unsigned i = 0; i < TIMER_PLAN_MAX; i++) {
            ck_assert_uint_ge(plan.phase_ns[i], 1);
            ck_assert_uint_le(plan.phase_ns[i], plan.period_ns[i]);
        }
    }
}
END_TEST

START_TEST(phases_are_new_each_time)
{
    struct timer_plan first;
    struct timer_plan second;
    timer_plan_periods(&first, 8, 100, 732);
    timer_plan_periods(&second, 8, 100, 732);
    ck_assert_mem_eq(first.period_ns, second.period_ns,
                     sizeof(first.period_ns));
    draw(&first);
    draw(&second);
    /* Eight equal draws out of 10^5 each: never. */
    ck_assert_mem_ne(first.phase_ns, second.phase_ns, sizeof(first.phase_ns));
    struct timer_plan again = second;
    draw(&again);
    ck_assert_mem_ne(again.phase_ns, second.phase_ns, sizeof(again.phase_ns));
}
END_TEST

START_TEST(phases_fill_their_periods)
{
    /* Each quarter of the period is hit: a miss in 64 * 100 draws has a chance
     * of 4 * 0.75^100 a timer, 10^-10 for all of them. */
    struct timer_plan plan;
    bool hit[TIMER_PLAN_MAX][4] = {0};
    timer_plan_periods(&plan, TIMER_PLAN_MAX, 100, 732);
    for (int round = 0; round < 100; round++) {
        draw(&plan);
        for (unsigned i = 0; i < TIMER_PLAN_MAX; i++)
            hit[i][(plan.phase_ns[i] - 1) * 4 / plan.period_ns[i]] = true;
    }
    for (unsigned i = 0; i < TIMER_PLAN_MAX; i++)
        ck_assert(hit[i][0] && hit[i][1] && hit[i][2] && hit[i][3]);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(periods_are_coprime_rising_and_in_range),
        TEST(periods_fill_the_range_evenly),
        TEST(default_periods_are_not_near_a_small_ratio),
        TEST(phases_lie_within_their_periods),
        TEST(phases_are_new_each_time),
        TEST(phases_fill_their_periods),
        {0},
    };
    return run_tests("timer_plan", tests);
}
