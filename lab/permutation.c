/* SPDX-License-Identifier: MIT */
/*
 * 5.1. Each permutation begins with the sequence as it came and takes its
 * random numbers from a generator of its own, so that the result depends on the
 * seed alone. They are made in batches; a statistic that passed within one is
 * not computed in the next.
 */

#include "lab/iid.h"
#include "lab/work.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bzlib.h>
#include <sodium.h>

#define STATISTICS PERMUTATION_STATISTICS

/* Permutations that are made side by side. */
#define BATCH 32u

/* A statistic has passed when this many permutations are not above it, and as
 * many not below: 0.05 % of 10,000. */
#define PASSES 5u

/* 5.1.11: what NIST's program gives bzip2: blocks of 500 kB. */
#define BZIP2_BLOCKS 5

/* Longest decimal number with its space. */
#define DECIMAL_MAX 4u

enum {
    EXCURSION,
    DIRECTIONAL_RUNS,
    DIRECTIONAL_LENGTH,
    INCREASES,
    MEDIAN_RUNS,
    MEDIAN_LENGTH,
    COLLISION_MEAN,
    COLLISION_MOST,
    PERIODICITY,                  /* of five lags */
    COVARIANCE = PERIODICITY + 5, /* likewise */
    COMPRESSION = COVARIANCE + 5
};

static const size_t lags[] = {1, 2, 8, 16, 32};

const char *const permutation_names[STATISTICS] = {
    "excursion",
    "number of directional runs",
    "length of directional runs",
    "number of increases and decreases",
    "number of runs about the median",
    "length of runs about the median",
    "average collision",
    "maximum collision",
    "periodicity, lag 1",
    "periodicity, lag 2",
    "periodicity, lag 8",
    "periodicity, lag 16",
    "periodicity, lag 32",
    "covariance, lag 1",
    "covariance, lag 2",
    "covariance, lag 8",
    "covariance, lag 16",
    "covariance, lag 32",
    "compression",
};

/* What all permutations have in common. */
struct common {
    size_t n;
    unsigned alphabet;
    uint8_t codes[256]; /* the translation */
    double mean;        /* of the values as they came */
    double median;      /* of the translated ones */
};

/* Room for one permutation. */
struct room {
    uint8_t *values; /* as they came */
    uint8_t *translated;
    uint8_t *weights;    /* of bits: ones of each eight */
    uint8_t *bytes;      /* of bits: eight as a number */
    char *text, *packed; /* of 5.1.11 */
    uint32_t *randoms;
};

static void room_fini(struct room *r)
{
    free(r->values);
    free(r->translated);
    free(r->weights);
    free(r->bytes);
    free(r->text);
    free(r->packed);
    free(r->randoms);
}

static unsigned packed_size(size_t n)
{
    return (unsigned)(DECIMAL_MAX * n + DECIMAL_MAX * n / 50 + 600);
}

static int room_init(struct room *r, size_t n)
{
    *r = (struct room){
        .values = malloc(n),
        .translated = malloc(n),
        .weights = malloc(n),
        .bytes = malloc(n),
        .text = malloc(DECIMAL_MAX * n + 1),
        .packed = malloc(packed_size(n)),
        .randoms = malloc(n * sizeof(*r->randoms)),
    };
    if (r->values != NULL && r->translated != NULL && r->weights != NULL &&
        r->bytes != NULL && r->text != NULL && r->packed != NULL &&
        r->randoms != NULL)
        return 0;
    room_fini(r);
    return -ENOMEM;
}

static double excursion(const struct room *r, const struct common *c)
{
    double most = 0;
    double sum = 0;
    for (size_t i = 0; i < c->n; i++) {
        sum += r->values[i];
        double distance = fabs(sum - (double)(i + 1) * c->mean);
        most = distance > most ? distance : most;
    }
    return most;
}

/* Runs of equal signs. */
struct runs {
    size_t count, longest, now, positive;
    bool is_positive;
};

static void runs_add(struct runs *r, bool is_positive)
{
    bool is_new = r->count == 0 || is_positive != r->is_positive;
    r->count += is_new;
    r->now = is_new ? 1 : r->now + 1;
    r->longest = r->now > r->longest ? r->now : r->longest;
    r->positive += is_positive;
    r->is_positive = is_positive;
}

static void directional(double *out, const uint8_t *values, size_t n)
{
    struct runs runs = {0};
    for (size_t i = 0; i + 1 < n; i++)
        runs_add(&runs, values[i] <= values[i + 1]);
    size_t falling = n - 1 - runs.positive;
    out[DIRECTIONAL_RUNS] = (double)runs.count;
    out[DIRECTIONAL_LENGTH] = (double)runs.longest;
    out[INCREASES] =
        (double)(runs.positive > falling ? runs.positive : falling);
}

