/* SPDX-License-Identifier: MIT */
/* The ring: order, wrap-around, flush, and two threads that race. */

#include "daemon/source/ring.h"

#include "tests/support/run.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SIZE ((size_t)1024)

static struct ring *new_ring(void)
{
    struct ring *r;
    bool is_locked = true;

    ck_assert_int_eq(ring_create(&r, SIZE, &is_locked), 0);
    return r;
}

/* Pushes the numbers from `first` on. */
static size_t push_numbers(struct ring *r, uint64_t first, size_t n)
{
    uint64_t *numbers = calloc(n, sizeof(*numbers));

    ck_assert_ptr_nonnull(numbers);
    for (size_t i = 0; i < n; i++)
        numbers[i] = first + i;

    size_t pushed = ring_push(r, numbers, n);

    free(numbers);
    return pushed;
}

/* Takes up to n and wants the numbers from `first` on; returns how many. */
static size_t take_numbers(struct ring *r, uint64_t first, size_t n)
{
    uint64_t taken[2 * SIZE];
    size_t lost = 0;
    size_t good = ring_take(r, taken, n, &lost);
    size_t wrong = 0;

    for (size_t i = 0; i < good; i++)
        wrong += taken[i] != first + i;
    ck_assert_uint_eq(wrong, 0);
    return good;
}

START_TEST(sizes_that_are_not_a_power_of_two_in_range_are_refused)
{
    static const size_t wrong[] = {
        0, 1, 512, 1023, 1025, 3072, 1u << 25, SIZE_MAX, (1u << 24) + 1};
    struct ring *r;
    bool is_locked = true;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ck_assert_int_eq(ring_create(&r, wrong[i], &is_locked), -EINVAL);
        ck_assert_ptr_null(r);
    }
    ring_destroy(NULL);
}
END_TEST

START_TEST(a_full_ring_takes_nothing)
{
    struct ring *r = new_ring();

    ck_assert_uint_eq(ring_space(r), SIZE);
    ck_assert_uint_eq(push_numbers(r, 1, SIZE + 5), SIZE);
    ck_assert_uint_eq(ring_space(r), 0);
    ck_assert_uint_eq(push_numbers(r, 9999, 1), 0);
    ck_assert_uint_eq(ring_available(r), SIZE);
    ck_assert_uint_eq(take_numbers(r, 1, 2 * SIZE), SIZE);
    ck_assert_uint_eq(ring_available(r), 0);
    ck_assert_uint_eq(take_numbers(r, 1, 1), 0);
    ring_destroy(r);
}
END_TEST

/* Indices start just below the largest number, so the first of these rounds
 * wraps them; the places wrap in each. */
START_TEST(samples_keep_their_order_across_every_wrap)
{
    struct ring *r = new_ring();
    uint64_t pushed = 0;
    uint64_t taken = 0;

    for (size_t i = 0; i < 2000; i++) {
        pushed += push_numbers(r, pushed, 1 + i * 7 % 701);
        taken += take_numbers(r, taken, 1 + i * 11 % 683);
        ck_assert_uint_eq(ring_available(r), pushed - taken);
        ck_assert_uint_eq(ring_space(r), SIZE - (pushed - taken));
    }
    ck_assert_uint_gt(taken, 100 * SIZE);
    ring_destroy(r);
}
END_TEST

START_TEST(a_flush_discards_what_came_before_and_nothing_after)
{
    struct ring *r = new_ring();

    push_numbers(r, 0, 700);
    ring_flush(r);
    ck_assert_uint_eq(ring_available(r), 0);
    ck_assert_uint_eq(push_numbers(r, 700, 100), 100);
    ck_assert_uint_eq(ring_available(r), 100);
    ck_assert_uint_eq(take_numbers(r, 700, SIZE), 100);
    ring_destroy(r);
}
END_TEST

START_TEST(flushed_samples_keep_their_places_until_they_are_swept)
{
    struct ring *r = new_ring();

    push_numbers(r, 0, SIZE);
    ring_flush(r);
    ck_assert_uint_eq(ring_space(r), 0);
    ck_assert_uint_eq(ring_sweep(r), SIZE);
    ck_assert_uint_eq(ring_space(r), SIZE);
    ck_assert_uint_eq(ring_sweep(r), 0);
    ring_destroy(r);
}
END_TEST

START_TEST(taking_counts_what_a_flush_took)
{
    struct ring *r = new_ring();
    uint64_t sample;
    size_t lost = 3;

    push_numbers(r, 0, 600);
    ring_flush(r);
    push_numbers(r, 600, 1);
    ck_assert_uint_eq(ring_take(r, &sample, 1, &lost), 1);
    ck_assert_uint_eq(sample, 600);
    ck_assert_uint_eq(lost, 603);
    ring_destroy(r);
}
END_TEST

