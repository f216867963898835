/* SPDX-License-Identifier: MIT */
/*
 * What a request costs a program that uses OpenSSL: RAND_bytes_ex(), or a
 * reseed of OpenSSL's primary generator from its seed source. Each
 * configuration file has a library context of its own; they take turns, so that
 * a busy minute of the machine affects all.
 *
 *     bench_rand bytes|reseed REQUESTS ROUNDS OPENSSL.CNF...
 *
 * prints for each file the median, least and most of the rounds' microseconds a
 * request: wall time, and processor time of this process.
 */

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BYTES      32
#define ROUNDS_MAX 100
#define FILES_MAX  16

struct row {
    const char *file;
    OSSL_LIB_CTX *context;
    double wall_us[ROUNDS_MAX];
    double cpu_us[ROUNDS_MAX];
};

static double now_us(clockid_t clock)
{
    struct timespec ts;
    (void)clock_gettime(clock, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void die(const char *file)
{
    (void)fprintf(stderr, "bench_rand: %s\n", file);
    ERR_print_errors_fp(stderr);
    exit(1);
}

/* Both are what a program or OpenSSL itself does; 1 is success. */
static int request(OSSL_LIB_CTX *context, bool is_reseed)
{
    unsigned char bytes[BYTES];
    if (!is_reseed)
        return RAND_bytes_ex(context, bytes, sizeof(bytes), 0);
    return EVP_RAND_reseed(RAND_get0_primary(context), 0, NULL, 0, NULL, 0);
}

static void measure(struct row *row, bool is_reseed, long requests, int round)
{
    double wall = now_us(CLOCK_MONOTONIC);
    double cpu = now_us(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < requests; i++) {
        if (request(row->context, is_reseed) != 1)
            die(row->file);
    }
    row->cpu_us[round] =
        (now_us(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (double)requests;
    row->wall_us[round] = (now_us(CLOCK_MONOTONIC) - wall) / (double)requests;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print(struct row *row, int rounds)
{
    EVP_RAND_CTX *rand = RAND_get0_public(row->context);
    qsort(row->wall_us, (size_t)rounds, sizeof(double), compare);
    qsort(row->cpu_us, (size_t)rounds, sizeof(double), compare);
    (void)printf("%s: %.2f us (%.2f-%.2f), %.2f us of processor; %s of %s\n",
                 row->file, row->wall_us[rounds / 2], row->wall_us[0],
                 row->wall_us[rounds - 1], row->cpu_us[rounds / 2],
                 EVP_RAND_get0_name(EVP_RAND_CTX_get0_rand(rand)),
                 OSSL_PROVIDER_get0_name(
                     EVP_RAND_get0_provider(EVP_RAND_CTX_get0_rand(rand))));
}

int main(int argc, char *argv[])
{
    static struct row rows[FILES_MAX];
    int files = argc - 4;
    long requests = argc > 4 ? strtol(argv[2], NULL, 10) : 0;
    int rounds = argc > 4 ? (int)strtol(argv[3], NULL, 10) : 0;
    bool is_reseed = argc > 4 && strcmp(argv[1], "reseed") == 0;
    if (files < 1 || files > FILES_MAX || requests < 1 || rounds < 1 ||
        rounds > ROUNDS_MAX || (!is_reseed && strcmp(argv[1], "bytes") != 0)) {
        (void)fprintf(stderr, "usage: bench_rand bytes|reseed REQUESTS ROUNDS "
                              "OPENSSL.CNF...\n");
        return 64;
    }
    for (int i = 0; i < files; i++) {
        rows[i].file = argv[4 + i];
        rows[i].context = OSSL_LIB_CTX_new();
        /* The first request opens the connection. */
        if (rows[i].context == NULL ||
            OSSL_LIB_CTX_load_config(rows[i].context, rows[i].file) != 1 ||
            request(rows[i].context, false) != 1)
            die(rows[i].file);
    }
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < files; i++)
            measure(&rows[i], is_reseed, requests, round);
    }
    for (int i = 0; i < files; i++) {
        print(&rows[i], rounds);
        OSSL_LIB_CTX_free(rows[i].context);
    }
    return 0;
}
