/* SPDX-License-Identifier: MIT */
/* 6.3.1 to 6.3.4: counts and waiting times. */

#include "lab/estimate.h"
#include "lab/estimate_result.h"

#include <math.h>

/* 6.3.4: bits of a block, and the constant of its standard deviation. */
#define BLOCK_BITS   6
#define BLOCK_VALUES 64
#define BLOCK_SIGMA  0.5907

/* 6.3.3 looks at sequences of this many bits. */
#define MARKOV_BITS 128

#define BISECTIONS 200

/* A term this small beside the sum so far adds nothing to it any more, nor do
 * those that follow. */
#define NEGLIGIBLE 1e-22

#define TWO_VALUES "two values: it is of bits only"

void estimate_mcv(const struct sequence *s, struct estimate *e)
{
    size_t counts[256] = {0};
    size_t most = 0;
    *e = (struct estimate){0};
    if (s->n < 2) {
        estimate_refuse(e, "2 symbols");
        return;
    }
    for (size_t i = 0; i < s->n; i++)
        counts[s->values[i]]++;
    for (size_t i = 0; i < 256; i++)
        most = counts[i] > most ? counts[i] : most;
    double p = (double)most / (double)s->n;
    double upper = estimate_upper(p, s->n);
    estimate_note(e, "mode count", (double)most);
    estimate_note(e, "p-hat", p);
    estimate_note(e, "p_u", upper);
    estimate_from_chance(e, upper);
}

/* Lower end of the 99 % interval of a mean of v values. */
static double lower_mean(double mean, double deviation, size_t v)
{
    return mean - ESTIMATE_Z * deviation / sqrt((double)v);
}

/* Two bits collide after two of them (equal) or else after three, so with p
 * the chance of the likelier bit the mean time is 2 + 2 p (1 - p): what the
 * standard writes with an incomplete gamma function, for an alphabet of two. */
void estimate_collision(const struct sequence *s, struct estimate *e)
{
    const uint8_t *bits = s->values;
    size_t twos = 0;
    size_t threes = 0;
    *e = (struct estimate){0};
    if (s->alphabet > 2) {
        estimate_refuse(e, TWO_VALUES);
        return;
    }
    for (size_t i = 0; i + 1 < s->n;) {
        bool is_equal = bits[i] == bits[i + 1];
        if (!is_equal && i + 2 >= s->n)
            break;
        twos += is_equal;
        threes += !is_equal;
        i += is_equal ? 2 : 3;
    }
    size_t v = twos + threes;
    if (v < 2) {
        estimate_refuse(e, "two collisions");
        return;
    }
    double share = (double)threes / (double)v;
    double sigma = sqrt(share * (1 - share) * (double)v / ((double)v - 1));
    double bound = fmax(lower_mean(2 + share, sigma, v), 2);
    double p = bound < 2.5 ? 0.5 + sqrt(1.25 - 0.5 * bound) : 0.5;
    estimate_note(e, "v", (double)v);
    estimate_note(e, "X-bar", 2 + share);
    estimate_note(e, "sigma-hat", sigma);
    estimate_note(e, "X-bar'", bound);
    estimate_note(e, "p", p);
    estimate_from_chance(e, p);
}

/* k times the bits that a step of chance p tells. */
static double told(double k, double p)
{
    return p > 0 ? -k * log2(p) : INFINITY;
}

