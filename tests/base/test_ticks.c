/* SPDX-License-Identifier: MIT */
/* The clock, its arithmetic, and a thread's processor time. */

#include "base/thread.h"
#include "base/ticks.h"
#include "tests/support/run.h"

#include <string.h>
#include <time.h>

START_TEST(clock_never_goes_back)
{
    uint64_t before = ticks_now();
    for (long i = 0; i < scaled(1000000); i++) {
        uint64_t now = ticks_now();
        ck_assert_uint_ge(now, before);
        before = now;
    }
}
END_TEST

START_TEST(clock_runs_at_the_rate_that_it_states)
{
    const struct timespec pause = {.tv_nsec = 50000000};
    uint64_t before = ticks_now();
    nanosleep(&pause, NULL);
    uint64_t slept_ns = ticks_to_ns(ticks_now() - before);
    /* 49 ms: CLOCK_MONOTONIC may be slewed by 500 ppm against this clock. */
    ck_assert_uint_ge(slept_ns, 49000000);
    ck_assert_uint_lt(slept_ns, UINT64_C(30000000000));
}
END_TEST

START_TEST(clock_has_a_name_and_a_timebase)
{
    uint32_t numerator = 0;
    uint32_t denominator = 0;
    ticks_timebase(&numerator, &denominator);
    ck_assert_uint_gt(numerator, 0);
    ck_assert_uint_gt(denominator, 0);
    ck_assert_uint_gt(strlen(ticks_clock_name()), 0);
}
END_TEST

START_TEST(smallest_step_is_a_step)
{
    uint64_t step = ticks_smallest_step(10000);
    ck_assert_uint_gt(step, 0);
    /* A clock with steps above 10 ms is useless for this. */
    ck_assert_uint_lt(ticks_to_ns(step), 10000000);
    /* More readings find no larger smallest step, on any ordinary clock by far
     * no larger than the first. */
    ck_assert_uint_le(ticks_to_ns(ticks_smallest_step(100000)), 10000000);
}
END_TEST

START_TEST(scaling_is_exact)
{
    ck_assert_uint_eq(ticks_scale(0, 125, 3), 0);
    ck_assert_uint_eq(ticks_scale(3, 125, 3), 125);
    ck_assert_uint_eq(ticks_scale(1, 125, 3), 41);
    ck_assert_uint_eq(ticks_scale(2, 125, 3), 83);
    ck_assert_uint_eq(ticks_scale(24000000, 125, 3), 1000000000);
    ck_assert_uint_eq(ticks_scale(12345, 1, 1), 12345);
    ck_assert_uint_eq(ticks_scale(UINT64_MAX, 1, 1), UINT64_MAX);
    ck_assert_uint_eq(ticks_scale(UINT64_MAX, 1, UINT32_MAX),
                      UINT64_C(0x100000001));
    /* ticks * numerator would overflow, the result does not. */
    ck_assert_uint_eq(ticks_scale(UINT64_C(3) << 56, 125, 3), UINT64_C(125)
                                                                  << 56);
}
END_TEST

START_TEST(scaling_saturates)
{
    ck_assert_uint_eq(ticks_scale(UINT64_MAX, 125, 3), UINT64_MAX);
    ck_assert_uint_eq(ticks_scale(UINT64_MAX, UINT32_MAX, 1), UINT64_MAX);
    ck_assert_uint_eq(ticks_scale(UINT64_MAX / 2 + 1, 2, 1), UINT64_MAX);
    ck_assert_uint_eq(ticks_scale(UINT64_MAX / 2, 2, 1), UINT64_MAX - 1);
    /* The whole part fits, the rest goes over the edge: 2^64 / 4 * 3 ticks,
     * less one, of 4/3 ns are 2^64 - 4/3. */
    ck_assert_uint_eq(ticks_scale(UINT64_C(0xbfffffffffffffff), 4, 3),
                      UINT64_MAX - 1);
    ck_assert_uint_eq(ticks_scale(UINT64_C(0xc000000000000000), 4, 3),
                      UINT64_MAX);
}
END_TEST

START_TEST(a_threads_time_grows_with_its_work)
{
    uint64_t before = thread_cpu_ns(pthread_self());
    uint64_t began = ticks_now();
    while (ticks_to_ns(ticks_now() - began) < 20000000) {
    }
    ck_assert_uint_gt(thread_cpu_ns(pthread_self()), before);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(clock_never_goes_back),
        TEST(clock_runs_at_the_rate_that_it_states),
        TEST(clock_has_a_name_and_a_timebase),
        TEST(smallest_step_is_a_step),
        TEST(scaling_is_exact),
        TEST(scaling_saturates),
        TEST(a_threads_time_grows_with_its_work),
        {0},
    };
    return run_tests("ticks", tests);
}
