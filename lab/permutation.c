/* SPDX-License-Identifier: MIT */
/*
 * 5.1. Each permutation begins with the sequence as it came and takes its
 * random numbers from a generator of its own, so that the result depends on the
 * seed alone. They are made in batches; a statistic that passed within one is
 * not computed in the next. Compression takes twenty times as long as all other
 * statistics together, so it comes last, and only where it can still change
 * the verdict.
 */

#include "lab/iid.h"

#include "base/progress.h"
#include "lab/work.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bzlib.h>
#include <sodium.h>

#define STATISTICS PERMUTATION_STATISTICS

/* Most threads, and permutations of a batch that each of them makes: a batch of
 * a million symbols takes a quarter of a second. Compression takes as long for
 * one. */
#define THREADS_MAX          64u
#define SHARE                16u
#define SHARE_OF_COMPRESSION 1u

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
    unsigned median;    /* of the translated ones, rounded up */
};

/* Room for one permutation. */
struct room {
    uint8_t *values; /* as they came */
    uint8_t *translated;
    uint8_t *weights;    /* of bits: ones of each eight */
    uint8_t *bytes;      /* of bits: eight as a number */
    uint8_t *signs;      /* of 5.1.2 to 5.1.6; digits of the shuffle */
    char *text, *packed; /* of 5.1.11; NULL where it is not wanted */
};

static void room_fini(struct room *r)
{
    free(r->values);
    free(r->translated);
    free(r->weights);
    free(r->bytes);
    free(r->signs);
    free(r->text);
    free(r->packed);
}

static unsigned packed_size(size_t n)
{
    return (unsigned)(DECIMAL_MAX * n + DECIMAL_MAX * n / 50 + 600);
}

static int room_init(struct room *r, size_t n, bool with_compression)
{
    *r = (struct room){
        .values = malloc(n),
        .translated = malloc(n),
        .weights = malloc(n),
        .bytes = malloc(n),
        .signs = calloc(n, 1),
        .text = with_compression ? malloc(DECIMAL_MAX * n + 1) : NULL,
        .packed = with_compression ? malloc(packed_size(n)) : NULL,
    };
    if (r->values != NULL && r->translated != NULL && r->weights != NULL &&
        r->bytes != NULL && r->signs != NULL &&
        (!with_compression || (r->text != NULL && r->packed != NULL)))
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

/* The longest run of equal signs. A longer one than the longest so far ends
 * at least that far ahead, so it is looked for backwards from there. */
static size_t longest_run(const uint8_t *signs, size_t n)
{
    size_t longest = n > 0;
    size_t start = 0;
    while (start + longest < n) {
        size_t at = start + longest;
        while (at > start && signs[at] == signs[at - 1])
            at--;
        if (at == start) {
            size_t end = start + longest + 1;
            while (end < n && signs[end] == signs[start])
                end++;
            longest = end - start;
            at = end;
        }
        start = at;
    }
    return longest;
}

static size_t count_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += a[i] == b[i];
    return count;
}

static size_t count_runs(const uint8_t *signs, size_t n)
{
    return n > 0 ? n - count_equal(signs, signs + 1, n - 1) : 0;
}

static void directional(double *out, uint8_t *signs, const uint8_t *values,
                        size_t n)
{
    size_t rising = 0;
    for (size_t i = 0; i + 1 < n; i++)
        signs[i] = values[i] <= values[i + 1];
    for (size_t i = 0; i + 1 < n; i++)
        rising += signs[i];
    size_t falling = n - 1 - rising;
    out[DIRECTIONAL_RUNS] = (double)count_runs(signs, n - 1);
    out[DIRECTIONAL_LENGTH] = (double)longest_run(signs, n - 1);
    out[INCREASES] = (double)(rising > falling ? rising : falling);
}

static void about_median(double *out, uint8_t *signs, const uint8_t *values,
                         const struct common *c)
{
    for (size_t i = 0; i < c->n; i++)
        signs[i] = values[i] >= c->median;
    out[MEDIAN_RUNS] = (double)count_runs(signs, c->n);
    out[MEDIAN_LENGTH] = (double)longest_run(signs, c->n);
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
        directional(out, r->signs, plain, n);
    if (is_any(wanted, MEDIAN_RUNS, COLLISION_MEAN))
        about_median(out, r->signs, r->translated, c);
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
    /* What is at least the median is at least the next whole number. */
    c->median = s->n % 2 != 0 ? upper : (lower + upper + 1) / 2;
    if (c->alphabet <= 2)
        c->median = 1;
}

