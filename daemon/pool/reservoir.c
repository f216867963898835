/* SPDX-License-Identifier: MIT */
/* Credit in the rings of the sources. */

#include "daemon/pool/reservoir.h"

static uint64_t samples_for(uint64_t bits, unsigned millibits)
{
    return (bits * 1000 + millibits - 1) / millibits;
}

uint64_t reservoir_bits(const struct reservoir *r, size_t i)
{
    const struct source *s = &r->sources[i];
    if (source_state(s) != SOURCE_HEALTHY)
        return 0;
    return (uint64_t)source_available(s) * source_credit_millibits(s) / 1000;
}

uint64_t reservoir_total_bits(const struct reservoir *r)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < r->count; i++)
        bits += reservoir_bits(r, i);
    return bits;
}

void reservoir_sweep(struct reservoir *r)
{
    for (size_t i = 0; i < r->count; i++)
        source_sweep(&r->sources[i]);
}

void reservoir_drop(struct reservoir *r)
{
    for (size_t i = 0; i < r->count; i++) {
        struct source *s = &r->sources[i];
        size_t n;
        while ((n = source_take(s, r->ticks, RESERVOIR_PORTION)) > 0) {
            source_discard(s, n);
            sodium_memzero(r->ticks, n * sizeof(*r->ticks));
        }
    }
}

bool reservoir_other_holds(const struct reservoir *r, size_t i,
                           uint64_t reserve_bits)
{
    for (size_t j = 0; j < r->count; j++)
        if (j != i && reservoir_bits(r, j) >= reserve_bits)
            return true;
    return false;
}

/* Credit that is left in source i without the samples that `bits` cost. */
static uint64_t bits_without(const struct reservoir *r, size_t i, uint64_t bits)
{
    const struct source *s = &r->sources[i];
    unsigned millibits = source_credit_millibits(s);
    uint64_t available = source_available(s);
    uint64_t cost = samples_for(bits, millibits);
    return available > cost ? (available - cost) * millibits / 1000 : 0;
}

int reservoir_find(const struct reservoir *r, uint64_t bits,
                   uint64_t reserve_bits)
{
    int found = -1;
    uint64_t most = 0;
    for (size_t i = 0; i < r->count; i++) {
        uint64_t own = reservoir_bits(r, i);
        if (own < bits || own <= most)
            continue;
        if (bits_without(r, i, bits) < reserve_bits &&
            !reservoir_other_holds(r, i, reserve_bits))
            continue;
        found = (int)i;
        most = own;
    }
    return found;
}

/* Moves up to n samples, one portion at most; returns how many. */
static size_t move(struct reservoir *r, size_t i, size_t n,
                   struct conditioner *c)
{
    struct source *s = &r->sources[i];
    if (n > RESERVOIR_PORTION)
        n = RESERVOIR_PORTION;
    n = source_take(s, r->ticks, n);
    if (n == 0)
        return 0;

    /* After the take: the ring's release came after the step's store. And
     * acquires begin_running()'s: who sees the step of later samples sees
     * their ring's flush_to too. */
    uint64_t step_q16 =
        atomic_load_explicit(&s->step_q16, memory_order_acquire);
    for (size_t j = 0; j < n; j++)
        r->symbols[j] = source_symbol(r->ticks[j], step_q16);
    conditioner_add(c, s->collector->name, r->symbols, n);
    sodium_memzero(r->ticks, n * sizeof(*r->ticks));
    sodium_memzero(r->symbols, n * sizeof(*r->symbols));
    return n;
}

bool reservoir_take(struct reservoir *r, size_t i, uint64_t bits,
                    struct conditioner *c)
{
    struct source *s = &r->sources[i];
    uint64_t mark = source_flush_mark(s);
    uint64_t taken = 0;
    uint64_t wanted;
    /* Asked again for each portion: the estimate may fall meanwhile. */
    while (taken < (wanted = samples_for(bits, source_credit_millibits(s)))) {
        size_t got = move(r, i, (size_t)(wanted - taken), c);
        if (got == 0)
            break;
        taken += got;
    }
    if (taken >= wanted && source_flush_mark(s) == mark &&
        source_state(s) == SOURCE_HEALTHY)
        return true;
    source_discard(s, taken);
    return false;
}

uint32_t reservoir_mix(struct reservoir *r, size_t i, size_t n,
                       uint64_t keep_bits, struct conditioner *c)
{
    uint32_t mask = 0;
    for (size_t j = 0; j < r->count; j++) {
        const struct source *s = &r->sources[j];
        if (j == i)
            continue;
        uint64_t kept = samples_for(keep_bits, source_credit_millibits(s));
        uint64_t available = source_available(s);
        uint64_t left = available > kept ? available - kept : 0;
        if (left > n)
            left = n;
        while (left > 0) {
            size_t got = move(r, j, (size_t)left, c);
            if (got == 0)
                break;
            left -= got;
            mask |= UINT32_C(1) << j;
        }
    }
    return mask;
}
