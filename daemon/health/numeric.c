/* SPDX-License-Identifier: MIT */
#include "daemon/health/numeric.h"

#include <assert.h>
#include <math.h>

#define LN2       0.69314718055994530942
#define SQRT_HALF 0.70710678118654752440

double numeric_log2(double x)
{
    assert(x > 0 && isfinite(x));
    int exponent;
    double m = frexp(x, &exponent); /* libc's: taking a double apart */
    if (m < SQRT_HALF) {
        m *= 2;
        exponent--;
    }
    /* ln m = 2 atanh z, |z| <= 0.172: the last term is below 1e-17. */
    double z = (m - 1) / (m + 1);
    double square = z * z;
    double sum = 0;
    for (int k = 21; k >= 1; k -= 2)
        sum = sum * square + 1.0 / k;
    return exponent + 2 * z * sum / LN2;
}

double numeric_exp2(double x)
{
    assert(x >= -1022 && x <= 1023);
    int whole = (int)(x < 0 ? x - 0.5 : x + 0.5);
    /* e^y, |y| <= 0.35: the last term is below 1e-17. */
    double y = (x - whole) * LN2;
    double sum = 1;
    for (int k = 15; k >= 1; k--)
        sum = 1 + sum * y / k;
    return ldexp(sum, whole);
}

double numeric_sqrt(double x)
{
    assert(x >= 0 && isfinite(x));
    if (x == 0)
        return 0;
    /* Newton's step halves the error that the logarithm's leaves. */
    double root = numeric_exp2(numeric_log2(x) / 2);
    return (root + x / root) / 2;
}
