/* SPDX-License-Identifier: MIT */
/* Chances, their bounds, and the equation of 6.3.7's step 6. */

#include "lab/estimate_result.h"

#include <assert.h>
#include <float.h>
#include <math.h>

/* How sure a run has to be: 0.99. */
#define CONFIDENCE 0.99

/* Steps of the recurrence at most, and of a bisection: more than a double has
 * bits. NIST's program stops the recurrence there too, which shows where it
 * converges slowly. */
#define RECURRENCES 66
#define BISECTIONS  200

void estimate_refuse(struct estimate *e, const char *missing)
{
    *e = (struct estimate){.missing = missing};
}

void estimate_note(struct estimate *e, const char *name, double value)
{
    assert(e->figure_count < ESTIMATE_FIGURES_MAX);
    e->figures[e->figure_count++] = (struct estimate_figure){name, value};
}

double estimate_upper(double p, size_t n)
{
    double upper = p + ESTIMATE_Z * sqrt(p * (1 - p) / ((double)n - 1));
    return upper < 1 ? upper : 1;
}

void estimate_from_chance(struct estimate *e, double p)
{
    e->applies = true;
    e->min_entropy = p < 1 ? -log2(p) : 0;
}

/*
 * The logarithm of the chance that n guesses, each right with chance p, hold
 * no run of r right ones (Feller, vol. 1, XIII.7): with q = 1 - p and x the
 * root of x = 1 + q p^r x^(r+1) next to 1,
 * (1 - p x) / ((r + 1 - r x) q) / x^(n+1). Computed in y = x - 1, which is too
 * small beside 1 to keep its digits.
 */
static double log_no_run(double p, double r, double n)
{
    double q = 1 - p;
    double constant = log(q) + r * log(p);
    double y = 0;
    double before = -1;
    for (int i = 0; i < RECURRENCES && y - before > DBL_EPSILON * y; i++) {
        before = y;
        y = exp(constant + (r + 1) * log1p(y));
    }
    return log(q - p * y) - log((1 - r * y) * q) - (n + 1) * log1p(y);
}

/* The p in low..1 at which a run of r is as unlikely as allowed. */
static double solve_local(double low, double r, double n)
{
    double high = 1;
    for (int i = 0; i < BISECTIONS; i++) {
        double p = (low + high) / 2;
        if (p <= low || p >= high)
            break;
        if (log_no_run(p, r, n) > log(CONFIDENCE))
            low = p;
        else
            high = p;
    }
    return high;
}

void estimate_from_prediction(struct estimate *e, const struct prediction *p,
                              unsigned alphabet)
{
    double n = (double)p->n;
    double global = (double)p->right / n;
    double bound = p->right > 0 ? estimate_upper(global, p->n)
                                : 1 - pow(1 - CONFIDENCE, 1 / n);
    double r = (double)p->longest_run + 1;
    double most = fmax(1.0 / alphabet, bound);
    double local = -1;
    if (most < 1 && log_no_run(most, r, n) > log(CONFIDENCE))
        local = solve_local(most, r, n);
    estimate_note(e, "N", n);
    estimate_note(e, "C", (double)p->right);
    estimate_note(e, "P_global", global);
    estimate_note(e, "P'_global", bound);
    estimate_note(e, "r", r);
    if (local >= 0) /* else it is less than the others */
        estimate_note(e, "P_local", local);
    estimate_note(e, "1/k", 1.0 / alphabet);
    estimate_from_chance(e, fmax(most, local));
}
