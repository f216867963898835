/* SPDX-License-Identifier: MIT */
#include "tests/bench/histogram.h"

static unsigned bucket_of(uint64_t ns)
{
    if (ns < 32)
        return (unsigned)ns;
    unsigned log = 63u - (unsigned)__builtin_clzll(ns);
    return (log - 4) * 32 + (unsigned)(ns >> (log - 5) & 31);
}

static uint64_t bottom_of(unsigned bucket)
{
    if (bucket < 32)
        return bucket;
    unsigned log = bucket / 32 + 4;
    return (32ull + bucket % 32) << (log - 5);
}

void histogram_add(struct histogram *h, uint64_t ns)
{
    h->count++;
    h->buckets[bucket_of(ns)]++;
}

uint64_t histogram_at(const struct histogram *h, double share)
{
    uint64_t wanted = (uint64_t)((double)h->count * share);
    uint64_t seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen > wanted)
            return bottom_of(i);
    }
    return 0;
}
