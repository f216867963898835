/* SPDX-License-Identifier: MIT */
/* The step of a clock, found from durations that it measured. */

#include "daemon/health/granularity.h"

#include "tests/daemon/health/noise.h"
#include "tests/support/run.h"

#include <math.h>

#define N 1024

static uint64_t ticks[N];

/* Durations around `least`, some of them long, as a clock of `step` ticks sees
 * them that is read at any time and rounded to whole ticks. */
static void measure(struct noise *noise, double step, double least,
                    double width)
{
    for (size_t i = 0; i < N; i++) {
        double duration = least;
        for (int part = 0; part < 4; part++)
            duration +=
                width * (double)noise_below(noise, 1u << 20) / (4 << 20);
        if (noise_below(noise, 20) == 0)
            duration += (double)noise_below(noise, 20000);
        double begin = floor((double)noise_below(noise, 1000000000));
        double steps = floor(duration / step);
        ticks[i] =
            (uint64_t)(floor((begin + steps) * step) - floor(begin * step));
    }
}

static void assert_no_step(void)
{
    double found = granularity_step(ticks, N);
    ck_assert_msg(found == 1, "%g", found);
}

static const double steps[] = {7.7,         10.015, 16,  40.69,  1000 / 24.0,
                               1000 / 19.2, 69.841, 100, 279.365};

START_TEST(the_step_of_a_clock_is_found_to_a_thousandth)
{
    static const struct {
        double least, width;
    } shapes[] = {{500, 600}, {3000, 3000}, {12000, 1200}, {100000, 300000}};
    struct noise noise = {1};
    for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
        for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
            if (shapes[i].width < 12 * steps[s])
                continue; /* too few different ones to be sure */
            if (shapes[i].least > 4000 * steps[s])
                continue; /* too long to be sure of the multiple */
            for (long round = 0; round < scaled(10); round++) {
                measure(&noise, steps[s], shapes[i].least, shapes[i].width);
                double found = granularity_step(ticks, N);
                ck_assert_msg(fabs(found - steps[s]) < steps[s] / 1000,
                              "%g from %g: %g", steps[s], shapes[i].least,
                              found);
            }
        }
    }
}
END_TEST

START_TEST(where_there_is_none_it_is_one)
{
    struct noise noise = {2};
    for (long round = 0; round < scaled(100); round++) {
        measure(&noise, 1, 500 + 100 * (double)round, 300);
        assert_no_step();
        measure(&noise, 1, 100000, 1000000);
        assert_no_step();
        for (size_t i = 0; i < N; i++)
            ticks[i] = 12000 + noise_below(&noise, 17);
        assert_no_step();
    }
}
END_TEST

START_TEST(one_prevailing_duration_is_not_a_step)
{
    struct noise noise = {5};
    for (size_t i = 0; i < N; i++)
        ticks[i] = noise_below(&noise, 20) > 0
                       ? 11939
                       : 12000 + noise_below(&noise, 250);
    assert_no_step();
}
END_TEST

START_TEST(a_divisor_is_found_exactly)
{
    struct noise noise = {3};
    for (uint64_t divisor = 1; divisor <= 3000; divisor += 7) {
        for (size_t i = 0; i < N; i++)
            ticks[i] = divisor * (12000 + noise_below(&noise, 250));
        ck_assert(granularity_step(ticks, N) == (double)divisor);
    }
}
END_TEST

START_TEST(a_few_samples_off_do_not_hide_a_step)
{
    struct noise noise = {4};
    measure(&noise, 10.015, 3000, 3000);
    for (size_t i = 0; i < N; i += 64)
        ticks[i] += 3;
    ck_assert(fabs(granularity_step(ticks, N) - 10.015) < 0.01);
    for (size_t i = 0; i < N; i += 4) /* but not of a clock */
        ticks[i] += 3;
    assert_no_step();
}
END_TEST

START_TEST(equal_and_zero_samples_have_a_step_too)
{
    for (size_t i = 0; i < N; i++)
        ticks[i] = 0;
    assert_no_step();
    for (size_t i = 0; i < N; i++)
        ticks[i] = 4200;
    ck_assert(granularity_step(ticks, N) == 4200);
    for (size_t i = 0; i < N; i++)
        ticks[i] = i % 2 == 0 ? 0 : 41;
    ck_assert(granularity_step(ticks, N) == 41);
    ck_assert(granularity_step(ticks, 1) == 1);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_step_of_a_clock_is_found_to_a_thousandth),
        TEST(where_there_is_none_it_is_one),
        TEST(one_prevailing_duration_is_not_a_step),
        TEST(a_divisor_is_found_exactly),
        TEST(a_few_samples_off_do_not_hide_a_step),
        TEST(equal_and_zero_samples_have_a_step_too),
        {0},
    };
    return run_tests("granularity", tests);
}