void estimate_markov(const struct sequence *s, struct estimate *e)
{
    static const char *const names[2][2] = {{"P_0,0", "P_0,1"},
                                            {"P_1,0", "P_1,1"}};
    size_t pairs[2][2] = {{0}};
    double step[2][2];
    *e = (struct estimate){0};
    if (s->alphabet > 2 || s->n < 2) {
        estimate_refuse(e, s->n < 2 ? "2 symbols" : TWO_VALUES);
        return;
    }
    for (size_t i = 0; i + 1 < s->n; i++)
        pairs[s->values[i]][s->values[i + 1]]++;
    size_t ones = pairs[1][0] + pairs[1][1] + s->values[s->n - 1];
    double first[2] = {1 - (double)ones / (double)s->n,
                       (double)ones / (double)s->n};
    estimate_note(e, "P_0", first[0]);
    estimate_note(e, "P_1", first[1]);
    for (int a = 0; a < 2; a++) {
        double total = (double)(pairs[a][0] + pairs[a][1]);
        for (int b = 0; b < 2; b++) {
            step[a][b] = total > 0 ? (double)pairs[a][b] / total : 0;
            estimate_note(e, names[a][b], step[a][b]);
        }
    }
    double least = MARKOV_BITS;
    for (int a = 0; a < 2; a++) {
        int b = 1 - a;
        double start = told(1, first[a]);
        const double sequences[] = {
            /* aa..., abb..., abab... */
            start + told(MARKOV_BITS - 1, step[a][a]),
            start + told(1, step[a][b]) + told(MARKOV_BITS - 2, step[b][b]),
            start + told(MARKOV_BITS / 2.0, step[a][b]) +
                told(MARKOV_BITS / 2.0 - 1, step[b][a]),
        };
        for (size_t i = 0; i < 3; i++)
            least = fmin(least, sequences[i]);
    }
    estimate_note(e, "p-hat_max", exp2(-least));
    e->applies = true;
    e->min_entropy = fmin(fmax(least / MARKOV_BITS, 0), 1);
}

/*
 * G(z) of 6.3.4: z / v times the sum over t = d + 1 .. blocks of
 * z (sum over i = 2 .. t - 1 of log2(i) (1 - z)^(i-1)) + log2(t) (1 - z)^(t-1),
 * with the inner sums exchanged so that each i is looked at once: it occurs in
 * blocks - max(d, i) of them.
 */
static double expected_log(double z, size_t d, size_t blocks)
{
    double inner = 0;
    double last = 0;
    double power = 1 - z;
    for (size_t i = 2; i <= blocks; i++) {
        double term = log2((double)i) * power;
        inner += term * (double)(blocks - (i > d ? i : d));
        last += i > d ? term : 0;
        power *= 1 - z;
        if ((double)i > 1 / z &&
            term * (double)blocks * 2 / z <= NEGLIGIBLE * inner)
            break;
    }
    return z / (double)(blocks - d) * (z * inner + last);
}

static double expected_compression(double p, size_t learn, size_t blocks)
{
    double q = (1 - p) / (BLOCK_VALUES - 1);
    double rest = q > 0 ? expected_log(q, learn, blocks) : 0;
    return expected_log(p, learn, blocks) + (BLOCK_VALUES - 1) * rest;
}

static double solve_compression(double mean, size_t learn, size_t blocks)
{
    double low = 1.0 / BLOCK_VALUES;
    double high = 1;
    if (expected_compression(low, learn, blocks) <= mean)
        return low;
    for (int i = 0; i < BISECTIONS; i++) {
        double p = (low + high) / 2;
        if (p <= low || p >= high)
            break;
        if (expected_compression(p, learn, blocks) > mean)
            low = p;
        else
            high = p;
    }
    return high;
}

void estimate_compression(const struct sequence *s, size_t learn,
                          struct estimate *e)
{
    size_t seen[BLOCK_VALUES] = {0};
    size_t blocks = s->n / BLOCK_BITS;
    double sum = 0;
    double squares = 0;
    *e = (struct estimate){0};
    if (s->alphabet > 2 || blocks < learn + 2) {
        estimate_refuse(e, s->alphabet > 2
                               ? TWO_VALUES
                               : "6012 bits, of which 6000 are learnt from");
        return;
    }
    for (size_t i = 0; i < blocks; i++) {
        unsigned block = 0;
        for (size_t k = 0; k < BLOCK_BITS; k++)
            block = block << 1 | s->values[i * BLOCK_BITS + k];
        if (i >= learn) {
            double distance = log2((double)(i + 1 - seen[block]));
            sum += distance;
            squares += distance * distance;
        }
        seen[block] = i + 1;
    }
    size_t v = blocks - learn;
    double mean = sum / (double)v;
    double variance = squares / ((double)v - 1) - mean * mean;
    double sigma = BLOCK_SIGMA * sqrt(fmax(variance, 0));
    double bound = lower_mean(mean, sigma, v);
    double p = solve_compression(bound, learn, blocks);
    estimate_note(e, "v", (double)v);
    estimate_note(e, "X-bar", mean);
    estimate_note(e, "sigma-hat", sigma);
    estimate_note(e, "X-bar'", bound);
    estimate_note(e, "p", p);
    estimate_from_chance(e, p);
    e->min_entropy /= BLOCK_BITS;
}
