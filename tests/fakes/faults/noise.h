/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAKES_FAULTS_NOISE_H
#define ENTROPYD_TESTS_FAKES_FAULTS_NOISE_H

/*
 * Synthetic samples: a good source's, and each way in which a bad one's are
 * bad. Not noise at all but a fast generator with a known start, so that a test
 * sees the same samples every time. One thread.
 */

#include <stdint.h>

/* The one value of a stuck source, and the common one of a biased one. Good
 * samples are never equal to it. */
#define NOISE_STUCK 11939

/* Sequences that have less entropy than they seem to have, each in nanoseconds
 * and with symbols that only the sequence decides; bits a sample. */
enum noise_sequence {
    NOISE_CONSTANT,        /* 0 */
    NOISE_CLOCK_15_6_MS,   /* durations seen by a clock of 15.6 ms */
    NOISE_CLOCK_100_NS,    /* 17 values of a clock of 100 ns: 4.09 */
    NOISE_RAMP_1,          /* 0 */
    NOISE_RAMP_7,          /* 0 */
    NOISE_ONE_VALUE_75,    /* one value 75 % of the time: 0.415 */
    NOISE_ONE_VALUE_85,    /* 85 %: 0.234 */
    NOISE_2_VALUES,        /* 1 */
    NOISE_15_VALUES,       /* 3.9 */
    NOISE_CONGRUENTIAL,    /* next = 5 x last + 77 modulo 256: 0 */
    NOISE_CONGRUENTIAL_90, /* the same nine times in ten: 0.15 */
    NOISE_STICKY_75,       /* the same as last with p = 0.75: 0.415 */
    NOISE_STICKY_72,       /* p = 0.72: 0.474 */
    NOISE_STICKY_71,       /* p = 0.71: 0.494 */
    NOISE_GENERATOR,       /* the high bits of a generator: 0 */
    NOISE_GENERATOR_BELL,  /* sums of its bits: 0 */
    NOISE_SEQUENCE_COUNT
};

struct noise {
    uint64_t state;
    uint64_t drawn;  /* since the start; the place in a cycle or on a ramp */
    unsigned run;    /* of biased samples: common ones in a row */
    unsigned period; /* of periodic samples, 2..512 */
    enum noise_sequence sequence;
    uint8_t last; /* symbol of a sequence */
};

/* Different seeds, different samples. */
void noise_seed(struct noise *n, uint64_t seed);

/* 48 uniform bits. */
uint64_t noise_uniform(struct noise *n);

/* Like an event wait's: a bell of about 6.5 bits, one in 64 in a long tail. */
uint64_t noise_good(struct noise *n);

/* Always NOISE_STUCK. */
uint64_t noise_stuck(struct noise *n);

/* NOISE_STUCK 80 or 95 times in 100, but never more than 40 times in a row, so
 * that proportion is what is wrong with it, not repetition. */
uint64_t noise_biased_80(struct noise *n);
uint64_t noise_biased_95(struct noise *n);

/* The same n->period values again and again. */
uint64_t noise_periodic(struct noise *n);

/* n->sequence. */
uint64_t noise_sequence(struct noise *n);

/* Each sample longer than the last one by the same amount. */
uint64_t noise_step(struct noise *n);

/* Good noise, seen by a clock that moves by a microsecond. */
uint64_t noise_coarse(struct noise *n);

/* Eight steps of a 24 MHz clock, rounded to nanoseconds. */
uint64_t noise_rounded(struct noise *n);

#endif
