/* SPDX-License-Identifier: MIT */
/* The pool over two sources of made-up samples and a kernel's generator that is
 * known, or fails. */

#include "daemon/pool/pool.h"

#include "tests/support/run.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define RING (1u << 16)

static const struct collector alpha = {.name = "alpha"};
static const struct collector beta = {.name = "beta"};

static struct source sources[2];
static struct pool *pool;
static uint64_t next_sample[2]; /* number of the next sample to be published */
static uint8_t kernel_calls;    /* so far; call number k gives bytes of k */
static int kernel_error;        /* what it answers instead; 0: it works */
static uint64_t now = 1000;
static struct pool_provenance provenance;
static uint8_t out[POOL_CHUNK_MAX];

static int known_random(void *bytes, size_t n)
{
    if (kernel_error)
        return kernel_error;
    memset(bytes, ++kernel_calls, n);
    return 0;
}

static uint64_t ticks_of(uint64_t i)
{
    return 3000 + (i * i * 7 + i) % 1000;
}

/* Each sample publishes as `make` of its number. */
static void publish(size_t i, size_t n, uint64_t (*make)(uint64_t))
{
    for (size_t j = 0; j < n; j++) {
        uint64_t ticks = make(next_sample[i]++);

        if (source_publish(&sources[i], &ticks, 1) != 1)
            ck_abort_msg("ring %zu is full", i);
    }
}

static void fill(size_t i, size_t n)
{
    publish(i, n, ticks_of);
}

/* Two healthy sources of half a bit a sample. */
static void start(void)
{
    bool is_locked = true;

    ck_assert_int_eq(source_init(&sources[0], &alpha, 500, RING,
                                 SOURCE_STARTING, NULL, &is_locked),
                     0);
    ck_assert_int_eq(source_init(&sources[1], &beta, 500, RING, SOURCE_STARTING,
                                 NULL, &is_locked),
                     0);
    source_move(&sources[0], SOURCE_HEALTHY, NULL);
    source_move(&sources[1], SOURCE_HEALTHY, NULL);
    ck_assert_int_eq(pool_create(&pool, sources, 2, known_random, &is_locked),
                     0);
}

static void start_seeded(void)
{
    start();
    fill(0, 768);
    ck_assert(pool_try_seed(pool, now));
}

static void end(void)
{
    pool_destroy(pool);
    source_fini(&sources[0]);
    source_fini(&sources[1]);
}

static int generate(size_t n)
{
    return pool_generate(pool, out, n, true, now, &provenance);
}

static int condition(size_t n)
{
    return pool_conditioned(pool, out, n, true, now, &provenance);
}

static struct pool_stats stats(void)
{
    struct pool_stats s;

    pool_stats(pool, &s);
    return s;
}

static bool is_zero(const void *bytes, size_t n)
{
    return sodium_is_zero(bytes, n);
}

static void check(size_t n, const char *want)
{
    char hex[200];

    sodium_bin2hex(hex, sizeof(hex), out, n);
    ck_assert_str_eq(hex, want);
}

/* known_answers.py walks the same way. */
START_TEST(known_answers_from_sample_to_byte)
{
    start();
    atomic_store(&sources[0].step_q16, 3 * SOURCE_STEP_ONE);
    atomic_store(&sources[1].step_q16, 3 * SOURCE_STEP_ONE);
    next_sample[1] = 5000;
    fill(0, 768 + 640 + 768);
    fill(1, 100);
    ck_assert(pool_try_seed(pool, now));
    ck_assert_int_eq(generate(64), 0);
    check(64,
          "e3798acf16cdd592a4c7216cac00d3bbc919ef121b08112b8bee37c29b671e60"
          "fb3b01b5db128488776974950d6031f996b61a1a824a131bfd466e141efbfbcf");
    ck_assert_uint_eq(provenance.credited_bits, 384);
    ck_assert_uint_eq(provenance.sources, 3);

    ck_assert_int_eq(condition(32), 0);
    check(32,
          "9b0b35d94be59949e00f9e6f279502a503013745222c52e12dcea57e00343251");
    ck_assert_uint_eq(provenance.credited_bits, 320);
    ck_assert_uint_eq(provenance.sources, 1);

    now += POOL_RESEED_MS;
    ck_assert_int_eq(generate(1000), 0);
    memmove(out, out + 968, 32);
    check(32,
          "6f9787696324b774291854a2f770acbc49034671d350365d49ba6d7461f9a25a");
    ck_assert_uint_eq(provenance.credited_bits, 320);
    ck_assert_uint_eq(provenance.sources, 1);

    now += POOL_RESEED_MS;
    ck_assert_int_eq(generate(32), 0);
    check(32,
          "a6b331edbd990a92c0a38180bbf46c82a7bca619dc93aff4b72f2bf9bd3a7216");
    ck_assert_uint_eq(provenance.credited_bits, 320); /* of the last credited */
    ck_assert_uint_eq(stats().reseeds, 3);
    ck_assert_uint_eq(stats().credited_reseeds, 2);
    ck_assert_uint_eq(stats().last_reseed_ms, now);
    end();
}
END_TEST

