/* SPDX-License-Identifier: MIT */
/* Double precision: the binomial tails below come out with a relative error
 * under 1e-11, and cutoffs.py finds that no claim lies so near to a border. */

#include "daemon/health/cutoffs.h"

#include "daemon/health/numeric.h"

#include <assert.h>
#include <math.h> /* ldexp() is in libc */

/* Weights that are this much smaller than the largest are left out of sums:
 * all of them together stay far below 2^-64 of it. */
#define NEGLIGIBLE 1e-40

static double chance_of(unsigned claim_millibits)
{
    return numeric_exp2(-(double)claim_millibits / 1000);
}

/*
 * Smallest k with P(X >= k) <= 2^-alpha_bits for X ~ binomial(n, p).
 *
 * Probabilities are taken relative to that of the most likely count, by the
 * ratio of neighbours, so nothing underflows that matters. Their sum over all
 * counts scales alpha; then the upper tail is summed from its far end, small
 * numbers first.
 */
static unsigned upper_quantile(unsigned n, double p, unsigned alpha_bits)
{
    unsigned mode = (unsigned)(((double)n + 1) * p);
    double odds = p / (1 - p);
    double total = 0;
    double weight = 1;
    if (mode > n)
        mode = n;
    for (unsigned k = mode; weight > NEGLIGIBLE; k--) {
        total += weight;
        if (k == 0)
            break;
        weight *= (double)k / ((double)(n - k + 1) * odds);
    }

    unsigned k = mode;
    for (weight = 1; k < n; k++) {
        double next = weight * (double)(n - k) / (double)(k + 1) * odds;
        if (next < NEGLIGIBLE)
            break;
        weight = next;
        total += weight;
    }

    double alpha = ldexp(total, -(int)alpha_bits);
    double tail = weight;
    while (tail <= alpha && k > 0) {
        weight *= (double)k / ((double)(n - k + 1) * odds);
        tail += weight;
        k--;
    }
    return k + 1;
}

static void check_arguments(unsigned claim_millibits, unsigned alpha_bits)
{
    assert(claim_millibits >= 1 && claim_millibits <= 8000);
    assert(alpha_bits >= 1 && alpha_bits <= 64);
    (void)claim_millibits;
    (void)alpha_bits;
}

unsigned cutoff_rct(unsigned claim_millibits, unsigned alpha_bits)
{
    check_arguments(claim_millibits, alpha_bits);
    return 1 + (alpha_bits * 1000 + claim_millibits - 1) / claim_millibits;
}

unsigned cutoff_apt(unsigned claim_millibits, unsigned alpha_bits)
{
    check_arguments(claim_millibits, alpha_bits);

    /* P(X >= k) <= alpha where k = 1 + qbinom(1 - alpha); one more for the
     * first symbol itself. */
    unsigned cutoff =
        1 + upper_quantile(CUTOFF_APT_WINDOW - 1, chance_of(claim_millibits),
                           alpha_bits);
    return cutoff < CUTOFF_APT_WINDOW ? cutoff : CUTOFF_APT_WINDOW;
}

unsigned cutoff_prediction_count(unsigned window, unsigned claim_millibits,
                                 unsigned alpha_bits)
{
    check_arguments(claim_millibits, alpha_bits);
    unsigned cutoff =
        upper_quantile(window, chance_of(claim_millibits), alpha_bits);
    return cutoff < window ? cutoff : window;
}

unsigned cutoff_prediction_run(unsigned claim_millibits, unsigned alpha_bits)
{
    check_arguments(claim_millibits, alpha_bits);
    double bits = (double)claim_millibits / 1000;
    double wrong = 1 - chance_of(claim_millibits);
    unsigned run = 1;
    /* Both terms of the left side's logarithm fall as the run grows. */
    while (run < CUTOFF_LONG_WINDOW &&
           numeric_log2(1 + (double)(CUTOFF_LONG_WINDOW - run) * wrong) -
                   (double)run * bits >
               -(double)alpha_bits)
        run++;
    return run;
}