START_TEST(the_flush_mark_changes_with_a_flush_that_cost_something)
{
    struct ring *r = new_ring();
    uint64_t mark = ring_flush_mark(r);

    ring_flush(r);
    ck_assert_uint_eq(ring_flush_mark(r), mark);
    push_numbers(r, 0, 10);
    ck_assert_uint_eq(ring_flush_mark(r), mark);
    ck_assert_uint_eq(take_numbers(r, 0, 10), 10);
    ring_flush(r); /* what was taken a moment ago came before the alarm */
    ck_assert_uint_ne(ring_flush_mark(r), mark);
    ring_destroy(r);
}
END_TEST

/* Two threads. The producer pushes ascending numbers and flushes now and then,
 * telling first_good only after the flush is done. */
struct race {
    struct ring *ring;
    uint64_t last;                    /* numbers to push */
    atomic_uint_least64_t first_good; /* no smaller number may be taken */
    atomic_bool is_over;
};

static void *produce(void *argument)
{
    struct race *race = argument;
    uint64_t next = 1;
    uint64_t batch[97];
    unsigned turn = 0;

    while (next <= race->last) {
        size_t n = 1 + next % 97;

        for (size_t i = 0; i < n; i++)
            batch[i] = next + i;

        size_t pushed = ring_push(race->ring, batch, n);

        next += pushed;
        if (pushed == 0)
            sched_yield();
        if (++turn % 61 == 0) {
            ring_flush(race->ring);
            /* Releases to the consumer's acquire in race_once(). */
            atomic_store_explicit(&race->first_good, next,
                                  memory_order_release);
        }
    }
    atomic_store_explicit(&race->is_over, true, memory_order_release);
    return NULL;
}

START_TEST(racing_threads_lose_only_flushed_samples_and_see_none_twice)
{
    struct race race = {.ring = new_ring(), .last = (uint64_t)scaled(3000000)};
    pthread_t producer;
    uint64_t previous = 0;
    uint64_t got = 0;
    uint64_t wrong = 0; /* seen twice, out of order, or from before a flush */
    uint64_t batch[128];
    size_t lost = 0;
    bool is_over = false;

    ck_assert_int_eq(pthread_create(&producer, NULL, produce, &race), 0);
    while (!is_over || ring_available(race.ring) > 0) {
        is_over = atomic_load_explicit(&race.is_over, memory_order_acquire);

        uint64_t first_good =
            atomic_load_explicit(&race.first_good, memory_order_acquire);
        size_t n = ring_take(race.ring, batch, 1 + got % 128, &lost);

        for (size_t i = 0; i < n; i++) {
            wrong += batch[i] <= previous || batch[i] < first_good;
            previous = batch[i];
        }
        got += n;
        if (n == 0)
            sched_yield();
    }
    ck_assert_int_eq(pthread_join(producer, NULL), 0);
    ck_assert_uint_eq(wrong, 0);
    lost += ring_sweep(race.ring);
    /* Each number was pushed once; it came out, or a flush took it. */
    ck_assert_uint_ge(got + lost, race.last);
    ck_assert_uint_lt(got + lost, race.last + 97);
    ck_assert_uint_gt(got, 0);
    ring_destroy(race.ring);
}
END_TEST

/* A consumer that takes a large ring in one go, and a flush at some moment of
 * it, told by the clock. */
#define LARGE ((size_t)1 << 20)

struct overtaking {
    struct ring *ring;
    uint64_t delay_ns;     /* the flush comes this long after the start */
    atomic_bool is_ready;  /* the producer waits for the consumer */
    atomic_bool is_taking; /* the consumer has begun */
    uint64_t flushed_ns;   /* when the flush was done */
};

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void *flush_in_passing(void *argument)
{
    struct overtaking *o = argument;

    atomic_store(&o->is_ready, true);
    while (!atomic_load(&o->is_taking))
        ;
    for (uint64_t start = clock_ns(); clock_ns() - start < o->delay_ns;)
        ;
    ring_flush(o->ring);
    o->flushed_ns = clock_ns();
    return NULL;
}

/* A thread may be stopped anywhere, so single rounds prove nothing; but a take
 * that did not look again would be wrong in every round that counts. */
