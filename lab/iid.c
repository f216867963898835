/* SPDX-License-Identifier: MIT */
/* Chi-square, the longest repeat, and all of section 5. */

#include "lab/iid.h"

#include <assert.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A test fails where an IID sequence would look so strange so rarely. */
#define FAILS_BELOW 0.001

/* 5.2: fewer are not expected in a bin. */
#define EXPECTED_MIN 5.0

/* 5.2.3: the longest tuples of bits. */
#define TUPLE_BITS_MAX 11u

/* 5.2.2, 5.2.4: parts of the sequence. */
#define PARTS 10u

/* log Gamma(a) of a = 1/2, 1, 3/2 ... */
static double log_gamma_of_half(double degrees)
{
    double a = degrees / 2;
    double whole = floor(a);
    double sum = a > whole ? log(M_PI) / 2 : 0;
    for (double at = a > whole ? 0.5 : 1; at < a - 0.25;) {
        sum += log(at);
        at += 1;
    }
    return sum;
}

/* The chance that chi-square with `degrees` degrees is at least x: the
 * regularised incomplete gamma function Q(degrees / 2, x / 2), by its series
 * below its mean and by a continued fraction (Lentz) above. */
static double chi_square_tail(double x, double degrees)
{
    double a = degrees / 2;
    double z = x / 2;
    if (degrees <= 0 || x <= 0)
        return 1;
    double scale = exp(a * log(z) - z - log_gamma_of_half(degrees));
    if (z < a + 1) {
        double term = 1 / a;
        double sum = term;
        for (unsigned i = 1; term > sum * DBL_EPSILON; i++) {
            term *= z / (a + i);
            sum += term;
        }
        return 1 - sum * scale;
    }
    double b = z + 1 - a;
    double c = 1 / DBL_MIN;
    double d = 1 / b;
    double fraction = d;
    double change = 0;
    for (unsigned i = 1; fabs(change - 1) > DBL_EPSILON && i < 1000000; i++) {
        double an = -(double)i * (i - a);
        b += 2;
        d = 1 / (an * d + b);
        c = b + an / c;
        change = c * d;
        fraction *= change;
    }
    return fraction * scale;
}

static void conclude(struct chi_square *c)
{
    c->p = chi_square_tail(c->score, c->degrees);
    c->is_passed = c->p >= FAILS_BELOW;
}

/* What is counted, how often it is expected, and the bin it is in. */
struct cell {
    double expected;
    unsigned value, bin;
};

static int compare_cells(const void *a, const void *b)
{
    const struct cell *x = a;
    const struct cell *y = b;
    if (x->expected < y->expected || x->expected > y->expected)
        return x->expected < y->expected ? -1 : 1;
    return x->value < y->value ? -1 : x->value > y->value;
}

/* Bins of cells that are rare by themselves. */
struct bins {
    unsigned count;
    unsigned *of;     /* the bin of each value */
    double *expected; /* of each bin */
    double *observed;
};

static void bins_fini(struct bins *b)
{
    free(b->of);
    free(b->expected);
    free(b->observed);
}

/* Puts the cells, rarest first, into bins of EXPECTED_MIN and more. */
static void fill_bins(struct bins *b, struct cell *cells, unsigned count)
{
    double expected = 0;
    unsigned bin = 0;
    qsort(cells, count, sizeof(*cells), compare_cells);
    for (unsigned i = 0; i < count; i++) {
        if (expected >= EXPECTED_MIN) {
            b->expected[bin++] = expected;
            expected = 0;
        }
        cells[i].bin = bin;
        expected += cells[i].expected;
    }
    b->expected[bin] = expected;
    b->count = bin + 1;
    if (bin > 0 && expected < EXPECTED_MIN) {
        b->expected[bin - 1] += expected;
        b->count = bin;
    }
    for (unsigned i = 0; i < count; i++)
        b->of[cells[i].value] =
            cells[i].bin < b->count ? cells[i].bin : b->count - 1;
}

/* expected is of each of `count` values, at least 1. */
static int bins_init(struct bins *b, const double *expected, unsigned count)
{
    assert(count > 0);
    struct cell *cells = calloc(count, sizeof(*cells));
    *b = (struct bins){
        .of = calloc(count, sizeof(*b->of)),
        .expected = calloc(count, sizeof(*b->expected)),
        .observed = calloc(count, sizeof(*b->observed)),
    };
    if (cells == NULL || b->of == NULL || b->expected == NULL ||
        b->observed == NULL) {
        free(cells);
        bins_fini(b);
        return -ENOMEM;
    }
    for (unsigned i = 0; i < count; i++)
        cells[i] = (struct cell){expected[i], i, 0};
    fill_bins(b, cells, count);
    free(cells);
    return 0;
}

/* Adds up the bins, and empties them. */
static double take_score(struct bins *b)
{
    double score = 0;
    for (unsigned i = 0; i < b->count; i++) {
        double difference = b->observed[i] - b->expected[i];
        score += difference * difference / b->expected[i];
        b->observed[i] = 0;
    }
    return score;
}