/* The first seed. */

START_TEST(before_the_first_seed_nothing_leaves)
{
    uint64_t sample = 1;
    uint64_t gcd;

    start();
    memset(out, 1, 64);
    ck_assert_int_eq(generate(64), -EAGAIN);
    ck_assert(is_zero(out, 64));
    memset(out, 1, 64);
    ck_assert_int_eq(condition(64), -EAGAIN);
    ck_assert(is_zero(out, 64));
    fill(0, 767);
    ck_assert_int_eq(pool_raw(pool, 0, &sample, 1, &gcd), -EAGAIN);
    ck_assert_uint_eq(sample, 0);
    ck_assert(!pool_is_seeded(pool));
    ck_assert_int_eq(pool_health(pool), HEALTH_STARTING);
    ck_assert_uint_eq(stats().reseeds, 0);
    ck_assert_uint_eq(stats().last_reseed_ms, 0);
    ck_assert_uint_eq(stats().waiting_bits, 383);
    end();
}
END_TEST

START_TEST(a_seed_wants_its_credit_whole_from_one_source)
{
    start();
    fill(0, 767);
    fill(1, 767);
    ck_assert(!pool_try_seed(pool, now));
    ck_assert_uint_eq(source_available(&sources[0]), 767); /* untouched */
    fill(1, 1);
    ck_assert(pool_try_seed(pool, now));
    ck_assert_uint_eq(source_available(&sources[0]), 0); /* mixed in */
    ck_assert_uint_eq(source_available(&sources[1]), 0);
    ck_assert_int_eq(generate(32), 0);
    ck_assert_uint_eq(provenance.credited_bits, 384);
    ck_assert_uint_eq(provenance.sources, 3);
    ck_assert_int_eq(pool_health(pool), HEALTH_OK);
    end();
}
END_TEST

START_TEST(only_a_healthy_source_has_credit)
{
    start();
    fill(0, 5000);
    source_move(&sources[0], SOURCE_SUSPECT, "test");
    ck_assert_uint_eq(stats().waiting_bits, 0);
    ck_assert(!pool_try_seed(pool, now));
    end();
}
END_TEST

START_TEST(flushed_samples_have_no_credit)
{
    start();
    fill(0, 5000);
    source_flush(&sources[0]);
    ck_assert(!pool_try_seed(pool, now));
    ck_assert_uint_eq(source_space(&sources[0]), RING); /* swept */
    end();
}
END_TEST

START_TEST(a_low_estimate_asks_for_more_samples)
{
    start();
    atomic_store(&sources[0].estimate_millibits, 125);
    fill(0, 4 * 768 - 1);
    ck_assert(!pool_try_seed(pool, now));
    fill(0, 1);
    ck_assert(pool_try_seed(pool, now));
    ck_assert_uint_eq(source_available(&sources[0]), 0);
    end();
}
END_TEST

START_TEST(the_kernels_error_is_reported_and_costs_no_sample)
{
    bool is_locked = true;
    struct pool *none;

    start();
    kernel_error = -ENOSYS;
    ck_assert_int_eq(pool_create(&none, sources, 2, known_random, &is_locked),
                     -ENOSYS);
    ck_assert_ptr_null(none);
    fill(0, 1000);
    ck_assert(!pool_try_seed(pool, now));
    ck_assert_uint_eq(source_available(&sources[0]), 1000);
    kernel_error = 0;
    ck_assert(pool_try_seed(pool, now));
    end();
}
END_TEST

