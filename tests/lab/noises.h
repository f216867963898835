/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_LAB_NOISES_H
#define ENTROPYD_TESTS_LAB_NOISES_H

/* Sequences that are the same on every machine: NIST's program was run on
 * them, and its results are in the tests. */

#include <stddef.h>
#include <stdint.h>

/* A fast generator: xorshift, far better than any estimator. */
static inline uint32_t noise_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 32);
}

#define NOISE_SEED UINT64_C(88172645463325252)

enum noise {
    NOISE_BYTES,    /* evenly distributed */
    NOISE_HEAPED,   /* how often 1/8 fails in a row: small values are likely */
    NOISE_WALK,     /* a walk of 16 values, which repeats itself */
    NOISE_SPARSE,   /* three values far apart */
    NOISE_TWO,      /* two values far apart */
    NOISE_BITS,     /* one bit, nine of ten are 1 */
    NOISE_CYCLE,    /* period 7 */
    NOISE_REPEATED, /* 600 bytes over and over */
    NOISES
};

static inline void noise_fill(enum noise noise, uint8_t *values, size_t n)
{
    static const uint8_t sparse[] = {3, 7, 200};
    uint64_t state = NOISE_SEED;
    uint8_t last = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t x = noise_next(&state);
        switch (noise) {
        case NOISE_BYTES:
            last = (uint8_t)x;
            break;
        case NOISE_HEAPED:
            for (last = 0; x % 8 != 0 && last < 255; last++)
                x = noise_next(&state);
            break;
        case NOISE_WALK:
            last = (uint8_t)((last + (x % 5 > 2 ? x % 5 - 2 : 0)) % 16);
            break;
        case NOISE_SPARSE:
            last = sparse[x % 3];
            break;
        case NOISE_TWO:
            last = x % 4 != 0 ? 200 : 3;
            break;
        case NOISE_BITS:
            last = x % 10 != 0;
            break;
        case NOISE_CYCLE:
            last = (uint8_t)(i % 7);
            break;
        case NOISE_REPEATED:
            last = i < 600 ? (uint8_t)x : values[i - 600];
            break;
        case NOISES:
            break;
        }
        values[i] = last;
    }
}

#endif
