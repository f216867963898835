/* SPDX-License-Identifier: MIT */
/*
 * 6.3.9 and 6.3.10: predictors that remember what came after the 1 to 16
 * symbols before. In the order of NIST's program, which predicts and learns in
 * one go.
 */

#include "lab/estimate.h"
#include "lab/estimate_result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Both: the longest context, in symbols. */
#define DEPTHS 16u

/* 6.3.9: pairs of a context and what follows, of each depth. */
#define MMC_PAIRS_MAX 100000u

/* 6.3.10: contexts, of all depths. */
#define LZ78Y_CONTEXTS_MAX 65536u

/*
 * A slot of a hash table in 64 bits: a place in the sequence, a symbol and a
 * count that is at least 1, so that 0 is an empty slot. In a table of contexts
 * the place is where one ended for the first time and the symbol the likeliest
 * to follow; in a table of followers place and symbol are the key.
 */
#define FIELD_BITS 27
#define FIELD_MAX  ((UINT64_C(1) << FIELD_BITS) - 1)
_Static_assert(ESTIMATE_SYMBOLS_MAX <= FIELD_MAX, "a place has 27 bits");

static uint64_t slot_make(size_t place, uint8_t symbol, uint64_t count)
{
    return count << (FIELD_BITS + 8) | (uint64_t)place << 8 | symbol;
}

static uint8_t slot_symbol(uint64_t slot)
{
    return (uint8_t)slot;
}

static size_t slot_place(uint64_t slot)
{
    return slot >> 8 & FIELD_MAX;
}

static uint64_t slot_count(uint64_t slot)
{
    return slot >> (FIELD_BITS + 8);
}

/* Open addressing, at most three quarters full. */
struct table {
    uint64_t *slots;
    unsigned bits; /* 2^bits slots */
    size_t used;
};

/* All that was seen after contexts of one depth. */
struct dictionary {
    unsigned depth;
    struct table contexts, followers;
    size_t pairs; /* different (context, follower) */
};

#define TABLE_BITS_FIRST 10

/* The golden ratio of 64 bits: consecutive keys land far apart. */
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

/* The hash of a context of one symbol more, further back. */
static uint64_t hash_longer(uint64_t hash, uint8_t symbol)
{
    hash = (hash ^ symbol) * SPREAD;
    return hash ^ hash >> 29;
}

static uint64_t hash_context(const uint8_t *end, unsigned depth)
{
    uint64_t hash = 0;
    for (unsigned i = 1; i <= depth; i++)
        hash = hash_longer(hash, *(end - i));
    return hash;
}

static size_t table_first(const struct table *t, uint64_t hash)
{
    return (size_t)(hash * SPREAD >> (64 - t->bits));
}

static size_t table_next(const struct table *t, size_t at)
{
    return (at + 1) & (((size_t)1 << t->bits) - 1);
}

static uint64_t hash_follower(uint64_t slot)
{
    slot &= (UINT64_C(1) << (FIELD_BITS + 8)) - 1;
    return slot ^ slot >> 17;
}

/* Makes the table twice as large where one more would be too many. The hash of
 * a slot is that of its context in `values`, or where depth is 0 of its key.
 * 0 or -ENOMEM. */
static int table_reserve(struct table *t, const uint8_t *values, unsigned depth)
{
    if (t->slots != NULL && (t->used + 1) * 4 <= (size_t)3 << t->bits)
        return 0;
    struct table larger = {
        .bits = t->slots != NULL ? t->bits + 1 : TABLE_BITS_FIRST,
        .used = t->used,
    };
    larger.slots = calloc((size_t)1 << larger.bits, sizeof(*larger.slots));
    if (larger.slots == NULL)
        return -ENOMEM;
    for (size_t i = 0; t->slots != NULL && i < (size_t)1 << t->bits; i++) {
        uint64_t slot = t->slots[i];
        if (slot == 0)
            continue;
        uint64_t hash = depth > 0
                            ? hash_context(values + slot_place(slot), depth)
                            : hash_follower(slot);
        size_t at = table_first(&larger, hash);
        while (larger.slots[at] != 0)
            at = table_next(&larger, at);
        larger.slots[at] = slot;
    }
    free(t->slots);
    *t = larger;
    return 0;
}