/* Reseeds. */

START_TEST(a_due_reseed_takes_320_bits_of_one_and_a_few_of_the_other)
{
    start_seeded();
    fill(0, 1000);
    fill(1, 999);
    now += POOL_RESEED_MS - 1;
    ck_assert_int_eq(generate(32), 0);
    ck_assert_uint_eq(stats().reseeds, 1);
    now++;
    ck_assert_int_eq(generate(32), 0);
    ck_assert_uint_eq(stats().reseeds, 2);
    ck_assert_uint_eq(stats().credited_reseeds, 2);
    ck_assert_uint_eq(source_available(&sources[0]), 360);
    ck_assert_uint_eq(source_available(&sources[1]), 935);
    ck_assert_uint_eq(provenance.sources, 3);
    end();
}
END_TEST

START_TEST(bulk_is_reseeded_between_its_chunks)
{
    start_seeded();
    fill(0, 640);
    for (size_t chunk = 0; chunk < POOL_RESEED_BYTES / POOL_CHUNK_MAX; chunk++)
        ck_assert_int_eq(pool_generate(pool, out, POOL_CHUNK_MAX, chunk == 0,
                                       now, &provenance),
                         0);
    ck_assert_uint_eq(stats().reseeds, 1);
    ck_assert_int_eq(
        pool_generate(pool, out, POOL_CHUNK_MAX, false, now, &provenance), 0);
    ck_assert_uint_eq(stats().reseeds, 2);
    ck_assert_uint_eq(stats().requests, 1);
    ck_assert_uint_eq(stats().bytes, POOL_RESEED_BYTES + POOL_CHUNK_MAX);
    end();
}
END_TEST

START_TEST(credit_that_is_owed_is_paid_by_a_later_request)
{
    start_seeded();
    now += POOL_RESEED_MS;
    ck_assert_int_eq(generate(32), 0);
    ck_assert_uint_eq(stats().reseeds, 2);
    ck_assert_uint_eq(stats().credited_reseeds, 1);
    ck_assert_uint_eq(stats().last_credited_bits, 384);
    ck_assert_int_eq(pool_health(pool), HEALTH_DEGRADED);
    fill(1, 639);
    ck_assert_int_eq(generate(32), 0);
    ck_assert_uint_eq(stats().reseeds, 2);
    fill(1, 1);
    ck_assert_int_eq(generate(32), 0);
    ck_assert_uint_eq(stats().credited_reseeds, 2);
    ck_assert_uint_eq(stats().last_credited_bits, 320);
    ck_assert_uint_eq(provenance.sources, 2);
    ck_assert_int_eq(pool_health(pool), HEALTH_OK);
    end();
}
END_TEST

START_TEST(credit_that_is_owed_is_paid_without_a_request_too)
{
    start_seeded();
    now += POOL_RESEED_MS;
    ck_assert_int_eq(generate(32), 0);
    ck_assert_int_eq(pool_health(pool), HEALTH_DEGRADED);
    fill(0, 640);
    ck_assert(pool_try_seed(pool, now));
    ck_assert_int_eq(pool_health(pool), HEALTH_OK);
    fill(0, 640);
    ck_assert(pool_try_seed(pool, now)); /* nothing is owed any more */
    ck_assert_uint_eq(source_available(&sources[0]), 640);
    end();
}
END_TEST

START_TEST(a_failing_kernel_stops_output_only_where_a_reseed_is_due)
{
    start_seeded();
    fill(0, 2000);
    kernel_error = -EIO;
    ck_assert_int_eq(generate(32), 0);
    now += POOL_RESEED_MS;
    memset(out, 1, 32);
    ck_assert_int_eq(generate(32), -EIO);
    ck_assert(is_zero(out, 32));
    ck_assert_int_eq(condition(32), -EIO);
    ck_assert_uint_eq(source_available(&sources[0]), 2000);
    kernel_error = 0;
    ck_assert_int_eq(generate(32), 0);
    ck_assert_uint_eq(stats().credited_reseeds, 2);
    end();
}
END_TEST

