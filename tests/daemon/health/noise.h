/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_DAEMON_HEALTH_NOISE_H
#define ENTROPYD_TESTS_DAEMON_HEALTH_NOISE_H

/* Made-up noise for tests: repeatable, from a seed. */

#include <stdint.h>

struct noise {
    uint64_t state;
};

/* 64 uniform bits (splitmix64). */
static inline uint64_t noise_next(struct noise *n)
{
    uint64_t z = n->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Uniform in 0..below - 1. */
static inline uint64_t noise_below(struct noise *n, uint64_t below)
{
    return noise_next(n) % below;
}

/* True with probability `chance`. */
static inline int noise_chance(struct noise *n, double chance)
{
    return (double)(noise_next(n) >> 11) * 0x1p-53 < chance;
}

/*
 * A good source on a 24 MHz clock, in its ticks: a bell of some thirty values,
 * the most common of them 8 % of the time, now and then a long interruption.
 * As coarse as the worst good recording (2.7 bits a sample assessed).
 */
static inline uint64_t noise_24mhz(struct noise *n)
{
    uint64_t ticks =
        180 + noise_below(n, 9) + noise_below(n, 9) + noise_below(n, 9);

    return noise_below(n, 64) == 0 ? ticks + noise_below(n, 500) : ticks;
}

#endif
