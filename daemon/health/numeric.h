/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HEALTH_NUMERIC_H
#define ENTROPYD_DAEMON_HEALTH_NUMERIC_H

/*
 * The three functions of real numbers that estimates and cut-offs need, to a
 * relative error below 1e-14 (tests/daemon/health/test_numeric.c compares them
 * with libm's). libm's own are as good; but mapping its shared library costs
 * half a megabyte of resident memory, an eighth of all that the daemon has.
 * Pure; any thread.
 */

/* Base-2 logarithm; x > 0 and finite. Asserts. */
double numeric_log2(double x);

/* 2 to the power x; -1022 <= x <= 1023. Asserts. */
double numeric_exp2(double x);

/* Square root; x >= 0 and finite. Asserts. */
double numeric_sqrt(double x);

#endif