START_TEST(a_failing_kernel_does_not_matter_while_credit_is_only_owed)
{
    start_seeded();
    now += POOL_RESEED_MS;
    ck_assert_int_eq(generate(32), 0);
    fill(0, 2000);
    kernel_error = -EIO;
    ck_assert_int_eq(generate(32), 0);
    ck_assert_uint_eq(source_available(&sources[0]), 2000);
    ck_assert_int_eq(pool_health(pool), HEALTH_DEGRADED);
    end();
}
END_TEST

START_TEST(a_day_without_credit_is_the_end_until_credit_comes)
{
    start_seeded();
    now += POOL_UNCREDITED_MS - 1;
    ck_assert_int_eq(generate(32), 0);
    now++;
    memset(out, 1, 32);
    ck_assert_int_eq(generate(32), -EPERM);
    ck_assert(is_zero(out, 32));
    ck_assert_int_eq(condition(32), -EPERM);
    fill(0, 640);
    ck_assert_int_eq(generate(32), 0);
    ck_assert_int_eq(pool_health(pool), HEALTH_OK);
    end();
}
END_TEST

START_TEST(reseed_soon_reseeds_and_wipes_the_ready_blocks)
{
    start_seeded();
    fill(0, 768 + 640);
    ck_assert_int_eq(condition(64), -EAGAIN);
    ck_assert_uint_eq(stats().blocks_ready, 1);
    pool_reseed_soon(pool);
    ck_assert_uint_eq(stats().blocks_ready, 0);
    ck_assert_int_eq(generate(32), 0);
    ck_assert_uint_eq(stats().reseeds, 2);
    ck_assert_int_eq(generate(32), 0);
    ck_assert_uint_eq(stats().reseeds, 2);
    end();
}
END_TEST

START_TEST(reseed_soon_wipes_what_waits_in_the_rings)
{
    start_seeded();
    fill(0, 5000);
    fill(1, 70);
    pool_reseed_soon(pool);
    ck_assert_uint_eq(source_available(&sources[0]), 0);
    ck_assert_uint_eq(source_available(&sources[1]), 0);
    ck_assert_uint_eq(source_space(&sources[0]), RING);
    ck_assert_uint_eq(atomic_load(&sources[0].discarded_total), 5000);
    ck_assert_uint_eq(atomic_load(&sources[1].discarded_total), 70);
    ck_assert_int_eq(generate(32), 0);
    ck_assert_uint_eq(stats().reseeds, 2);
    ck_assert_uint_eq(stats().credited_reseeds, 1);
    ck_assert_int_eq(pool_health(pool), HEALTH_DEGRADED);
    end();
}
END_TEST

START_TEST(credit_is_wanted_until_the_seed_and_while_it_is_owed)
{
    start();
    ck_assert(pool_wants_credit(pool));
    fill(0, 768);
    ck_assert(pool_try_seed(pool, now));
    ck_assert(!pool_wants_credit(pool));
    now += POOL_RESEED_MS;
    ck_assert_int_eq(generate(32), 0);
    ck_assert(pool_wants_credit(pool));
    fill(0, 640);
    ck_assert(pool_try_seed(pool, now));
    ck_assert(!pool_wants_credit(pool));
    end();
}
END_TEST

/* Conditioned. */

/* 320 bits of 0.499 each are 642 samples and a little more than 320. */
START_TEST(the_reserve_is_whole_where_samples_do_not_come_out_even)
{
    start_seeded();
    atomic_store(&sources[0].estimate_millibits, 499);
    fill(0, 642 + 769); /* 704 bits together, but 383 without the block */
    ck_assert_uint_eq(stats().waiting_bits, 704);
    ck_assert_int_eq(condition(32), -EAGAIN);
    fill(0, 1);
    ck_assert_int_eq(condition(32), 0);
    ck_assert_uint_eq(stats().waiting_bits, 384);
    end();
}
END_TEST

START_TEST(conditioned_leaves_a_seed_in_one_source)
{
    start_seeded();
    fill(0, 768 + 639);
    ck_assert_int_eq(condition(32), -EAGAIN);
    ck_assert_uint_eq(source_available(&sources[0]), 768 + 639);
    fill(0, 1);
    ck_assert_int_eq(condition(32), 0);
    ck_assert_uint_eq(source_available(&sources[0]), 768);
    ck_assert_int_eq(condition(32), -EAGAIN);
    /* A reserve in the other will do as well, and is not mixed away. */
    fill(1, 768);
    ck_assert_int_eq(condition(32), 0);
    ck_assert_uint_eq(source_available(&sources[0]) +
                          source_available(&sources[1]),
                      768 + 768 - 640);
    ck_assert_int_eq(condition(32), -EAGAIN);
    ck_assert_uint_eq(stats().conditioned_blocks, 2);
    end();
}
END_TEST

