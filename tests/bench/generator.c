/* SPDX-License-Identifier: MIT */
/*
 * The generator alone: what small requests and bulk cost without any
 * socket.
 *
 *     bench_generator [PIECE_BYTES]
 */

#include "base/monotonic.h"
#include "daemon/pool/pool.h"
#include "daemon/source/ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

static const struct collector_info info = {.claim_millibits = 1000};
static const struct collector collector = {.name = "bench", .info = &info};

static double now_s(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double seconds_for(struct pool *pool, void *out, size_t n, long rounds)
{
    struct pool_provenance provenance;
    double begin = now_s();
    for (long i = 0; i < rounds; i++) {
        if (pool_generate(pool, out, n, true, monotonic_now_ms(), &provenance) <
            0)
            abort();
    }
    return now_s() - begin;
}

int main(int argc, char *argv[])
{
    size_t piece = argc > 1 ? strtoul(argv[1], NULL, 10) : 128u * 1024;
    static struct source source;
    struct pool *pool;
    bool is_locked;
    uint64_t samples[1024];
    unsigned char *out = malloc(POOL_CHUNK_MAX);
    if (piece == 0 || piece > POOL_CHUNK_MAX || out == NULL ||
        sodium_init() < 0 ||
        source_init(&source, &collector, 1000, 1024, SOURCE_STARTING, NULL,
                    &is_locked) < 0 ||
        pool_create(&pool, &source, 1, pool_kernel_random, &is_locked) < 0)
        return 1;
    source_move(&source, SOURCE_HEALTHY, NULL);
    randombytes_buf(samples, sizeof(samples));
    (void)ring_push(source.ring, samples, 1024);
    if (!pool_try_seed(pool, monotonic_now_ms()))
        return 1;
    (void)seconds_for(pool, out, 32, 1000);
    double small = seconds_for(pool, out, 32, 2000000);
    double bulk = seconds_for(pool, out, piece, 8192);
    printf("{\"ns_per_32_bytes\":%.1f,\"bulk_mb_per_second\":%.1f,"
           "\"piece_bytes\":%zu}\n",
           small * 1e9 / 2000000, (double)piece * 8192 / 1e6 / bulk, piece);
    pool_destroy(pool);
    source_fini(&source);
    free(out);
    return 0;
}
