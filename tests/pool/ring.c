/* The ring: order, wrap-around, flush, and two threads that race. */

#include "daemon/pool/ring.h"

#include "tests/support/run.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

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

START_TEST(sizes_that_are_no_power_of_two_in_range_are_refused)
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

START_TEST(a_flush_makes_all_of_it_worthless_and_nothing_after_it)
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

int main(void)
{
    const struct test_entry tests[] = {
        TEST(sizes_that_are_no_power_of_two_in_range_are_refused),
        TEST(a_full_ring_takes_nothing),
        TEST(samples_keep_their_order_across_every_wrap),
        TEST(a_flush_makes_all_of_it_worthless_and_nothing_after_it),
        TEST(flushed_samples_keep_their_places_until_they_are_swept),
        TEST(taking_counts_what_a_flush_took),
        TEST(the_flush_mark_changes_with_a_flush_that_cost_something),
        TEST(racing_threads_lose_only_flushed_samples_and_see_none_twice),
        {0},
    };
    return run_tests("ring", tests);
}