static void about_median(double *out, const uint8_t *values,
                         const struct common *c)
{
    struct runs runs = {0};
    for (size_t i = 0; i < c->n; i++)
        runs_add(&runs, values[i] >= c->median);
    out[MEDIAN_RUNS] = (double)runs.count;
    out[MEDIAN_LENGTH] = (double)runs.longest;
}

static void collisions(double *out, const uint8_t *values, size_t n)
{
    size_t seen[256] = {0}; /* in which window last; from 1 */
    size_t window = 1;
    size_t length = 0;
    size_t sum = 0;
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        length++;
        if (seen[values[i]] != window) {
            seen[values[i]] = window;
            continue;
        }
        sum += length;
        most = length > most ? length : most;
        length = 0;
        window++;
    }
    out[COLLISION_MEAN] = window > 1 ? (double)sum / (double)(window - 1) : 0;
    out[COLLISION_MOST] = (double)most;
}

static size_t count_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += a[i] == b[i];
    return count;
}

static uint64_t multiply_all(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (uint64_t)a[i] * b[i];
    return sum;
}

static double compressed_size(const struct room *r, size_t n)
{
    char *at = r->text;
    unsigned size = packed_size(n);
    for (size_t i = 0; i < n; i++) {
        uint8_t value = r->values[i];
        if (value >= 100)
            *at++ = (char)('0' + value / 100);
        if (value >= 10)
            *at++ = (char)('0' + value / 10 % 10);
        *at++ = (char)('0' + value % 10);
        *at++ = ' ';
    }
    /* Without the last space. */
    if (BZ2_bzBuffToBuffCompress(r->packed, &size, r->text,
                                 (unsigned)(at - r->text - 1), BZIP2_BLOCKS, 0,
                                 0) != BZ_OK)
        return -1;
    return size;
}

/* Bits in eights, the last ones as they are. */
static size_t pack_bits(const struct room *r, size_t n)
{
    size_t count = (n + 7) / 8;
    memset(r->weights, 0, count);
    memset(r->bytes, 0, count);
    for (size_t i = 0; i < n; i++) {
        r->weights[i / 8] += r->translated[i];
        r->bytes[i / 8] |= (uint8_t)(r->translated[i] << (7 - i % 8));
    }
    return count;
}

static bool is_any(const bool *wanted, unsigned from, unsigned to)
{
    bool is_wanted = false;
    for (unsigned i = from; i < to; i++)
        is_wanted = is_wanted || wanted[i];
    return is_wanted;
}

/* The statistics that are wanted, of r->values. */
static int compute(double *out, struct room *r, const struct common *c,
                   const bool *wanted)
{
    const uint8_t *plain = r->translated;
    const uint8_t *letters = r->translated;
    const uint8_t *factors = r->values;
    size_t n = c->n;
    for (size_t i = 0; i < c->n; i++)
        r->translated[i] = c->codes[r->values[i]];
    if (c->alphabet <= 2) {
        n = pack_bits(r, c->n);
        plain = factors = r->weights;
        letters = r->bytes;
    }
    if (wanted[EXCURSION])
        out[EXCURSION] = excursion(r, c);
    if (is_any(wanted, DIRECTIONAL_RUNS, MEDIAN_RUNS))
        directional(out, plain, n);
    if (is_any(wanted, MEDIAN_RUNS, COLLISION_MEAN))
        about_median(out, r->translated, c);
    if (is_any(wanted, COLLISION_MEAN, PERIODICITY))
        collisions(out, letters, n);
    for (unsigned i = 0; i < 5; i++) {
        size_t rest = n > lags[i] ? n - lags[i] : 0;
        if (wanted[PERIODICITY + i])
            out[PERIODICITY + i] =
                (double)count_equal(plain, plain + lags[i], rest);
        if (wanted[COVARIANCE + i])
            out[COVARIANCE + i] =
                (double)multiply_all(factors, factors + lags[i], rest);
    }
    if (wanted[COMPRESSION])
        out[COMPRESSION] = compressed_size(r, c->n);
    return wanted[COMPRESSION] && out[COMPRESSION] < 0 ? -ENOMEM : 0;
}

static void common_init(struct common *c, const struct sequence *s,
                        const uint8_t *values)
{
    size_t counts[256] = {0};
    double sum = 0;
    *c = (struct common){.n = s->n, .alphabet = s->alphabet};
    for (size_t i = 0; i < s->n; i++) {
        c->codes[values[i]] = s->values[i];
        counts[s->values[i]]++;
        sum += values[i];
    }
    c->mean = sum / (double)s->n;
    size_t seen = 0;
    unsigned upper = 0; /* the value at n / 2, and the one before it */
    unsigned lower = 0;
    for (unsigned value = 0; value < 256; value++) {
        if (counts[value] == 0)
            continue;
        if (seen < s->n / 2)
            lower = value;
        if (seen <= s->n / 2)
            upper = value;
        seen += counts[value];
    }
    c->median = s->n % 2 != 0 ? upper : (lower + upper) / 2.0;
    if (c->alphabet <= 2)
        c->median = 0.5;
}