static void dictionary_init(struct dictionary *d, unsigned depth)
{
    *d = (struct dictionary){.depth = depth};
}

static void dictionary_fini(struct dictionary *d)
{
    free(d->contexts.slots);
    free(d->followers.slots);
}

/* The slot of the context that ends before `place`, or NULL. */
static uint64_t *find_context(struct dictionary *d, const uint8_t *values,
                              size_t place, uint64_t hash)
{
    struct table *t = &d->contexts;
    if (t->slots == NULL)
        return NULL;
    for (size_t at = table_first(t, hash); t->slots[at] != 0;
         at = table_next(t, at)) {
        const uint8_t *end = values + slot_place(t->slots[at]);
        if (memcmp(end - d->depth, values + place - d->depth, d->depth) == 0)
            return &t->slots[at];
    }
    return NULL;
}

/* Adds a context that is not there, with its first follower. */
static int add_context(struct dictionary *d, const uint8_t *values,
                       size_t place, uint64_t hash)
{
    struct table *t = &d->contexts;
    if (table_reserve(t, values, d->depth) < 0)
        return -ENOMEM;
    size_t at = table_first(t, hash);
    while (t->slots[at] != 0)
        at = table_next(t, at);
    t->slots[at] = slot_make(place, values[place], 1);
    t->used++;
    d->pairs++;
    return 0;
}

/* The slot of a follower, or the empty one where it belongs. */
static uint64_t *find_follower(struct table *t, size_t place, uint8_t symbol)
{
    uint64_t key = slot_make(place, symbol, 0);
    uint64_t mask = (UINT64_C(1) << (FIELD_BITS + 8)) - 1;
    size_t at = table_first(t, hash_follower(key));
    while (t->slots[at] != 0 && (t->slots[at] & mask) != key)
        at = table_next(t, at);
    return &t->slots[at];
}

static int put_follower(struct table *t, uint64_t slot)
{
    if (table_reserve(t, NULL, 0) < 0)
        return -ENOMEM;
    uint64_t *at = find_follower(t, slot_place(slot), slot_symbol(slot));
    t->used += *at == 0;
    *at = slot;
    return 0;
}

/*
 * Counts `symbol` after the context; one that is new there only where may_add.
 * The count of the likeliest is kept in the context's slot only; it goes to the
 * table of followers when another one overtakes it. Of equal ones the greatest
 * symbol is the likeliest. 0 or -ENOMEM.
 */
static int count_follower(struct dictionary *d, uint64_t *context,
                          uint8_t symbol, bool may_add)
{
    struct table *t = &d->followers;
    size_t place = slot_place(*context);
    uint64_t best = slot_count(*context);
    if (slot_symbol(*context) == symbol) {
        *context = slot_make(place, symbol, best + 1);
        return 0;
    }
    if (table_reserve(t, NULL, 0) < 0)
        return -ENOMEM;
    uint64_t *at = find_follower(t, place, symbol);
    if (*at == 0 && !may_add)
        return 0;
    d->pairs += *at == 0;
    t->used += *at == 0;
    uint64_t count = *at == 0 ? 1 : slot_count(*at) + 1;
    *at = slot_make(place, symbol, count);
    if (count < best || (count == best && symbol < slot_symbol(*context)))
        return 0;
    uint64_t overtaken = *context;
    *context = slot_make(place, symbol, count);
    return put_follower(t, overtaken);
}

/* Which of several predictors has been right most often (6.3.9). */
struct contest {
    size_t scores[DEPTHS];
    unsigned winner, before; /* before this symbol */
    struct prediction prediction;
};

static inline void contest_see(struct contest *c, unsigned i, bool is_right)
{
    if (i == c->before)
        prediction_count(&c->prediction, is_right);
    c->scores[i] += is_right;
    c->winner =
        is_right && c->scores[i] >= c->scores[c->winner] ? i : c->winner;
}

struct mmc {
    struct dictionary all[DEPTHS];
    unsigned open; /* from this depth's place on, all are full */
    struct contest contest;
};

/* Symbol number i: contexts that are known, from the shortest on; longer ones
 * of one that is not known cannot be, and are added where there is room. */
