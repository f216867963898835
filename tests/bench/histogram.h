/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_BENCH_HISTOGRAM_H
#define ENTROPYD_TESTS_BENCH_HISTOGRAM_H

/* Latencies in nanoseconds, kept to about 3 %: 32 buckets a power of two. */

#include <stdint.h>

#define HISTOGRAM_BUCKETS (64 * 32)

struct histogram {
    uint64_t count;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t ns);

/* The latency below which `share` (0..1) of all lie; 0 if there are none. */
uint64_t histogram_at(const struct histogram *h, double share);

#endif