/* The next number below `bound`, without preference (Lemire); more random
 * numbers where they run out. */
struct stream {
    uint32_t *numbers;
    size_t count, used;
    uint8_t seed[randombytes_SEEDBYTES];
};

static void stream_fill(struct stream *s)
{
    randombytes_buf_deterministic(s->numbers, s->count * sizeof(*s->numbers),
                                  s->seed);
    sodium_increment(s->seed, sizeof(s->seed));
    s->used = 0;
}

static uint32_t stream_below(struct stream *s, uint32_t bound)
{
    for (;;) {
        if (s->used == s->count)
            stream_fill(s);
        uint64_t product = (uint64_t)s->numbers[s->used++] * bound;
        uint32_t low = (uint32_t)product;
        if (low >= bound || low >= (0u - bound) % bound)
            return (uint32_t)(product >> 32);
    }
}

static void shuffle(struct room *r, size_t n, uint64_t seed, uint64_t number)
{
    struct stream stream = {.numbers = r->randoms, .count = n, .used = n};
    const uint64_t words[2] = {seed, number};
    (void)crypto_generichash(stream.seed, sizeof(stream.seed),
                             (const unsigned char *)words, sizeof(words), NULL,
                             0);
    for (size_t i = n - 1; i > 0; i--) {
        uint32_t other = stream_below(&stream, (uint32_t)i + 1);
        uint8_t value = r->values[i];
        r->values[i] = r->values[other];
        r->values[other] = value;
    }
}

struct batch {
    const struct common *common;
    const uint8_t *values;
    uint64_t seed;
    unsigned first; /* the number of its first permutation */
    bool wanted[STATISTICS];
    double values_of[BATCH][STATISTICS];
};

static int do_permutation(void *context, size_t i)
{
    struct batch *b = context;
    struct room room;
    if (room_init(&room, b->common->n) < 0)
        return -ENOMEM;
    memcpy(room.values, b->values, b->common->n);
    shuffle(&room, b->common->n, b->seed, b->first + i);
    int rc = compute(b->values_of[i], &room, b->common, b->wanted);
    room_fini(&room);
    return rc;
}

static void count(struct permutation_result *r, double value)
{
    r->above += value > r->value;
    r->below += value < r->value;
    r->equal += !(value > r->value) && !(value < r->value);
    r->is_passed = r->above + r->equal > PASSES && r->below + r->equal > PASSES;
}

/* Takes over a batch, permutation by permutation: true while some are left. */
static bool count_batch(struct permutation_test *t, struct batch *b,
                        unsigned permutations)
{
    bool is_any_left = false;
    for (unsigned k = 0; k < STATISTICS; k++) {
        for (unsigned i = 0; i < permutations && !t->results[k].is_passed; i++)
            count(&t->results[k], b->values_of[i][k]);
        b->wanted[k] = !t->results[k].is_passed;
        is_any_left = is_any_left || b->wanted[k];
    }
    t->permutations += permutations;
    return is_any_left;
}

int permutation_statistics(double statistics[STATISTICS],
                           const struct sequence *s, const uint8_t *values)
{
    struct common common;
    struct room room;
    bool wanted[STATISTICS];
    memset(wanted, true, sizeof(wanted));
    common_init(&common, s, values);
    if (room_init(&room, s->n) < 0)
        return -ENOMEM;
    memcpy(room.values, values, s->n);
    int rc = compute(statistics, &room, &common, wanted);
    room_fini(&room);
    return rc;
}

int permutation_run(struct permutation_test *t, const struct sequence *s,
                    const uint8_t *values, uint64_t seed, unsigned threads,
                    bool is_progress_shown)
{
    struct common common;
    double original[STATISTICS];
    bool is_any_left = true;
    *t = (struct permutation_test){0};
    int rc = permutation_statistics(original, s, values);
    struct batch *batch = rc == 0 ? calloc(1, sizeof(*batch)) : NULL;
    if (batch == NULL)
        return -ENOMEM;
    common_init(&common, s, values);
    batch->common = &common;
    batch->values = values;
    batch->seed = seed;
    memset(batch->wanted, true, sizeof(batch->wanted));
    for (unsigned k = 0; k < STATISTICS; k++)
        t->results[k].value = original[k];
    while (rc == 0 && is_any_left && t->permutations < PERMUTATIONS) {
        unsigned left = PERMUTATIONS - t->permutations;
        const struct work work = {
            .piece = do_permutation,
            .context = batch,
            .count = left < BATCH ? left : BATCH,
            .threads = threads,
            .unit = is_progress_shown ? "permutations" : NULL,
        };
        batch->first = t->permutations;
        rc = work_run(&work);
        if (rc == 0)
            is_any_left = count_batch(t, batch, (unsigned)work.count);
    }
    free(batch);
    t->is_passed = rc == 0 && !is_any_left;
    return rc;
}