static int mmc_step(struct mmc *m, const uint8_t *values, size_t i)
{
    uint64_t hash = 0;
    bool is_known = true;
    int rc = 0;
    for (unsigned k = 0; k < DEPTHS && k + 2 <= i && rc == 0; k++) {
        struct dictionary *d = &m->all[k];
        bool has_room = d->pairs < MMC_PAIRS_MAX;
        uint64_t *context = NULL;
        if (!is_known && k >= m->open)
            break;
        hash = hash_longer(hash, values[i - k - 1]);
        if (is_known)
            context = find_context(d, values, i, hash);
        is_known = context != NULL;
        if (is_known) {
            contest_see(&m->contest, k, slot_symbol(*context) == values[i]);
            rc = count_follower(d, context, values[i], has_room);
        } else if (has_room) {
            rc = add_context(d, values, i, hash);
        }
    }
    while (m->open > 0 && m->all[m->open - 1].pairs >= MMC_PAIRS_MAX)
        m->open--;
    return rc;
}

static int mmc_symbols(const struct sequence *s, struct prediction *p)
{
    struct mmc m = {.open = DEPTHS, .contest.prediction = *p};
    int rc = 0;
    for (unsigned k = 0; k < DEPTHS; k++) {
        dictionary_init(&m.all[k], k + 1);
        if (rc == 0 && k + 2 < s->n)
            rc = add_context(&m.all[k], s->values, k + 1,
                             hash_context(s->values + k + 1, k + 1));
    }
    for (size_t i = 2; i < s->n && rc == 0; i++) {
        m.contest.before = m.contest.winner;
        rc = mmc_step(&m, s->values, i);
    }
    for (unsigned k = 0; k < DEPTHS; k++)
        dictionary_fini(&m.all[k]);
    *p = m.contest.prediction;
    return rc;
}

/*
 * Of bits, contexts need no hash: the counts of 0 and 1 after the context
 * `bits` of `depth` bits are at 2 * (2^depth + bits), all depths together less
 * than 2^18.
 */
#define BIT_COUNTS ((size_t)1 << (DEPTHS + 2))

static uint32_t *bit_counts(uint32_t *counts, uint64_t history, unsigned depth)
{
    uint64_t mask = (UINT64_C(1) << depth) - 1;
    return counts + 2 * (mask + 1 + (history & mask));
}

/* Adds contexts of depths from..to that are not known. */
static void mmc_add_bits(uint32_t *counts, size_t pairs[DEPTHS],
                         uint64_t history, uint8_t bit, unsigned from,
                         unsigned to)
{
    for (unsigned depth = from; depth <= to; depth++) {
        if (pairs[depth - 1] >= MMC_PAIRS_MAX)
            continue;
        bit_counts(counts, history, depth)[bit] = 1;
        pairs[depth - 1]++;
    }
}

static int mmc_bits(const struct sequence *s, struct prediction *p)
{
    uint32_t *counts = calloc(BIT_COUNTS, sizeof(*counts));
    size_t pairs[DEPTHS] = {0};
    struct contest contest = {.prediction = *p};
    uint64_t history = s->values[0];
    if (counts == NULL)
        return -ENOMEM;
    for (unsigned k = 0; k < DEPTHS && k + 2 < s->n; k++) {
        mmc_add_bits(counts, pairs, history, s->values[k + 1], k + 1, k + 1);
        history = history << 1 | s->values[k + 1];
    }
    history = (uint64_t)s->values[0] << 1 | s->values[1];
    for (size_t i = 2; i < s->n; i++) {
        uint8_t bit = s->values[i];
        unsigned depths = i - 1 < DEPTHS ? (unsigned)i - 1 : DEPTHS;
        unsigned depth = 1;
        contest.before = contest.winner;
        for (; depth <= depths; depth++) {
            uint32_t *c = bit_counts(counts, history, depth);
            if ((c[0] | c[1]) == 0)
                break;
            contest_see(&contest, depth - 1, (c[0] <= c[1]) == bit);
            if (c[bit] > 0) {
                c[bit]++;
            } else if (pairs[depth - 1] < MMC_PAIRS_MAX) {
                c[bit] = 1;
                pairs[depth - 1]++;
            }
        }
        mmc_add_bits(counts, pairs, history, bit, depth, depths);
        history = history << 1 | bit;
    }
    free(counts);
    *p = contest.prediction;
    return 0;
}

