/* SPDX-License-Identifier: MIT */
/* The behaviour of an IPC collector, for either kernel. */

#include "tests/collectors/ipc/ipc_pair.h"
#include "tests/support/patience.h"
#include "tests/support/tunables.h"

#include "base/reason.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define C ipc_pair_collector

static void check_option(const char *name, int64_t min, int64_t max,
                         int64_t standard)
{
    int index = tunable_index(C, name);
    ck_assert_msg(index >= 0, "no option %s", name);
    const struct tunable *t = &C->tunables[index];
    ck_assert_int_eq(t->min, min);
    ck_assert_int_eq(t->max, max);
    ck_assert_int_eq(t->default_value.values[0], standard);
    ck_assert(!t->default_value.is_set);
}

START_TEST(options_have_the_documented_ranges)
{
    check_option("num_ports", 1, 64, 8);
    check_option("ool_size", 1, 1048576, 4096);
    check_option("ool_sizes", 1, 1048576, 4096);
    check_option("use_complex_messages", 0, 1, 1);
    ck_assert_uint_eq(collector_tunable_count(C), IPC_TUNABLES_COUNT);
    const struct tunable_value *sizes =
        &C->tunables[IPC_OOL_SIZES].default_value;
    ck_assert_uint_eq(sizes->count, 3);
    ck_assert_int_eq(sizes->values[1], 16384);
    ck_assert_int_eq(sizes->values[2], 49152);
    struct reason why = {.text = ""};
    ck_assert_msg(C->probe(&why) == 0, "probe: %s", why.text);
}
END_TEST

START_TEST(two_kinds_of_size_are_refused)
{
    struct tunable_value values[IPC_TUNABLES_COUNT];
    struct reason why = {.text = ""};
    ipc_pair_values(NULL, values);
    ck_assert_int_eq(C->check(values, &why), 0);
    values[IPC_OOL_SIZE].is_set = true;
    ck_assert_int_eq(C->check(values, &why), 0);
    values[IPC_OOL_SIZES].is_set = true;
    ck_assert_int_eq(C->check(values, &why), -EINVAL);
    ck_assert_ptr_nonnull(strstr(why.text, "ool_sizes"));
}
END_TEST

START_TEST(every_message_sent_is_received)
{
    void *self = ipc_pair_open(NULL);
    long wanted = scaled(20000);
    ipc_pair_collect(self, wanted);
    ipc_pair_settle(self, wanted);
    uint64_t received = ipc_pair_counter(self, IPC_PAIR_RECEIVED);
    ck_assert_uint_eq(received, (uint64_t)wanted);
    ck_assert_uint_gt(C->helper_cpu_ns(self), 0);
    C->close(self);
}
END_TEST

START_TEST(the_ends_of_the_ranges_work)
{
    static const struct ipc_setting ends[][3] = {
        {{IPC_NUM_PORTS, 1}, {IPC_OOL_SIZE, 1}, {IPC_TUNABLES_COUNT, 0}},
        {{IPC_NUM_PORTS, 1}, {IPC_OOL_SIZE, 1048576}, {IPC_TUNABLES_COUNT, 0}},
        {{IPC_NUM_PORTS, 64}, {IPC_OOL_SIZE, 1}, {IPC_TUNABLES_COUNT, 0}},
        {{IPC_NUM_PORTS, 64}, {IPC_OOL_SIZE, 4097}, {IPC_TUNABLES_COUNT, 0}},
    };
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        void *self = ipc_pair_open(ends[i]);
        ipc_pair_collect(self, 1000);
        C->close(self);
    }
}
END_TEST

START_TEST(it_works_without_memory)
{
    static const struct ipc_setting simple[] = {{IPC_USE_COMPLEX_MESSAGES, 0},
                                                {IPC_TUNABLES_COUNT, 0}};
    struct resources before = ipc_pair_warm_resources();
    void *self = ipc_pair_open(simple);
    ipc_pair_collect(self, scaled(20000));
    C->pause(self);
    struct reason why = {.text = ""};
    ck_assert_int_eq(C->resume(self, &why), 0);
    ipc_pair_collect(self, 100);
    C->close(self);
    ipc_pair_holds_no_more_than(before);
}
END_TEST