START_TEST(a_block_is_mixed_with_what_the_others_can_spare)
{
    start_seeded();
    fill(0, 5000);
    fill(1, 768 + 10);
    ck_assert_int_eq(condition(32), 0);
    ck_assert_uint_eq(provenance.sources, 3);
    ck_assert_uint_eq(provenance.credited_bits, 320);
    ck_assert_uint_eq(source_available(&sources[1]), 768);
    ck_assert_int_eq(condition(32), 0);
    ck_assert_uint_eq(provenance.sources, 1);
    end();
}
END_TEST

START_TEST(conditioned_is_all_or_nothing_and_keeps_what_is_ready)
{
    start_seeded();
    fill(0, 768 + 3 * 640);
    memset(out, 1, 128);
    ck_assert_int_eq(condition(128), -EAGAIN);
    ck_assert(is_zero(out, 128));
    ck_assert_uint_eq(stats().blocks_ready, 3);
    ck_assert_uint_eq(stats().conditioned_blocks, 0);
    ck_assert_uint_eq(stats().requests, 0);
    /* The blocks serve the next, without a further sample. */
    ck_assert_int_eq(condition(96), 0);
    ck_assert_uint_eq(provenance.credited_bits, 960);
    ck_assert_uint_eq(stats().blocks_ready, 0);
    ck_assert_uint_eq(source_available(&sources[0]), 768);
    end();
}
END_TEST

START_TEST(a_partial_block_costs_a_whole_one)
{
    start_seeded();
    fill(0, 768 + 3 * 640);
    ck_assert_int_eq(condition(33), 0);
    ck_assert_uint_eq(provenance.credited_bits, 640);
    ck_assert_uint_eq(stats().conditioned_blocks, 2);
    ck_assert_uint_eq(stats().blocks_ready, 0);
    ck_assert_int_eq(condition(1), 0);
    ck_assert_uint_eq(source_available(&sources[0]), 768);
    end();
}
END_TEST

START_TEST(the_largest_conditioned_request_is_served_in_portions)
{
    size_t tries = 0;

    start_seeded();
    do {
        fill(0, RING - source_available(&sources[0]));
        tries++;
    } while (condition(POOL_CONDITIONED_MAX) == -EAGAIN && tries < 10);
    ck_assert_uint_eq(tries, 2); /* 81,920 samples, 65,536 places */
    ck_assert_uint_eq(provenance.credited_bits, UINT64_C(128) * 320);
    end();
}
END_TEST

START_TEST(bytes_given_back_serve_the_next_request_and_cost_no_credit)
{
    uint8_t taken[64];

    start_seeded();
    fill(0, 768 + 2 * 640);
    ck_assert_int_eq(condition(64), 0);
    memcpy(taken, out, sizeof(taken));
    ck_assert_uint_eq(stats().conditioned_blocks, 2);
    pool_give_back(pool, out, 64, provenance.sources);
    ck_assert(is_zero(out, 64));
    ck_assert_uint_eq(stats().conditioned_blocks, 0);
    ck_assert_uint_eq(stats().blocks_ready, 2);
    ck_assert_uint_eq(source_available(&sources[0]), 768);

    ck_assert_int_eq(condition(64), 0);
    ck_assert_uint_eq(provenance.credited_bits, 640);
    ck_assert_uint_eq(provenance.sources, 1);
    ck_assert_uint_eq(stats().conditioned_blocks, 2);
    ck_assert_uint_eq(stats().blocks_ready, 0);
    ck_assert_uint_eq(source_available(&sources[0]), 768);
    /* Mixed with other output of the generator. */
    ck_assert_mem_ne(out, taken, 32);
    ck_assert_mem_ne(out + 32, taken + 32, 32);
    end();
}
END_TEST

