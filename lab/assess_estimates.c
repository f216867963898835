/* Counts, and equations solved by bisection. */

#include "lab/assess_estimates.h"

#include "daemon/health/numeric.h"

/* 6.3.4: bits of a block, and the constant of its standard deviation. */
#define BLOCK_BITS   6
#define BLOCK_VALUES 64
#define BLOCK_SIGMA  0.5907

/* Sequences that the Markov estimate looks at are this long. */
#define MARKOV_BITS 128

/* A chance of 2^-NEVER_BITS is none. */
#define NEVER_BITS 1e9

/* Steps of a bisection: more than a double has bits. */
#define BISECTIONS 60

/* A factor this small adds nothing to a sum any more. */
#define NEGLIGIBLE 1e-30

double assess_upper(double p, size_t n)
{
    double upper = p + ASSESS_Z * numeric_sqrt(p * (1 - p) / (double)(n - 1));
    return upper < 1 ? upper : 1;
}

double assess_most_common(const uint8_t *symbols, size_t n)
{
    size_t counts[256] = {0};
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        counts[symbols[i]]++;
    for (size_t i = 0; i < 256; i++)
        most = counts[i] > most ? counts[i] : most;
    return 0 - numeric_log2(assess_upper((double)most / (double)n, n));
}

/* Lower end of the interval of a mean whose v values have these sums. */
static double lower_mean(double mean, double deviation, size_t v)
{
    return mean - ASSESS_Z * deviation / numeric_sqrt((double)v);
}

/* Two bits collide after two of them (equal) or else after three, so with p
 * the chance of the likelier bit the mean time is 2 + 2 p (1 - p): what the
 * standard writes with an incomplete gamma function, for an alphabet of two. */
double assess_collision(const uint8_t *bits, size_t n)
{
    size_t twos = 0;
    size_t threes = 0;
    for (size_t i = 0; i + 1 < n;) {
        if (bits[i] == bits[i + 1]) {
            twos++;
            i += 2;
        } else if (i + 2 < n) {
            threes++;
            i += 3;
        } else {
            break;
        }
    }
    size_t v = twos + threes;
    double share = (double)threes / (double)v;
    double variance =
        share * (1 - share) * (double)v / ((double)v > 1 ? (double)v - 1 : 1);
    double mean = lower_mean(2 + share, numeric_sqrt(variance), v);
    double rest = (mean - 2) / 2; /* p (1 - p) */
    if (rest >= 0.25)
        return 1;
    return 0 - numeric_log2(0.5 + numeric_sqrt(0.25 - (rest > 0 ? rest : 0)));
}

/* Binary logarithm of a share; nothing of nothing is never. */
static double log2_of(double part, double whole)
{
    return part > 0 ? numeric_log2(part / whole) : -NEVER_BITS;
}

double assess_markov(const uint8_t *bits, size_t n)
{
    size_t pairs[2][2] = {{0}};
    size_t ones = 0;
    for (size_t i = 0; i < n; i++)
        ones += bits[i];
    for (size_t i = 0; i + 1 < n; i++)
        pairs[bits[i]][bits[i + 1]]++;
    double step[2][2]; /* log2 of each transition's chance */
    for (int a = 0; a < 2; a++) {
        double total = (double)(pairs[a][0] + pairs[a][1]);
        for (int b = 0; b < 2; b++)
            step[a][b] = log2_of((double)pairs[a][b], total);
    }
    double first[2] = {log2_of((double)(n - ones), (double)n),
                       log2_of((double)ones, (double)n)};
    double most = -NEVER_BITS * MARKOV_BITS;
    for (int a = 0; a < 2; a++) {
        int b = 1 - a;
        /* a..., a b b..., a b a b... */
        const double chances[] = {
            first[a] + (MARKOV_BITS - 1) * step[a][a],
            first[a] + step[a][b] + (MARKOV_BITS - 2) * step[b][b],
            first[a] + (double)MARKOV_BITS / 2 * step[a][b] +
                ((double)MARKOV_BITS / 2 - 1) * step[b][a],
        };
        for (int i = 0; i < 3; i++)
            most = chances[i] > most ? chances[i] : most;
    }
    double bound = -most / MARKOV_BITS;
    return bound < 1 ? bound : 1;
}

/* G(z) of 6.3.4 with its two sums exchanged: how often each distance u is
 * looked at, times the chance of it. */
static double expected_log(double z, size_t learn, size_t blocks)
{
    double sum = 0;
    double stays = 1; /* (1 - z)^(u - 1) */
    for (size_t u = 1; u <= blocks && stays > NEGLIGIBLE; u++) {
        /* Places t with u < t, and the one with u = t. */
        double beyond = (double)(u <= learn ? blocks - learn : blocks - u);
        double here = u > learn ? 1 : 0;
        sum += numeric_log2((double)u) * stays * (beyond * z * z + here * z);
        stays *= 1 - z;
    }
    return sum / (double)(blocks - learn);
}

static double expected_mean(double p, size_t learn, size_t blocks)
{
    double q = (1 - p) / (BLOCK_VALUES - 1);
    return expected_log(p, learn, blocks) +
           (BLOCK_VALUES - 1) * expected_log(q, learn, blocks);
}

double assess_compression(const uint8_t *bits, size_t n, size_t learn)
{
    size_t blocks = n / BLOCK_BITS;
    size_t last[BLOCK_VALUES] = {0}; /* where it was, from 1; 0: nowhere */
    double sum = 0;
    double squares = 0;
    for (size_t i = 1; i <= blocks; i++) {
        unsigned value = 0;
        for (size_t k = 0; k < BLOCK_BITS; k++)
            value = value << 1 | bits[(i - 1) * BLOCK_BITS + k];
        double log_distance = numeric_log2((double)(i - last[value]));
        last[value] = i;
        if (i > learn) {
            sum += log_distance;
            squares += log_distance * log_distance;
        }
    }
    size_t v = blocks - learn;
    double mean = sum / (double)v;
    double variance = squares / (double)(v - 1) - mean * mean;
    double bound = lower_mean(
        mean, BLOCK_SIGMA * numeric_sqrt(variance > 0 ? variance : 0), v);
    double low = 1.0 / BLOCK_VALUES;
    double high = 1;
    if (bound >= expected_mean(low, learn, blocks))
        return 1;
    for (int i = 0; i < BISECTIONS; i++) {
        double p = (low + high) / 2;
        if (expected_mean(p, learn, blocks) > bound)
            low = p;
        else
            high = p;
    }
    return 0 - numeric_log2(low) / BLOCK_BITS;
}
