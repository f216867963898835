/* SPDX-License-Identifier: MIT */
/*
 * What the pool leaves in memory: neither keys that were used, nor what the
 * kernel gave, nor samples, nor output, on no stack and in no heap. All of
 * this process's memory is searched.
 */

#include "daemon/pool/drbg.h"
#include "daemon/pool/pool.h"
#include "daemon/source/ring.h"
#include "tests/support/memory.h"
#include "tests/support/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#define SAMPLES 16384

static const struct collector collector = {.name = "test"};
static struct memory_needles needles;

/* Notes bytes as a secret and wipes them here. */
static void note(const char *what, void *bytes, size_t n)
{
    memory_add(&needles, what, bytes, n);
    sodium_memzero(bytes, n);
}

/* Wipes what the test's own calls left on the stack. */
static void forget_own(void)
{
    sodium_stackzero(65536);
}

/* Searches; false where that is not possible, with the reason printed. */
static bool find_nothing(const char *test)
{
    struct memory_finds finds;
    int rc = memory_search(getpid(), &needles, &finds);
    if (rc == -EACCES || rc == -EPERM || rc == -EFBIG) {
        printf("SKIP %s: the memory cannot be read here (a sanitizer's is too "
               "large)\n",
               test);
        return false;
    }
    ck_assert_int_eq(rc, 0);
    ck_assert_msg(finds.count == 0, "%zu pieces: %s", finds.count, finds.first);
    return true;
}

START_TEST(a_generator_forgets_its_keys_and_its_output)
{
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
    static const size_t sizes[] = {32, 256, 257, 4096, 1, 64, 1000, 65536, 100};
    struct drbg *d = sodium_malloc(sizeof(*d));
    uint8_t *out = malloc(65536);
    uint8_t key[DRBG_KEY_BYTES];
    uint8_t next[DRBG_KEY_BYTES];
    ck_assert(d != NULL && out != NULL);

    randombytes_buf(key, sizeof(key));
    drbg_rekey(d, key);
    /* The key that follows the first, as drbg.c has it. */
    (void)crypto_stream_chacha20(next, sizeof(next), nonce, key);
    note("first key", key, sizeof(key));
    note("second key", next, sizeof(next));
    forget_own();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        drbg_generate(d, out, sizes[i]);
        note("output", out, sizes[i]);
    }
    (void)find_nothing(__func__);
    sodium_free(d);
    free(out);
    memory_forget(&needles);
}
END_TEST

/* The kernel's generator, which remembers what it gave, masked. */
static int known_random(void *out, size_t n)
{
    randombytes_buf(out, n);
    memory_add(&needles, "kernel's bytes", out, n);
    return 0;
}

static void fill(struct source *s)
{
    uint64_t *samples = malloc(SAMPLES * sizeof(*samples));
    ck_assert_ptr_nonnull(samples);
    randombytes_buf(samples, SAMPLES * sizeof(*samples));
    ck_assert_uint_eq(ring_push(s->ring, samples, SAMPLES), SAMPLES);
    note("samples", samples, SAMPLES * sizeof(*samples));
    free(samples);
}

START_TEST(a_pool_forgets_samples_seeds_and_output)
{
    static struct source source;
    struct pool *pool;
    struct pool_provenance provenance;
    bool is_locked = true;
    uint8_t *out = malloc(65536);
    uint64_t gcd;
    ck_assert_ptr_nonnull(out);

    ck_assert_int_eq(source_init(&source, &collector, 500, SAMPLES,
                                 SOURCE_STARTING, NULL, &is_locked),
                     0);
    source_move(&source, SOURCE_HEALTHY, NULL);
    ck_assert_int_eq(pool_create(&pool, &source, 1, known_random, &is_locked),
                     0);
    fill(&source);
    forget_own();
    ck_assert(pool_try_seed(pool, 0));
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(pool_generate(pool, out, 32, true, 0, &provenance), 0);
        note("small output", out, 32);
    }
    ck_assert_int_eq(pool_generate(pool, out, 65536, true, 0, &provenance), 0);
    note("bulk output", out, 65536);
    ck_assert_int_eq(pool_conditioned(pool, out, 320, true, 0, &provenance), 0);
    note("conditioned output", out, 320);
    ck_assert_int_eq(
        pool_generate(pool, out, 32, true, POOL_RESEED_MS, &provenance), 0);
    ck_assert_uint_eq(provenance.credited_bits, POOL_BLOCK_BITS);
    note("output", out, 32);
    ck_assert_int_eq(pool_raw(pool, 0, (uint64_t *)(void *)out, 2000, &gcd), 0);
    sodium_memzero(out, 65536);
    /* What still waits in the ring is meant to be there: throw it away. */
    pool_reseed_soon(pool);
    (void)find_nothing(__func__);

    pool_destroy(pool);
    source_fini(&source);
    free(out);
    memory_forget(&needles);
}
END_TEST

START_TEST(the_search_finds_what_is_there)
{
    struct memory_finds finds;
    uint8_t *secret = malloc(64);
    ck_assert_ptr_nonnull(secret);
    randombytes_buf(secret, 64);
    memory_add(&needles, "secret", secret, 64);
    int rc = memory_search(getpid(), &needles, &finds);
    memory_forget(&needles);
    sodium_memzero(secret, 64);
    free(secret);
    if (rc == -EACCES || rc == -EPERM || rc == -EFBIG)
        SKIP("the memory cannot be read here (a sanitizer's is too large)");
    ck_assert_int_eq(rc, 0);
    ck_assert_uint_ge(finds.count, 4);
    ck_assert_uint_gt(finds.bytes, 65536);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_search_finds_what_is_there),
        TEST(a_generator_forgets_its_keys_and_its_output),
        TEST(a_pool_forgets_samples_seeds_and_output),
        {0},
    };
    if (sodium_init() < 0)
        return EXIT_FAILURE;
    return run_tests("pool secrets", tests);
}
