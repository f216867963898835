/* SPDX-License-Identifier: MIT */
/* The generator against ChaCha20 computed elsewhere (known_answers.py), and its
 * promise to forget. */

#include "daemon/pool/drbg.h"

#include "daemon/pool/pool.h"

#include "tests/support/run.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct drbg drbg;

static void start(void)
{
    uint8_t key[DRBG_KEY_BYTES];

    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)i;
    drbg_rekey(&drbg, key);
}

static void check(const uint8_t *bytes, size_t n, const char *want)
{
    char hex[200];

    ck_assert_uint_lt(2 * n, sizeof(hex));
    sodium_bin2hex(hex, sizeof(hex), bytes, n);
    ck_assert_str_eq(hex, want);
}

START_TEST(known_answers_of_every_size)
{
    static const size_t sizes[] = {1,   100,  256, 256,  256, 256,
                                   257, 1000, 10,  5000, 200, 64};
    uint8_t out[5000];
    uint8_t digest[crypto_hash_sha512_BYTES];
    crypto_hash_sha512_state hash;

    start();
    drbg_generate(&drbg, out, 32);
    check(out, 32,
          "2b23cce7a26023ab3f0eef693ac87f64258235eab1f7a32dc22762a0485b410c");
    crypto_hash_sha512_init(&hash);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        drbg_generate(&drbg, out, sizes[i]);
        crypto_hash_sha512_update(&hash, out, sizes[i]);
    }
    crypto_hash_sha512_final(&hash, digest);
    check(digest, sizeof(digest),
          "4697d033780f8895d856bae304c8c4c3e820b1bf8b767873803dfea0d2a0964c"
          "bcd9d18b9e8fe5367d377dad897c7eebca9eb195c6c1fa33ab2783bb9611844c");
    for (uint8_t i = 0; i < DRBG_KEY_BYTES; i++)
        out[i] = (uint8_t)(DRBG_KEY_BYTES + i);
    drbg_rekey(&drbg, out);
    drbg_generate(&drbg, out, 48);
    check(out, 48,
          "7119e86ea7c49250b4323939570ffdf65677fd29f6f1e7fddff9979edcb75275"
          "80635fdc1388d71d9a28f9e1e5894e1d");
}
END_TEST

/* Does the generator's memory hold these bytes anywhere? */
static bool remembers(const uint8_t *bytes, size_t n)
{
    return memmem(&drbg, sizeof(drbg), bytes, n) != NULL;
}

START_TEST(nothing_that_was_handed_out_stays_in_memory)
{
    uint8_t out[1024];

    start();
    for (size_t n = 16; n <= sizeof(out); n += 16) {
        drbg_generate(&drbg, out, n);
        for (size_t at = 0; at + 16 <= n; at += 16)
            ck_assert(!remembers(out + at, 16));
    }
}
END_TEST

START_TEST(a_used_key_does_not_stay_in_memory)
{
    uint8_t key[DRBG_KEY_BYTES];
    uint8_t out[300];

    start();
    memcpy(key, drbg.key, sizeof(key));
    drbg_generate(&drbg, out, 8); /* fills the buffer */
    ck_assert(!remembers(key, 16));
    memcpy(key, drbg.key, sizeof(key));
    drbg_generate(&drbg, out, 300); /* past it */
    ck_assert(!remembers(key, 16));
}
END_TEST

START_TEST(a_new_key_wipes_what_the_buffer_held)
{
    static const uint8_t zeros[DRBG_BUFFER_BYTES];
    uint8_t out[8];
    uint8_t key[DRBG_KEY_BYTES] = {1};

    start();
    drbg_generate(&drbg, out, sizeof(out));
    ck_assert_mem_ne(drbg.buffer, zeros, sizeof(zeros));
    drbg_rekey(&drbg, key);
    ck_assert_mem_eq(drbg.buffer, zeros, sizeof(zeros));
    drbg_fini(&drbg);
    ck_assert_mem_eq(drbg.key, zeros, sizeof(drbg.key));
}
END_TEST