START_TEST(a_flush_overtakes_samples_that_are_being_copied)
{
    static uint64_t samples[LARGE];
    struct overtaking o;
    bool is_locked = true;
    unsigned overtaken = 0; /* flushes in the middle of a take */
    unsigned wrong = 0;     /* of these: samples came out all the same */
    uint64_t take_ns = 1000000;

    ck_assert_int_eq(ring_create(&o.ring, LARGE, &is_locked), 0);
    for (unsigned round = 0; round < 100 && overtaken < 5; round++) {
        pthread_t producer;
        size_t lost = 0;

        ck_assert_uint_eq(ring_push(o.ring, samples, LARGE), LARGE);
        atomic_init(&o.is_ready, false);
        atomic_init(&o.is_taking, false);
        o.delay_ns = take_ns / 2;
        ck_assert_int_eq(pthread_create(&producer, NULL, flush_in_passing, &o),
                         0);
        while (!atomic_load(&o.is_ready))
            sched_yield();

        uint64_t begin_ns = clock_ns();

        atomic_store(&o.is_taking, true);

        size_t good = ring_take(o.ring, samples, LARGE, &lost);
        uint64_t end_ns = clock_ns();

        ck_assert_int_eq(pthread_join(producer, NULL), 0);
        take_ns = end_ns - begin_ns;
        if (o.flushed_ns > begin_ns + take_ns / 4 &&
            o.flushed_ns < end_ns - take_ns / 4) {
            overtaken++;
            wrong += good != 0;
        }
        (void)ring_sweep(o.ring);
    }
    ring_destroy(o.ring);
    if (overtaken == 0)
        SKIP("two threads never ran at the same time");
    ck_assert_uint_le(wrong, overtaken / 2);
}
END_TEST

/* How often a word occurs in the writable memory of this process, as the kernel
 * sees it; -1: no such view. The word is given inverted, so that the caller
 * does not hold it. Huge mappings are a sanitizer's and left out. */
static long count_in_memory(uint64_t inverted)
{
    static uint64_t copy[512]; /* a page at a time; not looked at itself */
    FILE *maps = fopen("/proc/self/maps", "r");
    FILE *memory = fopen("/proc/self/mem", "r");
    char line[512];
    long count = 0;

    while (maps && memory && fgets(line, sizeof(line), maps)) {
        char *rest;
        uintptr_t begin = strtoul(line, &rest, 16);
        uintptr_t end = strtoul(rest + 1, &rest, 16);

        if (strncmp(rest, " rw", 3) != 0 || end - begin > (64u << 20))
            continue;
        for (uintptr_t at = begin; at < end; at += sizeof(copy)) {
            if (pread(fileno(memory), copy, sizeof(copy), (off_t)at) !=
                (ssize_t)sizeof(copy))
                continue;
            for (size_t i = 0; i < sizeof(copy) / sizeof(copy[0]); i++) {
                uintptr_t word = at + i * sizeof(copy[0]);
                bool is_copy = word >= (uintptr_t)copy &&
                               word < (uintptr_t)copy + sizeof(copy);

                count += !is_copy && copy[i] == ~inverted;
            }
        }
    }

    bool is_view = maps && memory;

    if (maps)
        (void)fclose(maps);
    if (memory)
        (void)fclose(memory);
    return is_view ? count : -1;
}

static void push_secret(struct ring *r, uint64_t inverted, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t secret = ~inverted;

        ring_push(r, &secret, 1);
    }
}

START_TEST(what_was_taken_or_flushed_stays_nowhere_in_memory)
{
    const uint64_t inverted = UINT64_C(0x51e7c0de5afe1234);
    struct ring *r = new_ring();
    size_t lost = 0;
    size_t n = 0;

    if (count_in_memory(inverted) < 0)
        SKIP("there is no /proc/self/maps");
    push_secret(r, inverted, 1000);
    ck_assert_int_ge(count_in_memory(inverted), 1000);
    for (uint64_t taken; n < 600; n++) {
        ck_assert_uint_eq(ring_take(r, &taken, 1, &lost), 1);
        ck_assert(taken == ~inverted);
    }
    ck_assert_int_ge(count_in_memory(inverted), 400);
    ck_assert_int_lt(count_in_memory(inverted), 410); /* copies of ours */
    ring_flush(r);
    ring_sweep(r);
    ck_assert_int_lt(count_in_memory(inverted), 10);
    ring_destroy(r);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(sizes_that_are_not_a_power_of_two_in_range_are_refused),
        TEST(a_full_ring_takes_nothing),
        TEST(samples_keep_their_order_across_every_wrap),
        TEST(a_flush_discards_what_came_before_and_nothing_after),
        TEST(flushed_samples_keep_their_places_until_they_are_swept),
        TEST(taking_counts_what_a_flush_took),
        TEST(the_flush_mark_changes_with_a_flush_that_cost_something),
        TEST(a_flush_overtakes_samples_that_are_being_copied),
        TEST(what_was_taken_or_flushed_stays_nowhere_in_memory),
        TEST(racing_threads_lose_only_flushed_samples_and_see_none_twice),
        {0},
    };
    return run_tests("ring", tests);
}
