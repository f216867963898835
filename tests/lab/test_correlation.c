/* SPDX-License-Identifier: MIT */
/* Two recordings whose dependence is known. */

#include "lab/correlation.h"

#include "lab/record.h"
#include "tests/support/assert_has.h"
#include "tests/support/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Samples, and how long each takes on average: 4 s in all. */
#define N       200000
#define MEAN_NS 20000u

/* Samples from one mark of time to the next. */
#define STRIDE 1000

struct made {
    struct dataset data;
    uint64_t ticks[N];
    uint8_t symbols[N];
};

static struct made a;
static struct made b;

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

/* What both have in common: another load every 20 ms, by chance. */
static double load_at(uint64_t ns)
{
    uint64_t x = ns / 20000000;
    x = (x ^ x << 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x >> 63 != 0 ? 1.5 : 0.5;
}

/* Symbols are noise of their own; durations too, times the load if that is
 * shared. The first sample begins at `begin`. */
static void make(struct made *m, uint64_t seed, uint64_t begin, bool is_loaded)
{
    json_t *samples = json_array();
    json_t *ticks = json_array();
    uint64_t at = begin;
    uint64_t state = seed;
    for (size_t i = 0; i < N; i++) {
        double load = is_loaded ? load_at(at) : 1;
        uint32_t noise = next_random(&state) % (2 * MEAN_NS);
        if (i % STRIDE == 0) {
            json_array_append_new(samples, json_integer((json_int_t)i));
            json_array_append_new(ticks, json_integer((json_int_t)at));
        }
        m->ticks[i] = (uint64_t)(noise * load);
        m->symbols[i] = (uint8_t)next_random(&state);
        at += m->ticks[i];
    }
    m->data =
        (struct dataset){.n = N, .symbols = m->symbols, .ticks = m->ticks};
    m->data.record = json_pack("{s:{s:[i,i]}, s:{s:{s:o, s:o}}}", "clock",
                               "tick_ns_ratio", 1, 1, "run", "time_marks",
                               "samples", samples, "ticks", ticks);
    ck_assert_ptr_nonnull(m->data.record);
}

static void run(struct correlation *c)
{
    struct reason why = {.text = ""};
    ck_assert_msg(correlation_run(c, &a.data, &b.data, &why) == 0, "%s",
                  why.text);
}

static void drop(void)
{
    json_decref(a.data.record);
    json_decref(b.data.record);
}

START_TEST(independent_ones_are_called_so)
{
    struct correlation c;
    make(&a, 1, 5000000000, false);
    make(&b, 2, 5300000000, false);
    run(&c);
    ck_assert(!c.are_durations_correlated);
    ck_assert(!c.are_symbols_dependent);
    ck_assert_double_eq_tol(c.seconds, 3.7, 0.1);
    ck_assert_uint_gt(c.pairs, 170000);
    for (size_t i = 0; i < 2 * CORRELATION_PAIRS + 1; i++)
        ck_assert_double_lt(c.bits[i], 2 * c.chance_bits);
    drop();
}
END_TEST

START_TEST(a_common_load_shows_in_durations_alone)
{
    struct correlation c;
    make(&a, 1, 5000000000, true);
    make(&b, 2, 5000000000, true);
    run(&c);
    ck_assert(c.are_durations_correlated);
    ck_assert(!c.are_symbols_dependent);
    ck_assert_int_le(abs(c.duration_lag), 1);
    ck_assert_double_gt(c.durations[c.duration_lag + CORRELATION_SLOTS],
                        c.bound);
    drop();
}
END_TEST

/* Each symbol of the one is that of the other three samples later. */
START_TEST(symbols_that_tell_of_each_other_are_found)
{
    struct correlation c;
    make(&a, 1, 5000000000, false);
    make(&b, 1, 5000000000, false);
    for (size_t i = 3; i < N; i++)
        b.symbols[i] = a.symbols[i - 3];
    run(&c);
    ck_assert(c.are_symbols_dependent);
    ck_assert_int_eq(c.symbol_lag, 3);
    ck_assert_double_gt(c.bits[3 + CORRELATION_PAIRS], 3.9);
    ck_assert_double_lt(c.bits[CORRELATION_PAIRS], 0.01);
    drop();
}
END_TEST

START_TEST(what_cannot_be_compared_is_refused)
{
    struct correlation c;
    struct reason why;
    make(&a, 1, 5000000000, false);
    make(&b, 2, 60000000000, false);
    ck_assert_int_eq(correlation_run(&c, &a.data, &b.data, &why), -EINVAL);
    assert_has(why.text, "both were recording during 0.0 s");
    json_object_clear(json_object_get(b.data.record, "run"));
    ck_assert_int_eq(correlation_run(&c, &a.data, &b.data, &why), -EINVAL);
    assert_has(why.text, "recording B does not say when");
    /* Marks beyond the end, or out of order. */
    json_t *samples = json_object_get(
        json_object_get(json_object_get(a.data.record, "run"), "time_marks"),
        "samples");
    json_array_set_new(samples, 5, json_integer(N + 1));
    ck_assert_int_eq(correlation_run(&c, &a.data, &a.data, &why), -EINVAL);
    assert_has(why.text, "recording A does not say when");
    drop();
}
END_TEST

/* However long a recording is, its marks are evenly spaced and begin at 0. */
START_TEST(marks_thin_out)
{
    static struct record_marks marks;
    for (uint64_t i = 0; i <= 5000; i++)
        record_marks_add(&marks, 256 * i, 1000 * i);
    ck_assert_uint_eq(marks.stride, 8);
    ck_assert_uint_eq(marks.count, 626);
    for (unsigned i = 0; i < marks.count; i++) {
        ck_assert_uint_eq(marks.all[i].samples, UINT64_C(256) * 8 * i);
        ck_assert_uint_eq(marks.all[i].ticks, UINT64_C(8000) * i);
    }
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(independent_ones_are_called_so),
        TEST(a_common_load_shows_in_durations_alone),
        TEST(symbols_that_tell_of_each_other_are_found),
        TEST(what_cannot_be_compared_is_refused),
        TEST(marks_thin_out),
        {0},
    };
    return run_tests("correlation", tests);
}