/* Every 16 bytes of a long output differ from all others. */
static int compare(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

START_TEST(no_output_comes_twice)
{
    static uint8_t out[1 << 20];
    size_t done = 0;

    start();
    for (size_t n = 16; done + n <= sizeof(out); n = n % 1200 + 16) {
        drbg_generate(&drbg, out + done, n);
        done += n;
    }
    qsort(out, done / 16, 16, compare);
    for (size_t i = 16; i + 16 <= done; i += 16)
        if (memcmp(out + i - 16, out + i, 16) == 0)
            ck_abort_msg("16 bytes came twice");
}
END_TEST

/* When a reseed is due, and when the generator must be refused. */

START_TEST(a_reseed_is_due_by_time)
{
    struct reseed r = {0};

    reseed_done(&r, true, 5000);
    ck_assert(!reseed_is_due(&r, 5000));
    ck_assert(!reseed_is_due(&r, 4000)); /* an older time does no harm */
    ck_assert(!reseed_is_due(&r, 64999));
    ck_assert(reseed_is_due(&r, 65000));
}
END_TEST

START_TEST(a_reseed_is_due_by_bytes)
{
    struct reseed r = {0};

    reseed_done(&r, true, 1);
    reseed_count(&r, POOL_RESEED_BYTES - 1, true);
    ck_assert(!reseed_is_due(&r, 1));
    reseed_count(&r, 1, false);
    ck_assert(reseed_is_due(&r, 1));
    reseed_done(&r, false, 1);
    ck_assert(!reseed_is_due(&r, 1));
}
END_TEST

START_TEST(a_reseed_is_due_when_wanted)
{
    struct reseed r = {.is_wanted = true, .last_ms = 10};

    ck_assert(reseed_is_due(&r, 10));
    reseed_done(&r, false, 10);
    ck_assert(!reseed_is_due(&r, 10));
    ck_assert(r.is_credit_owed);
    reseed_done(&r, true, 10);
    ck_assert(!r.is_credit_owed);
}
END_TEST

START_TEST(only_a_credited_reseed_puts_off_the_end)
{
    struct reseed r = {0};

    reseed_done(&r, true, 1000);
    reseed_done(&r, false, POOL_UNCREDITED_MS);
    ck_assert(!reseed_is_overdue(&r, POOL_UNCREDITED_MS + 999));
    ck_assert(reseed_is_overdue(&r, POOL_UNCREDITED_MS + 1000));
    reseed_done(&r, true, POOL_UNCREDITED_MS + 1000);
    ck_assert(!reseed_is_overdue(&r, POOL_UNCREDITED_MS + 1000));
}
END_TEST

START_TEST(requests_without_credit_end_at_2_to_the_48)
{
    struct reseed r = {0};

    reseed_done(&r, true, 1);
    r.requests = POOL_UNCREDITED_REQUESTS - 1;
    reseed_count(&r, 10, false); /* a further chunk is not a request */
    ck_assert(!reseed_is_overdue(&r, 1));
    reseed_count(&r, 10, true);
    ck_assert(reseed_is_overdue(&r, 1));
    reseed_done(&r, false, 1);
    ck_assert(reseed_is_overdue(&r, 1));
    reseed_done(&r, true, 1);
    ck_assert(!reseed_is_overdue(&r, 1));
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(known_answers_of_every_size),
        TEST(nothing_that_was_handed_out_stays_in_memory),
        TEST(a_used_key_does_not_stay_in_memory),
        TEST(a_new_key_wipes_what_the_buffer_held),
        TEST(no_output_comes_twice),
        TEST(a_reseed_is_due_by_time),
        TEST(a_reseed_is_due_by_bytes),
        TEST(a_reseed_is_due_when_wanted),
        TEST(only_a_credited_reseed_puts_off_the_end),
        TEST(requests_without_credit_end_at_2_to_the_48),
        {0},
    };
    return run_tests("drbg", tests);
}
