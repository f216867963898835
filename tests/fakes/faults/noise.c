/* SPDX-License-Identifier: MIT */
/* Samples out of xorshift64*; see Marsaglia, "Xorshift RNGs", and Vigna. */

#include "tests/fakes/faults/noise.h"

#include "base/ticks.h"

#include <stdbool.h>

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
    uint64_t at = n->drawn++ % n->period;
    if (n->period <= sizeof(cycle) / sizeof(cycle[0]))
        return cycle[at];
    struct noise fixed;
    noise_seed(&fixed, at);
    return 12000 + noise_uniform(&fixed) % 251;
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

static bool happens(struct noise *n, unsigned permille)
{
    return noise_uniform(n) % 1000 < permille;
}

/* One value most of the time. */
static uint64_t one_value(struct noise *n, unsigned permille)
{
    return happens(n, permille) ? NOISE_STUCK : noise_good(n);
}

/* A symbol around a duration whose own low byte is 0. */
static uint64_t with_symbol(uint8_t symbol)
{
    return 12032 + (uint64_t)symbol;
}

static uint64_t sticky(struct noise *n, unsigned permille)
{
    if (!happens(n, permille))
        n->last = (uint8_t)(n->last + 1 + noise_uniform(n) % 199);
    return with_symbol(n->last);
}

static uint64_t congruential(struct noise *n, unsigned permille)
{
    n->last = happens(n, permille) ? (uint8_t)(5 * n->last + 77)
                                   : (uint8_t)noise_uniform(n);
    return with_symbol(n->last);
}

uint64_t noise_sequence(struct noise *n)
{
    uint64_t i = n->drawn++;
    switch (n->sequence) {
    case NOISE_CLOCK_15_6_MS:
        return 15600000 * (1 + (uint64_t)happens(n, 20));
    case NOISE_CLOCK_100_NS:
        return 12000 + noise_uniform(n) % 17 * 100;
    case NOISE_RAMP_1:
        return 12000 + i;
    case NOISE_RAMP_7:
        return 12000 + 7 * i;
    case NOISE_ONE_VALUE_75:
        return one_value(n, 750);
    case NOISE_ONE_VALUE_85:
        return one_value(n, 850);
    case NOISE_2_VALUES:
        return 12000 + noise_uniform(n) % 2;
    case NOISE_15_VALUES:
        return 12000 + noise_uniform(n) % 15;
    case NOISE_CONGRUENTIAL:
        return congruential(n, 1000);
    case NOISE_CONGRUENTIAL_90:
        return congruential(n, 900);
    case NOISE_STICKY_75:
        return sticky(n, 750);
    case NOISE_STICKY_72:
        return sticky(n, 720);
    case NOISE_STICKY_71:
        return sticky(n, 710);
    case NOISE_GENERATOR:
        return with_symbol((uint8_t)(noise_uniform(n) >> 40));
    case NOISE_GENERATOR_BELL:
        return noise_good(n);
    default:
        return NOISE_STUCK;
    }
}