int estimate_multi_mmc(const struct sequence *s, struct estimate *e)
{
    struct prediction p = {.n = s->n - 2};
    *e = (struct estimate){0};
    if (s->n < 4) {
        estimate_refuse(e, "4 symbols");
        return 0;
    }
    int rc = s->alphabet <= 2 ? mmc_bits(s, &p) : mmc_symbols(s, &p);
    if (rc == 0)
        estimate_from_prediction(e, &p, s->alphabet);
    return rc;
}

/* What the contexts of one place say: the follower of the highest count, of
 * equal ones that of the longest context. */
struct guess {
    uint64_t count; /* 0: no guess */
    uint8_t symbol;
};

/* Symbol number i. Contexts, from the longest on, of which *room are free to
 * be added. */
static int lz78y_step(struct dictionary all[DEPTHS], size_t *room,
                      const uint8_t *values, size_t i, struct guess *guess)
{
    uint64_t hashes[DEPTHS];
    uint64_t hash = 0;
    int rc = 0;
    *guess = (struct guess){0, 0};
    for (unsigned k = 0; k < DEPTHS; k++)
        hashes[k] = hash = hash_longer(hash, values[i - k - 1]);
    for (unsigned k = DEPTHS; k-- > 0 && rc == 0;) {
        struct dictionary *d = &all[k];
        uint64_t *context = find_context(d, values, i, hashes[k]);
        if (context != NULL) {
            if (slot_count(*context) > guess->count)
                *guess =
                    (struct guess){slot_count(*context), slot_symbol(*context)};
            rc = count_follower(d, context, values[i], true);
        } else if (*room > 0) {
            rc = add_context(d, values, i, hashes[k]);
            (*room)--;
        }
    }
    return rc;
}

static int lz78y_symbols(const struct sequence *s, struct prediction *p)
{
    struct dictionary all[DEPTHS];
    struct guess guess;
    size_t room = LZ78Y_CONTEXTS_MAX;
    for (unsigned k = 0; k < DEPTHS; k++)
        dictionary_init(&all[k], k + 1);
    int rc = lz78y_step(all, &room, s->values, DEPTHS, &guess);
    for (size_t i = DEPTHS + 1; i < s->n && rc == 0; i++) {
        rc = lz78y_step(all, &room, s->values, i, &guess);
        prediction_count(p, guess.count > 0 && guess.symbol == s->values[i]);
    }
    for (unsigned k = 0; k < DEPTHS; k++)
        dictionary_fini(&all[k]);
    return rc;
}

static struct guess lz78y_step_bit(uint32_t *counts, size_t *room,
                                   uint64_t history, uint8_t bit)
{
    struct guess guess = {0, 0};
    for (unsigned depth = DEPTHS; depth > 0; depth--) {
        uint32_t *c = bit_counts(counts, history, depth);
        uint8_t likely = c[0] <= c[1];
        if (c[likely] > guess.count)
            guess = (struct guess){c[likely], likely};
        bool is_counted = c[likely] > 0 || *room > 0;
        *room -= c[likely] == 0 && *room > 0;
        c[bit] += is_counted;
    }
    return guess;
}

static int lz78y_bits(const struct sequence *s, struct prediction *p)
{
    uint32_t *counts = calloc(BIT_COUNTS, sizeof(*counts));
    size_t room = LZ78Y_CONTEXTS_MAX;
    uint64_t history = 0;
    if (counts == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < DEPTHS; i++)
        history = history << 1 | s->values[i];
    for (size_t i = DEPTHS; i < s->n; i++) {
        uint8_t bit = s->values[i];
        struct guess guess = lz78y_step_bit(counts, &room, history, bit);
        if (i > DEPTHS)
            prediction_count(p, guess.count > 0 && guess.symbol == bit);
        history = history << 1 | bit;
    }
    free(counts);
    return 0;
}

int estimate_lz78y(const struct sequence *s, struct estimate *e)
{
    struct prediction p = {.n = s->n - DEPTHS - 1};
    *e = (struct estimate){0};
    if (s->n < DEPTHS + 3) {
        estimate_refuse(e, "19 symbols");
        return 0;
    }
    int rc = s->alphabet <= 2 ? lz78y_bits(s, &p) : lz78y_symbols(s, &p);
    if (rc == 0)
        estimate_from_prediction(e, &p, s->alphabet);
    return rc;
}
