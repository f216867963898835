/* SPDX-License-Identifier: MIT */
/*
 * A clock of 24 MHz that is read in nanoseconds, or a time-stamp counter that
 * moves by 26 cycles at a time, has steps of 41.67 or 10.015 ticks. They are no
 * divisor of the samples; but each sample, the distance of two rounded
 * readings, lies within a tick of a multiple of the step.
 */

#include "daemon/health/granularity.h"

#include "base/wipe.h"
#include "daemon/health/numeric.h"
#include "daemon/source/source.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Most samples that are looked at. */
#define SAMPLES_MAX 1024

/* Steps that are looked for, in ticks. Of a smaller one, more than half of all
 * durations lie within a tick of a multiple by chance. */
#define STEP_MIN 5
#define STEP_MAX 512

/* Durations of more steps than this are not looked through: their multiples
 * would be certain only for a step that is known to 1 in 16,384. */
#define MULTIPLE_MAX 8192

/* By so much off a multiple, a sample is on it: a tick of rounding, and the
 * error of the step so far. */
#define TOLERANCE 1.1

/* The smallest samples try a candidate first, and few of them may be off. */
#define PROBES       16
#define PROBE_MISSES 2

/*
 * The share of all durations that must be on the multiples: 15/16. A clock's
 * are, but for those in which it was adjusted. Each distinct duration counts
 * once: one that comes 95 times in 100 says no more than any other.
 */
#define OFF_SHARE 16

/* The longest quarter is left out: an interruption takes too many steps for its
 * multiple to be certain. */
#define LONG_SHARE 4

/*
 * By chance one of n durations is on the multiples of a step s with probability
 * 3 / s at most. That 15/16 of them are happens with 2^-EVIDENCE_BITS where
 * n (15/16 log2(s / 3) - 0.337) is as large, 0.337 bits being what the choice
 * of the others is worth. 2^20 steps are tried at most.
 */
#define EVIDENCE_BITS 64

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Drops what occurs again in n sorted numbers; how many are left. */
static size_t drop_repeated(uint64_t *sorted, size_t n)
{
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        if (left == 0 || sorted[i] != sorted[left - 1])
            sorted[left++] = sorted[i];
    }
    return left;
}

/* The multiple of step that is nearest to ticks, as a count of steps. */
static double multiple(uint64_t ticks, double step)
{
    return (double)(uint64_t)((double)ticks / step + 0.5);
}

/* How far ticks is off the nearest multiple. */
static double off(uint64_t ticks, double step)
{
    return (double)ticks - multiple(ticks, step) * step;
}

static bool is_on(uint64_t ticks, double step)
{
    double distance = off(ticks, step);
    return distance <= TOLERANCE && distance >= -TOLERANCE;
}

static bool are_probes_on(const uint64_t *sorted, double step)
{
    size_t misses = 0;
    for (size_t i = 0; i < PROBES && misses <= PROBE_MISSES; i++)
        misses += !is_on(sorted[i], step);
    return misses <= PROBE_MISSES;
}

/*
 * Fits the step to the samples, the smallest first: each makes it more exact,
 * so that the multiple of the next is certain. Returns the sum of the squares
 * that they are off by, or -1 where too few are on it.
 */
static double fit(const uint64_t *sorted, size_t n, double *step)
{
    double products = 0;
    double squares = 0;
    double error = 0;
    size_t on = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_on(sorted[i], *step))
            continue;
        double k = multiple(sorted[i], *step);
        products += (double)sorted[i] * k;
        squares += k * k;
        if (i >= PROBES && squares > 0)
            *step = products / squares;
    }
    for (size_t i = 0; i < n; i++) {
        double distance = off(sorted[i], *step);
        on += is_on(sorted[i], *step);
        error += distance * distance;
    }
    return on >= n - n / OFF_SHARE ? error : -1;
}

/* Can it be no chance that n durations are on the multiples of step? */
static bool is_evident(size_t n, double step)
{
    double bits = 15.0 / 16 * numeric_log2(step / 3) - 0.337;
    return (double)n * bits >= EVIDENCE_BITS;
}

/* The best step within a tick of `near`; 0 if there is none. The search's own
 * stride is so small that no probe's multiple moves by half a tick. */
static double search(const uint64_t *sorted, size_t n, unsigned near)
{
    uint64_t probe = sorted[PROBES - 1];
    uint64_t tries = 2 * probe / near + 1; /* half a tick of the probe each */
    double best = 0;
    double least = 0;
    if (probe / near > MULTIPLE_MAX || !is_evident(n, near))
        return 0;
    for (uint64_t i = 0; i < tries; i++) {
        double step = near - 0.5 + (double)i / (double)tries;
        double fitted = step;
        if (!are_probes_on(sorted, step))
            continue;
        double error = fit(sorted, n, &fitted);
        if (error < 0 || fitted < near - 1.0 || fitted > near + 1.0)
            continue;
        if (best > 0 && error >= least)
            continue;
        best = fitted;
        least = error;
    }
    return best;
}

/* How often each distance below STEP_MAX + 2 occurs between two samples. */
static void count_distances(const uint64_t *sorted, size_t n,
                            uint32_t counts[static STEP_MAX + 2])
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            uint64_t distance = sorted[j] - sorted[i];
            if (distance >= STEP_MAX + 2)
                break;
            counts[distance]++;
        }
    }
}

/* The largest step whose multiples n sorted durations lie on; 1: none.
 * Distances that are more frequent than those beside them are the
 * candidates. Drops what occurs again. */
static double find_step(uint64_t *sorted, size_t n)
{
    uint32_t counts[STEP_MAX + 2] = {0};
    count_distances(sorted, n, counts);
    n = drop_repeated(sorted, n);
    n -= n / LONG_SHARE;
    if (n < PROBES || sorted[PROBES - 1] == 0)
        return 1;
    for (unsigned d = STEP_MAX; d >= STEP_MIN; d--) {
        if (counts[d] == 0 || counts[d] < counts[d - 1] ||
            counts[d] < counts[d + 1])
            continue;
        double step = search(sorted, n, d);
        if (step > 0)
            return step;
    }
    return 1;
}

double granularity_step(const uint64_t *ticks, size_t n)
{
    uint64_t sorted[SAMPLES_MAX];
    uint64_t gcd = 0; /* of none, or of zeros */
    if (n > SAMPLES_MAX)
        n = SAMPLES_MAX;
    for (size_t i = 0; i < n; i++)
        gcd = greatest_common_divisor(ticks[i], gcd);
    if (gcd == 0)
        gcd = 1;
    for (size_t i = 0; i < n; i++)
        sorted[i] = ticks[i] / gcd;
    qsort(sorted, n, sizeof(sorted[0]), compare);
    double step = find_step(sorted, n);
    wipe(sorted, sizeof(sorted));
    return step * (double)gcd;
}

uint64_t granularity_step_q16(const uint64_t *ticks, size_t n)
{
    return (uint64_t)(granularity_step(ticks, n) * SOURCE_STEP_ONE + 0.5);
}