START_TEST(bytes_given_back_keep_the_names_of_their_sources)
{
    start_seeded();
    fill(1, 768 + 640);
    fill(0, 768 + 640);
    memset(out, 1, 32);
    pool_give_back(pool, out, 32, 2);
    ck_assert_int_eq(condition(32), 0);
    ck_assert_uint_eq(provenance.sources, 2);
    ck_assert_uint_eq(source_available(&sources[0]), 768 + 640);
    ck_assert_uint_eq(source_available(&sources[1]), 768 + 640);
    end();
}
END_TEST

START_TEST(a_partial_block_is_not_taken_back)
{
    start_seeded();
    fill(0, 768 + 640);
    ck_assert_int_eq(condition(31), 0);
    pool_give_back(pool, out, 31, 1);
    ck_assert(is_zero(out, 31));
    ck_assert_uint_eq(stats().blocks_ready, 0);
    ck_assert_uint_eq(stats().conditioned_blocks, 1);
    ck_assert_int_eq(condition(32), -EAGAIN);
    pool_give_back(pool, out, 0, 1);
    ck_assert_uint_eq(stats().blocks_ready, 0);
    end();
}
END_TEST

/* Two requests of the largest size, given back one after the other: the store
 * has room for the blocks of one. */
START_TEST(what_the_store_has_no_room_for_is_wiped)
{
    static uint8_t first[POOL_CONDITIONED_MAX];
    const uint64_t room = POOL_CONDITIONED_MAX / POOL_BLOCK_BYTES;

    start_seeded();
    do
        fill(0, RING - source_available(&sources[0]));
    while (condition(sizeof(first)) == -EAGAIN);
    memcpy(first, out, sizeof(first));
    do
        fill(0, RING - source_available(&sources[0]));
    while (condition(64) == -EAGAIN);
    pool_give_back(pool, first, sizeof(first), 1);
    ck_assert_uint_eq(stats().blocks_ready, room);
    ck_assert_uint_eq(stats().conditioned_blocks, 2);
    pool_give_back(pool, out, 64, 1);
    ck_assert(is_zero(out, 64));
    ck_assert(is_zero(first, sizeof(first)));
    ck_assert_uint_eq(stats().blocks_ready, room);
    ck_assert_uint_eq(stats().conditioned_blocks, 2); /* they are spent */
    end();
}
END_TEST

/* Raw. */

static uint64_t number(uint64_t i)
{
    return i;
}

START_TEST(raw_gives_exact_counts_in_order_beyond_the_reserve)
{
    uint64_t raw[100];
    uint64_t gcd = 0;

    start();
    atomic_store(&sources[0].step_q16, 7 * SOURCE_STEP_ONE);
    publish(0, 768 + 99, number);
    ck_assert_int_eq(pool_raw(pool, 0, raw, 100, &gcd), -EAGAIN);
    ck_assert_uint_eq(source_available(&sources[0]), 768 + 99);
    publish(0, 101, number);
    for (uint64_t round = 0; round < 2; round++) {
        ck_assert_int_eq(pool_raw(pool, 0, raw, 100, &gcd), 0);
        ck_assert_uint_eq(gcd, 7 * SOURCE_STEP_ONE);
        for (uint64_t i = 0; i < 100; i++)
            ck_assert_uint_eq(raw[i], 100 * round + i);
    }
    ck_assert_int_eq(pool_raw(pool, 0, raw, 1, &gcd), -EAGAIN);
    /* With the reserve elsewhere, the last one may go. */
    fill(1, 768);
    for (int i = 0; i < 7; i++)
        ck_assert_int_eq(pool_raw(pool, 0, raw, 100, &gcd), 0);
    ck_assert_int_eq(pool_raw(pool, 0, raw, 68, &gcd), 0);
    ck_assert_int_eq(pool_raw(pool, 0, raw, 1, &gcd), -EAGAIN);
    end();
}
END_TEST

START_TEST(samples_of_a_suspect_source_are_not_a_reserve)
{
    uint64_t raw;
    uint64_t gcd;

    start();
    fill(0, 5000);
    source_move(&sources[0], SOURCE_SUSPECT, "test");
    ck_assert_int_eq(pool_raw(pool, 0, &raw, 1, &gcd), -EAGAIN);
    fill(1, 768);
    ck_assert_int_eq(pool_raw(pool, 0, &raw, 1, &gcd), 0);
    end();
}
END_TEST