/* xoshiro256** by Blackman and Vigna, as in NIST's program. */
struct generator {
    uint64_t state[4];
};

static uint64_t rotate(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static uint64_t generator_next(struct generator *g)
{
    uint64_t *s = g->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

static void generator_init(struct generator *g, uint64_t seed, uint64_t number)
{
    const uint64_t words[2] = {seed, number};
    (void)crypto_generichash((unsigned char *)g->state, sizeof(g->state),
                             (const unsigned char *)words, sizeof(words), NULL,
                             0);
}

/* The next number below `bound`, without preference (Lemire). */
static uint32_t generator_below(struct generator *g, uint32_t bound)
{
    for (;;) {
        uint64_t product = (generator_next(g) >> 32) * bound;
        uint32_t low = (uint32_t)product;
        if (low >= bound || low >= (0u - bound) % bound)
            return (uint32_t)(product >> 32);
    }
}

/* Fisher and Yates. */
static void shuffle_few(uint8_t *values, size_t n, struct generator *g)
{
    for (size_t i = n; i-- > 1;) {
        uint32_t other = generator_below(g, (uint32_t)i + 1);
        uint8_t value = values[i];
        values[i] = values[other];
        values[other] = value;
    }
}

/* Each value goes to one of 256 heaps by chance, and each heap is shuffled:
 * every order is as likely as with one heap (Sandelius 1962), but a heap fits
 * into the nearest cache. digits is room for n. */
static void shuffle(uint8_t *out, const uint8_t *values, size_t n,
                    uint8_t *digits, struct generator *g)
{
    size_t heaps[256] = {0}; /* counts, then where each begins, then ends */
    size_t at = 0;
    for (size_t i = 0; i < n; i += sizeof(uint64_t)) {
        uint64_t eight = generator_next(g);
        memcpy(digits + i, &eight,
               n - i < sizeof(eight) ? n - i : sizeof(eight));
    }
    for (size_t i = 0; i < n; i++)
        heaps[digits[i]]++;
    for (size_t k = 0; k < 256; k++) {
        size_t count = heaps[k];
        heaps[k] = at;
        at += count;
    }
    for (size_t i = 0; i < n; i++)
        out[heaps[digits[i]]++] = values[i];
    for (size_t k = 0, from = 0; k < 256; from = heaps[k++])
        shuffle_few(out + from, heaps[k] - from, g);
}

void permutation_shuffle(uint8_t *out, const uint8_t *values, size_t n,
                         uint8_t *digits, uint64_t seed, uint64_t number)
{
    struct generator generator;
    generator_init(&generator, seed, number);
    shuffle(out, values, n, digits, &generator);
}

struct batch {
    const struct common *common;
    const uint8_t *values;
    uint64_t seed;
    unsigned first; /* the number of its first permutation */
    unsigned count;
    unsigned threads;
    bool wanted[STATISTICS];
    struct room rooms[THREADS_MAX];
    double values_of[THREADS_MAX * SHARE][STATISTICS];
};

/* Every permutation of a batch whose turn it is. */
static int do_share(void *context, size_t thread)
{
    struct batch *b = context;
    struct room *room = &b->rooms[thread];
    int rc = 0;
    for (size_t i = thread; rc == 0 && i < b->count; i += b->threads) {
        permutation_shuffle(room->values, b->values, b->common->n, room->signs,
                            b->seed, b->first + i);
        rc = compute(b->values_of[i], room, b->common, b->wanted);
    }
    return rc;
}

static bool is_passed(const struct permutation_result *r)
{
    return r->above + r->equal > PASSES && r->below + r->equal > PASSES;
}

static void count(struct permutation_result *r, double value)
{
    r->above += value > r->value;
    r->below += value < r->value;
    r->equal += !(value > r->value) && !(value < r->value);
    r->is_passed = is_passed(r);
    r->is_decided =
        r->is_passed || r->above + r->equal + r->below == PERMUTATIONS;
}

/* Takes over a batch, permutation by permutation: true while some of the
 * statistics are undecided. */
static bool count_batch(struct permutation_test *t, struct batch *b)
{
    bool is_any_left = false;
    for (unsigned k = 0; k < STATISTICS; k++) {
        struct permutation_result *r = &t->results[k];
        for (unsigned i = 0; b->wanted[k] && i < b->count && !r->is_decided;
             i++)
            count(r, b->values_of[i][k]);
        unsigned made = r->above + r->equal + r->below;
        t->permutations = made > t->permutations ? made : t->permutations;
        b->wanted[k] = b->wanted[k] && !r->is_decided;
        is_any_left = is_any_left || b->wanted[k];
    }
    return is_any_left;
}

/* Permutes until all that is wanted of the batch is decided, `share` of them at
 * a time on each thread. 0, -ENOMEM or -EINTR. */
static int decide(struct permutation_test *t, struct batch *b, unsigned share,
                  const struct permutation_options *o)
{
    bool is_any_left = true;
    int rc = 0;
    struct progress progress = {.is_shown = false};
    if (o->is_progress_shown)
        progress_start(&progress, PERMUTATIONS, "permutations");
    progress.is_at_most = true;
    for (b->first = 0; rc == 0 && is_any_left; b->first += b->count) {
        unsigned left = PERMUTATIONS - b->first;
        const struct work work = {.piece = do_share,
                                  .context = b,
                                  .count = b->threads,
                                  .threads = b->threads};
        if (o->stopped_by != NULL && o->stopped_by() != NULL)
            rc = -EINTR;
        b->count = share * b->threads < left ? share * b->threads : left;
        if (rc == 0)
            rc = work_run(&work);
        if (rc == 0)
            is_any_left = count_batch(t, b);
        progress_show(&progress, b->first + b->count);
    }
    progress_end(&progress);
    return rc;
}

/* Compression alone, or all but that. */
static int decide_some(struct permutation_test *t, struct batch *b,
                       bool is_compression, const struct permutation_options *o)
{
    int rc = 0;
    unsigned made = 0;
    for (unsigned k = 0; k < STATISTICS; k++)
        b->wanted[k] = (k == COMPRESSION) == is_compression;
    while (rc == 0 && made < b->threads) {
        rc = room_init(&b->rooms[made], b->common->n, is_compression);
        made += rc == 0;
    }
    if (rc == 0)
        rc = decide(t, b, is_compression ? SHARE_OF_COMPRESSION : SHARE, o);
    while (made > 0)
        room_fini(&b->rooms[--made]);
    return rc;
}

/* Has one failed? */
static bool has_failed(const struct permutation_test *t)
{
    bool has_any = false;
    for (unsigned k = 0; k < STATISTICS; k++) {
        const struct permutation_result *r = &t->results[k];
        has_any = has_any || (r->is_decided && !r->is_passed);
    }
    return has_any;
}

int permutation_statistics(double statistics[STATISTICS],
                           const struct sequence *s, const uint8_t *values)
{
    struct common common;
    struct room room;
    bool wanted[STATISTICS];
    memset(wanted, true, sizeof(wanted));
    common_init(&common, s, values);
    if (room_init(&room, s->n, true) < 0)
        return -ENOMEM;
    memcpy(room.values, values, s->n);
    int rc = compute(statistics, &room, &common, wanted);
    room_fini(&room);
    return rc;
}

int permutation_run(struct permutation_test *t, const struct sequence *s,
                    const uint8_t *values, const struct permutation_options *o)
{
    struct common common;
    double original[STATISTICS];
    *t = (struct permutation_test){0};
    int rc = permutation_statistics(original, s, values);
    struct batch *batch = rc == 0 ? calloc(1, sizeof(*batch)) : NULL;
    if (batch == NULL)
        return -ENOMEM;
    common_init(&common, s, values);
    batch->common = &common;
    batch->values = values;
    batch->seed = o->seed;
    batch->threads = o->threads < THREADS_MAX ? o->threads : THREADS_MAX;
    for (unsigned k = 0; k < STATISTICS; k++)
        t->results[k].value = original[k];
    rc = decide_some(t, batch, false, o);
    if (rc == 0 && (o->is_complete || !has_failed(t)))
        rc = decide_some(t, batch, true, o);
    free(batch);
    t->is_decided = rc == 0 || has_failed(t);
    t->is_passed = rc == 0 && !has_failed(t);
    if (rc == -EINTR)
        t->stopped_by = o->stopped_by();
    return rc == -EINTR ? 0 : rc;
}
