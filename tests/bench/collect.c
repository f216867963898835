/* SPDX-License-Identifier: MIT */
/*
 * One collector alone, all its threads counted: samples and credited bits a
 * second of processor time.
 *
 *     bench_collect NAME SECONDS
 *     bench_collect jitterentropy SECONDS   (where its library is installed, or
 *                                            at $JITTERENTROPY_LIBRARY)
 */

#include "base/reason.h"
#include "collectors/collector.h"
#include "tests/support/tunables.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define BATCH      512
#define VALUES_MAX 32

static double wall_s(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double cpu_s(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void print(const char *name, double bits, double samples, double wall,
                  double cpu)
{
    printf("{\"name\":\"%s\",\"samples_per_second\":%.1f,\"cores\":%.3f,"
           "\"us_per_sample\":%.3f,\"credited_bits_per_cpu_second\":%.1f}\n",
           name, samples / wall, cpu / wall,
           samples > 0 ? cpu * 1e6 / samples : 0, bits / cpu);
}

static int measure(const struct collector *c, double seconds)
{
    struct tunable_value values[VALUES_MAX];
    struct reason why;
    uint64_t ticks[BATCH];
    void *self;
    double samples = 0;
    tunable_defaults(c, values);
    if (c->open(&self, values, &why) < 0) {
        (void)fprintf(stderr, "%s: %s\n", c->name, why.text);
        return 1;
    }
    double cpu = cpu_s();
    double begin = wall_s();
    while (wall_s() - begin < seconds) {
        int n = c->collect(self, ticks, BATCH, &why);
        if (n < 0) {
            (void)fprintf(stderr, "%s: %s\n", c->name, why.text);
            return 1;
        }
        samples += n;
    }
    double wall = wall_s() - begin;
    cpu = cpu_s() - cpu;
    c->close(self);
    print(c->name, samples * c->info->claim_millibits / 1000, samples, wall,
          cpu);
    return 0;
}

/* jitterentropy's own interface, found at run time: the comparison needs its
 * library, this program does not. Its output is full entropy by its claim. */
static int measure_jitterentropy(double seconds)
{
    const char *path = getenv("JITTERENTROPY_LIBRARY");
    void *library =
        dlopen(path != NULL ? path : "libjitterentropy.so.3", RTLD_NOW);
    if (library == NULL) {
        printf("{\"name\":\"jitterentropy\",\"skipped\":\"its library is not "
               "installed\"}\n");
        return 0;
    }
    int (*init)(unsigned, unsigned);
    void *(*alloc)(unsigned, unsigned);
    long (*get)(void *, char *, size_t);
    *(void **)&init = dlsym(library, "jent_entropy_init_ex");
    *(void **)&alloc = dlsym(library, "jent_entropy_collector_alloc");
    *(void **)&get = dlsym(library, "jent_read_entropy");
    if (init == NULL || alloc == NULL || get == NULL || init(0, 0) != 0)
        return 1;
    void *state = alloc(0, 0);
    char block[32];
    double bits = 0;
    double cpu = cpu_s();
    double begin = wall_s();
    while (state != NULL && wall_s() - begin < seconds) {
        if (get(state, block, sizeof(block)) < 0)
            return 1;
        bits += 256;
    }
    double wall = wall_s() - begin;
    print("jitterentropy", bits, bits / 256, wall, cpu_s() - cpu);
    return state == NULL;
}

int main(int argc, char *argv[])
{
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 0;
    if (seconds <= 0) {
        (void)fprintf(stderr, "usage: %s NAME SECONDS\n", argv[0]);
        return 64;
    }
    if (strcmp(argv[1], "jitterentropy") == 0)
        return measure_jitterentropy(seconds);
    for (size_t i = 0; i < collector_registry_count; i++) {
        if (strcmp(collector_registry[i]->name, argv[1]) == 0)
            return measure(collector_registry[i], seconds);
    }
    (void)fprintf(stderr, "%s: no such collector\n", argv[1]);
    return 64;
}
