/* SPDX-License-Identifier: MIT */
/* Most common value over a sliding window. */

#include "daemon/health/estimate.h"

#include "daemon/health/numeric.h"

#include <string.h>

/* The 0.995 quantile of the standard normal distribution; the standard prints
 * 2.576. */
#define Z_995 2.5758293035489008

void estimate_reset(struct estimate *e)
{
    memset(e, 0, sizeof(*e));
}

void estimate_insert(struct estimate *e, uint8_t symbol)
{
    if (e->used == ESTIMATE_SYMBOLS)
        e->counts[e->symbols[e->next]]--;
    else
        e->used++;
    e->symbols[e->next] = symbol;
    e->counts[symbol]++;
    e->next = (e->next + 1) % ESTIMATE_SYMBOLS;
}

unsigned estimate_of(size_t count, size_t n)
{
    double p = (double)count / (double)n;
    double bound = p + Z_995 * numeric_sqrt(p * (1 - p) / (double)(n - 1));
    return bound < 1 ? (unsigned)(-1000 * numeric_log2(bound)) : 0;
}

unsigned estimate_millibits(const struct estimate *e)
{
    uint32_t most = 0;
    if (e->used < ESTIMATE_MIN)
        return 0;
    for (size_t i = 0; i < 256; i++)
        if (e->counts[i] > most)
            most = e->counts[i];
    unsigned millibits = estimate_of(most, e->used);
    return millibits > 0 ? millibits : 1;
}