START_TEST(raw_refuses_what_is_out_of_range)
{
    uint64_t raw;
    uint64_t gcd;

    start();
    fill(0, 5000);
    ck_assert_int_eq(pool_raw(pool, 2, &raw, 1, &gcd), -EINVAL);
    ck_assert_int_eq(pool_raw(pool, 0, &raw, 0, &gcd), -EINVAL);
    ck_assert_int_eq(pool_raw(pool, 0, &raw, POOL_RAW_MAX + 1, &gcd), -EINVAL);
    end();
}
END_TEST

/* Long runs. */

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

/* Both qualities, across reseeds and refills of the generator's buffer. */
/* The same pool twice, but for what a client writes. */
static void output_after_mixing(const char *bytes, uint8_t output[32])
{
    kernel_calls = 0;
    next_sample[0] = next_sample[1] = 0;
    start_seeded();
    if (bytes != NULL)
        pool_mix(pool, bytes, strlen(bytes));
    ck_assert_int_eq(generate(32), 0);
    memcpy(output, out, 32);
    end();
}

START_TEST(mixed_bytes_change_the_output)
{
    uint8_t none[32], a[32], again[32], b[32];
    output_after_mixing(NULL, none);
    output_after_mixing("a", a);
    output_after_mixing("a", again);
    output_after_mixing("b", b);
    ck_assert_int_eq(memcmp(a, again, 32), 0);
    ck_assert_int_ne(memcmp(a, none, 32), 0);
    ck_assert_int_ne(memcmp(a, b, 32), 0);
}
END_TEST

START_TEST(mixed_bytes_get_no_credit_and_are_no_reseed)
{
    start();
    for (int i = 0; i < 1000; i++)
        pool_mix(pool, "0123456789", 10);
    ck_assert(!pool_try_seed(pool, now));
    ck_assert_int_eq(generate(32), -EAGAIN);
    fill(0, 768);
    ck_assert(pool_try_seed(pool, now));
    pool_mix(pool, "0123456789", 10);
    ck_assert_uint_eq(stats().reseeds, 1);
    ck_assert_uint_eq(stats().last_credited_bits, 384);
    ck_assert_uint_eq(stats().waiting_bits, 0);
    end();
}
END_TEST

START_TEST(available_bits_are_none_before_the_seed_and_a_day_without_credit)
{
    start();
    ck_assert_uint_eq(pool_available_bits(pool, now), 0);
    fill(0, 768 + 100);
    ck_assert_uint_eq(pool_available_bits(pool, now), 0);
    ck_assert(pool_try_seed(pool, now));
    ck_assert_uint_eq(pool_available_bits(pool, now), 256 + 50);
    now += POOL_UNCREDITED_MS + 1;
    ck_assert_uint_eq(pool_available_bits(pool, now), 0);
    end();
}
END_TEST

START_TEST(no_output_comes_twice)
{
    static uint8_t all[1 << 20];
    size_t done = 0;

    start_seeded();
    for (unsigned round = 0; done + 700 <= sizeof(all); round++) {
        size_t n = 32 + 16 * (round % 40);

        fill(0, RING - source_available(&sources[0]));
        if (round % 50 == 0)
            now += POOL_RESEED_MS;
        ck_assert_int_eq(round % 3 ? generate(n) : condition(n), 0);
        memcpy(all + done, out, n);
        done += n;
    }
    qsort(all, done / 16, 16, compare);
    for (size_t i = 16; i + 16 <= done; i += 16)
        if (memcmp(all + i - 16, all + i, 16) == 0)
            ck_abort_msg("16 bytes came twice");
    end();
}
END_TEST

/* Every sample goes to one use: seeds, blocks and raw together take as many as
 * have left the rings. */
START_TEST(every_sample_is_spent_once)
{
    uint64_t raw[64];
    uint64_t gcd;
    uint64_t next_raw = 0; /* raw samples ascend: none comes again */
    uint64_t spent;

    start();
    publish(0, 768, number);
    ck_assert(pool_try_seed(pool, now));
    spent = 768;
    for (int round = 0; round < 2000; round++) {
        publish(0, 1000, number);
        if (condition(32) == 0)
            spent += 640;
        if (pool_raw(pool, 0, raw, 64, &gcd) == 0) {
            ck_assert_uint_ge(raw[0], next_raw);
            ck_assert_uint_eq(raw[63], raw[0] + 63);
            next_raw = raw[63] + 1;
            spent += 64;
        }
        if (source_available(&sources[0]) > RING / 2) {
            now += POOL_RESEED_MS;
            ck_assert_int_eq(generate(8), 0);
            spent += 640;
        }
        ck_assert_uint_eq(source_available(&sources[0]) + spent,
                          next_sample[0]);
    }
    end();
}
END_TEST

