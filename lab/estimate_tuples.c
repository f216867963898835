/* SPDX-License-Identifier: MIT */
/*
 * 6.3.5 and 6.3.6 from one suffix array, and the longest repeat.
 *
 * The common prefixes of neighbours in the suffix array make a tree of
 * intervals: a tuple that occurs c > 1 times is an interval of c suffixes. One
 * pass with a stack visits each interval once and tells its count to all
 * lengths between its parent's and its own. Both tables are summed up at the
 * end, so long repeats cost no more than short ones.
 */

#include "lab/estimate.h"
#include "lab/estimate_result.h"

#include <divsufsort.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 6.3.5: a tuple counts that occurs so often. */
#define OFTEN 35u

/* Bytes that are compared at a time. */
#define WORD 8u

/* Where the suffixes at a and b part, from `length` on; what is equal ends at
 * `end`, at most. */
static size_t common_prefix(const uint8_t *a, const uint8_t *b, size_t length,
                            size_t end)
{
    uint64_t x;
    uint64_t y;
    while (length + WORD <= end) {
        memcpy(&x, a + length, WORD);
        memcpy(&y, b + length, WORD);
        if (x != y)
            break;
        length += WORD;
    }
    while (length < end && a[length] == b[length])
        length++;
    return length;
}

/*
 * Turns the suffix array into the lengths of the common prefixes of each
 * suffix with the one before it, in place; lcp[0] is 0. By way of the lengths
 * in the order of the text, which take n steps together and no array of ranks
 * (Karkkainen, Manzini, Puglisi: Permuted Longest-Common-Prefix Array, 2009).
 * 0 or -ENOMEM.
 */
static int turn_into_lcp(const uint8_t *text, int32_t *array, size_t n)
{
    int32_t *before = malloc(n * sizeof(*before));
    size_t length = 0;
    if (before == NULL)
        return -ENOMEM;
    before[array[0]] = -1;
    for (size_t i = 1; i < n; i++)
        before[array[i]] = array[i - 1];
    for (size_t i = 0; i < n; i++) {
        size_t other = (size_t)before[i];
        if (before[i] < 0)
            length = 0;
        else
            length = common_prefix(text + i, text + other, length,
                                   n - (i > other ? i : other));
        before[i] = (int32_t)length;
        length -= length > 0;
    }
    for (size_t i = 0; i < n; i++)
        array[i] = before[array[i]];
    free(before);
    return 0;
}

/* New, n of them; NULL without memory. */
static int32_t *make_lcp(const struct sequence *s, size_t *longest)
{
    int32_t *array = malloc(s->n * sizeof(*array));
    *longest = 0;
    if (array == NULL)
        return NULL;
    if (divsufsort(s->values, array, (saidx_t)s->n) != 0 ||
        turn_into_lcp(s->values, array, s->n) < 0) {
        free(array);
        return NULL;
    }
    for (size_t i = 0; i < s->n; i++)
        *longest = (size_t)array[i] > *longest ? (size_t)array[i] : *longest;
    return array;
}

int64_t estimate_longest_repeat(const struct sequence *s)
{
    size_t longest;
    int32_t *lcp = make_lcp(s, &longest);
    free(lcp);
    return lcp != NULL ? (int64_t)longest : -ENOMEM;
}

/* Of tuples by their length, 1 to the longest that is repeated. */
struct tuple_counts {
    size_t longest;
    uint32_t *most;  /* how often the most frequent one occurs */
    uint64_t *pairs; /* how many pairs of equal ones there are */
};

/* An interval that is not at its end yet: suffixes from `left` on share
 * `length` symbols. */
struct interval {
    uint32_t length, left;
};

struct stack {
    struct interval *at;
    size_t count, room;
};

static int push(struct stack *stack, uint32_t length, uint32_t left)
{
    if (stack->count == stack->room) {
        size_t room = stack->room > 0 ? 2 * stack->room : 256;
        struct interval *at = realloc(stack->at, room * sizeof(*at));
        if (at == NULL)
            return -ENOMEM;
        stack->at = at;
        stack->room = room;
    }
    stack->at[stack->count++] = (struct interval){length, left};
    return 0;
}

/* Takes away the intervals that end before suffix `end`, whose prefix in common
 * with the one before is `length`: where the next one begins. */
