/* SPDX-License-Identifier: MIT */
/* Our few functions of real numbers against libm's. */

#include "daemon/health/numeric.h"
#include "tests/support/run.h"

#include <math.h>

static void assert_near(double own, double libm)
{
    double error = fabs(own - libm);
    ck_assert_msg(error <= 1e-14 * fabs(libm) || error <= 1e-15,
                  "%.17g is not %.17g", own, libm);
}

/* The points need not be exact: any will do. */
/* NOLINTBEGIN(cert-flp30-c,clang-analyzer-security.FloatLoopCounter) */

START_TEST(log2_is_libms)
{
    for (double x = 1e-300; x < 1e300; x *= 1.37)
        assert_near(numeric_log2(x), log2(x));
    for (double x = 0.5; x < 2; x += 0.0007)
        assert_near(numeric_log2(x), log2(x));
    ck_assert(numeric_log2(1) == 0);
    ck_assert(numeric_log2(1024) == 10);
}
END_TEST

START_TEST(exp2_is_libms)
{
    for (double x = -1022; x <= 1023; x += 0.173)
        assert_near(numeric_exp2(x), exp2(x));
    ck_assert(numeric_exp2(0) == 1);
    ck_assert(numeric_exp2(-60) == 0x1p-60);
}
END_TEST

START_TEST(sqrt_is_libms)
{
    for (double x = 1e-300; x < 1e300; x *= 1.91)
        assert_near(numeric_sqrt(x), sqrt(x));
    ck_assert(numeric_sqrt(0) == 0);
}
END_TEST

/* NOLINTEND(cert-flp30-c,clang-analyzer-security.FloatLoopCounter) */

int main(void)
{
    const struct test_entry tests[] = {
        TEST(log2_is_libms),
        TEST(exp2_is_libms),
        TEST(sqrt_is_libms),
        {0},
    };
    return run_tests("numeric", tests);
}