START_TEST(the_kernels_generator_fills_and_does_not_repeat)
{
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};

    ck_assert_int_eq(pool_kernel_random(a, sizeof(a)), 0);
    ck_assert_int_eq(pool_kernel_random(b, sizeof(b)), 0);
    ck_assert_mem_ne(a, b, sizeof(a));
    ck_assert(!is_zero(a, sizeof(a)));
}
END_TEST

START_TEST(a_begun_request_counts_once_and_has_no_bytes_yet)
{
    start();
    ck_assert_int_eq(pool_begin(pool, now, &provenance), -EAGAIN);
    end();
    start_seeded();
    ck_assert_int_eq(pool_begin(pool, now, &provenance), 0);
    ck_assert_uint_eq(stats().requests, 1);
    ck_assert_uint_eq(stats().bytes, 0);
    ck_assert_uint_ge(provenance.credited_bits, POOL_SEED_BITS);
    ck_assert_int_eq(pool_generate(pool, out, 7, false, now, &provenance), 0);
    ck_assert_uint_eq(stats().requests, 1);
    ck_assert_uint_eq(stats().bytes, 7);
    end();
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(known_answers_from_sample_to_byte),
        TEST(before_the_first_seed_nothing_leaves),
        TEST(a_seed_wants_its_credit_whole_from_one_source),
        TEST(only_a_healthy_source_has_credit),
        TEST(flushed_samples_have_no_credit),
        TEST(a_low_estimate_asks_for_more_samples),
        TEST(the_kernels_error_is_reported_and_costs_no_sample),
        TEST(a_due_reseed_takes_320_bits_of_one_and_a_few_of_the_other),
        TEST(bulk_is_reseeded_between_its_chunks),
        TEST(credit_that_is_owed_is_paid_by_a_later_request),
        TEST(credit_that_is_owed_is_paid_without_a_request_too),
        TEST(a_failing_kernel_stops_output_only_where_a_reseed_is_due),
        TEST(a_failing_kernel_does_not_matter_while_credit_is_only_owed),
        TEST(a_day_without_credit_is_the_end_until_credit_comes),
        TEST(reseed_soon_reseeds_and_wipes_the_ready_blocks),
        TEST(reseed_soon_wipes_what_waits_in_the_rings),
        TEST(credit_is_wanted_until_the_seed_and_while_it_is_owed),
        TEST(the_reserve_is_whole_where_samples_do_not_come_out_even),
        TEST(conditioned_leaves_a_seed_in_one_source),
        TEST(a_block_is_mixed_with_what_the_others_can_spare),
        TEST(conditioned_is_all_or_nothing_and_keeps_what_is_ready),
        TEST(a_partial_block_costs_a_whole_one),
        TEST(the_largest_conditioned_request_is_served_in_portions),
        TEST(bytes_given_back_serve_the_next_request_and_cost_no_credit),
        TEST(bytes_given_back_keep_the_names_of_their_sources),
        TEST(a_partial_block_is_not_taken_back),
        TEST(what_the_store_has_no_room_for_is_wiped),
        TEST(raw_gives_exact_counts_in_order_beyond_the_reserve),
        TEST(samples_of_a_suspect_source_are_not_a_reserve),
        TEST(raw_refuses_what_is_out_of_range),
        TEST(mixed_bytes_change_the_output),
        TEST(mixed_bytes_get_no_credit_and_are_no_reseed),
        TEST(available_bits_are_none_before_the_seed_and_a_day_without_credit),
        TEST(no_output_comes_twice),
        TEST(every_sample_is_spent_once),
        TEST(the_kernels_generator_fills_and_does_not_repeat),
        TEST(a_begun_request_counts_once_and_has_no_bytes_yet),
        {0},
    };
    return run_tests("pool", tests);
}
