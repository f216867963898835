/* Samples out of xorshift64*; see Marsaglia, "Xorshift RNGs", and Vigna. */

#include "tests/fakes/faults/noise.h"

#include "base/ticks.h"

/* Common values in a row that a biased source gives at most: a repetition count
 * fails at 61 with the claim of half a bit. */
#define RUN_MAX 40

void noise_seed(struct noise *n, uint64_t seed)
{
    n->state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    n->drawn = 0;
    n->run = 0;
}

uint64_t noise_uniform(struct noise *n)
{
    n->state ^= n->state >> 12;
    n->state ^= n->state << 25;
    n->state ^= n->state >> 27;
    return n->state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

uint64_t noise_good(struct noise *n)
{
    uint64_t dice = noise_uniform(n);
    uint64_t ticks = 12000;
    for (int i = 0; i < 4; i++, dice >>= 6)
        ticks += dice & 63;
    if ((dice & 63) == 0)
        ticks += dice >> 6 & 4095;
    return ticks;
}

uint64_t noise_stuck(struct noise *n)
{
    (void)n;
    return NOISE_STUCK;
}

static uint64_t biased(struct noise *n, unsigned permille)
{
    if (n->run < RUN_MAX && noise_uniform(n) % 1000 < permille) {
        n->run++;
        return NOISE_STUCK;
    }
    n->run = 0;
    return noise_good(n);
}

uint64_t noise_biased_80(struct noise *n)
{
    return biased(n, 800);
}

/* With runs cut, a chance of 957 in 1000 makes (1 - q^40) / (1 - q) = 19.2
 * common values for each other one: 95 %. */
uint64_t noise_biased_95(struct noise *n)
{
    return biased(n, 957);
}

uint64_t noise_periodic(struct noise *n)
{
    /* Primes, so that no two of them have a divisor; no two give one symbol. */
    static const uint16_t cycle[] = {
        12007, 12157, 12043, 12251, 12119, 12011, 12203, 12073,
        12239, 12037, 12163, 12101, 12227, 12049, 12143, 12197,
    };
    return cycle[n->drawn++ % n->period];
}

uint64_t noise_step(struct noise *n)
{
    return 12000 + 37 * n->drawn++;
}

uint64_t noise_coarse(struct noise *n)
{
    uint32_t numerator;
    uint32_t denominator;
    ticks_timebase(&numerator, &denominator);
    uint64_t microsecond =
        (UINT64_C(1000) * denominator + numerator - 1) / numerator;
    return (noise_good(n) - 11980) * microsecond;
}

uint64_t noise_rounded(struct noise *n)
{
    uint64_t steps = 288 + (noise_uniform(n) & 7);
    return (steps * 125 + 1) / 3;
}