START_TEST(two_at_a_time_are_independent)
{
    void *one = ipc_pair_open(NULL);
    void *two = ipc_pair_open(NULL);
    ipc_pair_collect(one, 1000);
    ipc_pair_collect(two, 1000);
    C->close(one);
    ipc_pair_collect(two, 1000);
    C->close(two);
    C->close(NULL);
}
END_TEST

START_TEST(a_paused_collector_costs_nothing)
{
    const struct timespec pause = {.tv_sec = 1};
    void *self = ipc_pair_open(NULL);
    uint64_t before_ns;
    int waited_ms = 0;
    ipc_pair_collect(self, 1000);
    C->pause(self);
    C->pause(self);
    ipc_pair_settle(self, 1000);
    /* On a busy machine it may not have gone to sleep yet. One that never does
     * uses some time in each second, even there. */
    do {
        ck_assert_int_lt(waited_ms, PATIENCE_MS);
        before_ns = C->helper_cpu_ns(self);
        nanosleep(&pause, NULL);
        waited_ms += 1000;
    } while (C->helper_cpu_ns(self) != before_ns);
    C->close(self);
}
END_TEST

START_TEST(it_goes_on_after_a_pause)
{
    void *self = ipc_pair_open(NULL);
    struct reason why = {.text = ""};
    ck_assert_int_eq(C->resume(self, &why), 0);
    uint64_t helper_ns = 0;
    for (int i = 0; i < 10; i++) {
        ipc_pair_collect(self, 300);
        C->pause(self);
        ck_assert_int_eq(C->resume(self, &why), 0);
        uint64_t now_ns = C->helper_cpu_ns(self);
        ck_assert_uint_ge(now_ns, helper_ns);
        helper_ns = now_ns;
    }
    C->close(self);
}
END_TEST

START_TEST(it_closes_with_messages_on_the_way)
{
    for (long i = 0; i < scaled(200); i++) {
        void *self = ipc_pair_open(NULL);
        ipc_pair_collect(self, 1 + i % 20);
        C->close(self);
    }
}
END_TEST

START_TEST(open_and_close_return_everything)
{
    for (int i = 0; i < 5; i++)
        C->close(ipc_pair_open(NULL));
    struct resources before = resources_now();
    for (long i = 0; i < scaled(1000); i++) {
        void *self = ipc_pair_open(NULL);
        if (i % 10 == 0)
            ipc_pair_collect(self, 20);
        C->close(self);
    }
    ipc_pair_holds_no_more_than(before);
}
END_TEST

START_TEST(pause_and_resume_return_everything)
{
    struct reason why = {.text = ""};
    void *self = ipc_pair_open(NULL);
    ipc_pair_collect(self, 100);
    C->pause(self);
    ipc_pair_settle(self, 100);
    struct resources before = resources_now();
    long rounds = scaled(1000);
    for (long i = 0; i < rounds; i++) {
        ck_assert_int_eq(C->resume(self, &why), 0);
        ipc_pair_collect(self, 20);
        C->pause(self);
    }
    ipc_pair_settle(self, 100 + 20 * rounds);
    ipc_pair_holds_no_more_than(before);
    C->close(self);
}
END_TEST

const struct test_entry ipc_pair_tests[] = {
    TEST(options_have_the_documented_ranges),
    TEST(two_kinds_of_size_are_refused),
    TEST(every_message_sent_is_received),
    TEST(the_ends_of_the_ranges_work),
    TEST(it_works_without_memory),
    TEST(two_at_a_time_are_independent),
    TEST(a_paused_collector_costs_nothing),
    TEST(it_goes_on_after_a_pause),
    TEST(it_closes_with_messages_on_the_way),
    TEST(open_and_close_return_everything),
    TEST(pause_and_resume_return_everything),
    {0},
};