static uint32_t pop(struct stack *stack, struct tuple_counts *counts,
                    uint32_t length, uint32_t end)
{
    uint32_t left = end - 1;
    while (stack->count > 0 && stack->at[stack->count - 1].length > length) {
        struct interval top = stack->at[--stack->count];
        uint32_t outer =
            stack->count > 0 ? stack->at[stack->count - 1].length : 0;
        uint32_t parent = outer > length ? outer : length;
        uint64_t c = end - top.left;
        if (c > counts->most[top.length])
            counts->most[top.length] = (uint32_t)c;
        counts->pairs[top.length] += c * (c - 1) / 2;
        counts->pairs[parent] -= c * (c - 1) / 2; /* modulo 2^64 */
        left = top.left;
    }
    return left;
}

/* Fills both tables. The counts are those of intervals, and become those of all
 * lengths below by a running maximum and a running sum. */
static int count_tuples(const int32_t *lcp, size_t n,
                        struct tuple_counts *counts)
{
    struct stack stack = {NULL, 0, 0};
    int rc = 0;
    for (size_t i = 1; i <= n && rc == 0; i++) {
        uint32_t length = i < n ? (uint32_t)lcp[i] : 0;
        uint32_t left = pop(&stack, counts, length, (uint32_t)i);
        if (length > 0 &&
            (stack.count == 0 || stack.at[stack.count - 1].length < length))
            rc = push(&stack, length, left);
    }
    free(stack.at);
    for (size_t i = counts->longest; rc == 0 && i-- > 1;) {
        if (counts->most[i + 1] > counts->most[i])
            counts->most[i] = counts->most[i + 1];
        counts->pairs[i] += counts->pairs[i + 1];
    }
    return rc;
}

/* The highest chance of a symbol that tuples of first..last symbols show, and
 * which length shows it. */
struct deciding {
    double chance;
    size_t length;
};

static void see_chance(struct deciding *d, double tuple_chance, size_t length)
{
    double chance = pow(tuple_chance, 1 / (double)length);
    if (d->length == 0 || chance > d->chance)
        *d = (struct deciding){chance, length};
}

static void conclude(struct estimate *e, const struct deciding *d, size_t n)
{
    double upper = estimate_upper(d->chance, n);
    estimate_note(e, "deciding length", (double)d->length);
    estimate_note(e, "p-hat", d->chance);
    estimate_note(e, "p_u", upper);
    estimate_from_chance(e, upper);
}

static void estimate_t_tuple(const struct tuple_counts *counts, size_t n,
                             size_t t, struct estimate *e)
{
    struct deciding d = {0, 0};
    if (t == 0) {
        estimate_refuse(e, "a symbol that occurs 35 times");
        return;
    }
    for (size_t i = 1; i <= t; i++)
        see_chance(&d, (double)counts->most[i] / (double)(n - i + 1), i);
    estimate_note(e, "t", (double)t);
    estimate_note(e, "deciding count", (double)counts->most[d.length]);
    conclude(e, &d, n);
}

static void estimate_lrs(const struct tuple_counts *counts, size_t n, size_t u,
                         struct estimate *e)
{
    struct deciding d = {0, 0};
    if (counts->longest < u) {
        estimate_refuse(e, "a repeated tuple that occurs less than 35 times");
        return;
    }
    for (size_t i = u; i <= counts->longest; i++) {
        double places = (double)(n - i + 1);
        see_chance(&d, (double)counts->pairs[i] / (places * (places - 1) / 2),
                   i);
    }
    estimate_note(e, "u", (double)u);
    estimate_note(e, "v", (double)counts->longest);
    estimate_note(e, "deciding pairs", (double)counts->pairs[d.length]);
    conclude(e, &d, n);
}

int estimate_tuples(const struct sequence *s, struct estimate *t_tuple,
                    struct estimate *lrs)
{
    struct tuple_counts counts = {0};
    size_t t = 0;
    *t_tuple = *lrs = (struct estimate){0};
    if (s->n < 2) {
        estimate_refuse(t_tuple, "2 symbols");
        estimate_refuse(lrs, "2 symbols");
        return 0;
    }
    int32_t *lcp = make_lcp(s, &counts.longest);
    if (lcp == NULL)
        return -ENOMEM;
    counts.most = calloc(counts.longest + 2, sizeof(*counts.most));
    counts.pairs = calloc(counts.longest + 2, sizeof(*counts.pairs));
    int rc = -ENOMEM;
    if (counts.most != NULL && counts.pairs != NULL)
        rc = count_tuples(lcp, s->n, &counts);
    free(lcp);
    if (rc == 0) {
        while (t < counts.longest && counts.most[t + 1] >= OFTEN)
            t++;
        estimate_t_tuple(&counts, s->n, t, t_tuple);
        estimate_lrs(&counts, s->n, t + 1, lrs);
    }
    free(counts.most);
    free(counts.pairs);
    return rc;
}