/* Added up one by one, as in NIST's program: which cells of equal expectation
 * come first, and so share a bin, is a matter of the last digits. */
static void count_shares(const struct sequence *s, double shares[256])
{
    double one = 1.0 / (double)s->n;
    memset(shares, 0, 256 * sizeof(*shares));
    for (size_t i = 0; i < s->n; i++)
        shares[s->values[i]] += one;
}

/* 5.2.3: tuples of bits, as long as the rarest one may be. */
static int independence_of_bits(struct chi_square *c, const struct sequence *s,
                                const double shares[256])
{
    double observed[1u << TUPLE_BITS_MAX] = {0};
    double rarest = fmin(shares[0], shares[1]);
    unsigned m = TUPLE_BITS_MAX;
    while (m > 1) {
        size_t tuples = s->n / m;
        if (pow(rarest, m) * (double)tuples >= EXPECTED_MIN)
            break;
        m--;
    }
    *c = (struct chi_square){.p = 1, .is_passed = true};
    if (m < 2)
        return 0;
    size_t blocks = s->n / m;
    for (size_t i = 0; i < blocks; i++) {
        unsigned tuple = 0;
        for (size_t k = 0; k < m; k++)
            tuple = tuple << 1 | s->values[i * m + k];
        observed[tuple]++;
    }
    for (unsigned tuple = 0; tuple < 1u << m; tuple++) {
        unsigned ones = 0;
        for (unsigned k = 0; k < m; k++)
            ones += tuple >> k & 1;
        double expected =
            pow(shares[1], ones) * pow(shares[0], m - ones) * (double)blocks;
        double difference = observed[tuple] - expected;
        c->score += difference * difference / expected;
    }
    c->degrees = (1u << m) - 2.0;
    conclude(c);
    return 0;
}

int chi_square_independence(struct chi_square *c, const struct sequence *s)
{
    double shares[256];
    struct bins bins;
    unsigned k = s->alphabet;
    *c = (struct chi_square){0};
    count_shares(s, shares);
    if (k <= 2)
        return independence_of_bits(c, s, shares);
    double *expected = malloc((size_t)k * k * sizeof(*expected));
    if (expected == NULL)
        return -ENOMEM;
    size_t pairs = s->n / 2;
    for (unsigned i = 0; i < k * k; i++)
        expected[i] = shares[i / k] * shares[i % k] * (double)pairs;
    int rc = bins_init(&bins, expected, k * k);
    free(expected);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i + 1 < s->n; i += 2)
        bins.observed[bins.of[s->values[i] * k + s->values[i + 1]]]++;
    c->degrees = (double)bins.count - k;
    c->score = take_score(&bins);
    bins_fini(&bins);
    conclude(c);
    return 0;
}

int chi_square_goodness(struct chi_square *c, const struct sequence *s)
{
    double shares[256];
    struct bins bins;
    size_t length = s->n / PARTS;
    unsigned k = s->alphabet;
    *c = (struct chi_square){0};
    count_shares(s, shares);
    for (unsigned i = 0; i < k; i++)
        shares[i] *= (double)length;
    int rc = bins_init(&bins, shares, k);
    if (rc < 0)
        return rc;
    for (size_t part = 0; part < PARTS; part++) {
        for (size_t i = 0; i < length; i++)
            bins.observed[bins.of[s->values[part * length + i]]]++;
        c->score += take_score(&bins);
    }
    c->degrees = (PARTS - 1.0) * (bins.count - 1.0);
    bins_fini(&bins);
    conclude(c);
    return 0;
}

int longest_repeat_test(struct longest_repeat *r, const struct sequence *s)
{
    double shares[256];
    *r = (struct longest_repeat){0};
    count_shares(s, shares);
    for (unsigned i = 0; i < 256; i++)
        r->p_collision += shares[i] * shares[i];
    r->length = estimate_longest_repeat(s);
    if (r->length < 0)
        return -ENOMEM;
    double places = (double)s->n - (double)r->length + 1;
    double pairs = places * (places - 1) / 2;
    double one = pow(r->p_collision, (double)r->length);
    r->p = one < 1 ? -expm1(pairs * log1p(-one)) : 1;
    r->is_passed = r->p >= FAILS_BELOW;
    return 0;
}

int iid_run(struct iid_result *r, const struct sequence *s,
            const uint8_t *values, const struct permutation_options *o)
{
    int rc = chi_square_independence(&r->independence, s);
    if (rc == 0)
        rc = chi_square_goodness(&r->goodness, s);
    if (rc == 0)
        rc = longest_repeat_test(&r->repeat, s);
    if (rc == 0)
        rc = permutation_run(&r->permutation, s, values, o);
    bool are_others_passed = r->independence.is_passed &&
                             r->goodness.is_passed && r->repeat.is_passed;
    r->is_decided = r->permutation.is_decided || !are_others_passed;
    r->is_passed = rc == 0 && are_others_passed && r->permutation.is_passed;
    return rc;
}
