/* SPDX-License-Identifier: MIT */
/*
 * With n = min(n_out, nw), the standard's quantities, divided by 2^-n:
 *
 *     psi / 2^-n   = R + 2^(n - h_in)
 *     omega / 2^-n = R (1 + sqrt(2 n ln 2) 2^((n - n_in) / 2))
 *     R            = (1 - 2^-h_in) / (1 - 2^-n_in)
 *
 * h_out is n less the binary logarithm of the larger one. What is computed is
 * how far both are from 1, so that nothing is lost where they come close;
 * NIST's program takes numbers of n_in bits and more for that.
 */

#include "lab/conditioning.h"

#include <math.h>

/* R - 1. */
static double ratio_less_one(double h_in, double n_in)
{
    return (exp2(-n_in) - exp2(-h_in)) / -expm1(-n_in * log(2));
}

/* What psi leaves: its distances from n and from 2^-h_in, of which the lesser
 * keeps its digits. Where n is more than h_in, 2^(n - h_in) is the greater
 * part, and may be beyond a double. */
static struct conditioned left_by_psi(double n, double n_in, double h_in)
{
    double ratio = ratio_less_one(h_in, n_in);
    if (n <= h_in) {
        double lost = log1p(ratio + exp2(n - h_in)) / log(2);
        return (struct conditioned){n - lost, lost};
    }
    double rest = log1p(exp2(h_in - n) * (1 + ratio)) / log(2);
    return (struct conditioned){h_in - rest, n - h_in + rest};
}

/* The same of omega, which is always close to 2^-n. */
static struct conditioned left_by_omega(double n, double n_in, double h_in)
{
    double ratio = ratio_less_one(h_in, n_in);
    double half = (n - n_in) / 2; /* at most 0 */
    double excess = sqrt(2 * n * log(2)) * exp2(half);
    double lost = log1p(ratio + excess + ratio * excess) / log(2);
    return (struct conditioned){n - lost, lost};
}

struct conditioned conditioning_output(const struct conditioning *c)
{
    double n_in = c->n_in;
    double nw = fmin(c->nw, n_in);
    double n = fmin(c->n_out, nw);
    struct conditioned psi = left_by_psi(n, n_in, c->h_in);
    struct conditioned omega = left_by_omega(n, n_in, c->h_in);
    struct conditioned out = psi.missing > omega.missing ? psi : omega;
    out.h_out = fmin(fmax(out.h_out, 0), n);
    out.missing = c->n_out - n + fmin(fmax(out.missing, 0), n);
    return out;
}

struct conditioned conditioning_unvetted(const struct conditioning *c,
                                         double h_bit)
{
    struct conditioned out = conditioning_output(c);
    double bound = fmin(0.999, h_bit) * c->n_out;
    if (bound < out.h_out)
        out = (struct conditioned){bound, c->n_out - bound};
    return out;
}

double conditioning_epsilon(const struct conditioning *c,
                            const struct conditioned *out)
{
    return -log2(out->missing / c->n_out);
}
