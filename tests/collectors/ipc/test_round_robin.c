/* SPDX-License-Identifier: MIT */
/* Turns over ports and sizes. */

#include "collectors/ipc/ipc_tunables.h"

#include "base/reason.h"
#include "tests/support/run.h"

#include <errno.h>
#include <string.h>

static const struct tunable *const options = ipc_tunables;

static void start(struct round_robin *rr, unsigned ports, unsigned sizes)
{
    struct tunable_value values[IPC_TUNABLES_COUNT];
    for (int i = 0; i < IPC_TUNABLES_COUNT; i++)
        values[i] = options[i].default_value;
    values[IPC_NUM_PORTS].values[0] = ports;
    values[IPC_OOL_SIZES].count = sizes;
    for (unsigned i = 0; i < sizes; i++)
        values[IPC_OOL_SIZES].values[i] = 100 + i;
    round_robin_init(rr, values);
}

START_TEST(ports_take_turns_in_order)
{
    struct round_robin rr;
    start(&rr, 3, 2);
    for (unsigned i = 0; i < 30; i++)
        ck_assert_uint_eq(round_robin_next(&rr).port, i % 3);
}
END_TEST

START_TEST(sizes_take_turns_in_order)
{
    struct round_robin rr;
    start(&rr, 8, 3);
    for (unsigned i = 0; i < 24; i++)
        ck_assert_uint_eq(round_robin_next(&rr).size, i % 3);
}
END_TEST

START_TEST(all_begins_again_after_the_period)
{
    struct tunable_value values[IPC_TUNABLES_COUNT];
    for (int i = 0; i < IPC_TUNABLES_COUNT; i++)
        values[i] = ipc_tunables[i].default_value;
    ck_assert_uint_eq(ipc_period(values), 24);
    for (unsigned ports = 1; ports <= IPC_PORTS_MAX; ports++) {
        for (unsigned sizes = 1; sizes <= TUNABLE_LIST_MAX; sizes++) {
            struct round_robin first, second;
            start(&first, ports, sizes);
            start(&second, ports, sizes);
            values[IPC_NUM_PORTS].values[0] = ports;
            values[IPC_OOL_SIZES].count = sizes;
            unsigned period = ipc_period(values);
            ck_assert_uint_le(period, COLLECTOR_PERIOD_MAX);
            for (unsigned i = 0; i < period; i++)
                (void)round_robin_next(&second);
            for (unsigned i = 0; i < 2 * period; i++) {
                struct turn a = round_robin_next(&first);
                struct turn b = round_robin_next(&second);
                ck_assert_msg(a.port == b.port && a.size == b.size,
                              "%u ports, %u sizes", ports, sizes);
            }
        }
    }
}
END_TEST

START_TEST(every_port_meets_every_size_once_a_cycle)
{
    for (unsigned ports = 1; ports <= IPC_PORTS_MAX; ports++) {
        for (unsigned sizes = 1; sizes <= TUNABLE_LIST_MAX; sizes++) {
            unsigned met[IPC_PORTS_MAX][TUNABLE_LIST_MAX] = {{0}};
            struct round_robin rr;
            start(&rr, ports, sizes);
            for (unsigned cycle = 1; cycle <= 3; cycle++) {
                for (unsigned i = 0; i < ports * sizes; i++) {
                    struct turn turn = round_robin_next(&rr);
                    met[turn.port][turn.size]++;
                }
                for (unsigned p = 0; p < ports; p++) {
                    for (unsigned s = 0; s < sizes; s++)
                        ck_assert_uint_eq(met[p][s], cycle);
                }
            }
        }
    }
}
END_TEST

START_TEST(the_list_holds_unless_ool_size_is_set)
{
    struct tunable_value values[IPC_TUNABLES_COUNT];
    for (int i = 0; i < IPC_TUNABLES_COUNT; i++)
        values[i] = options[i].default_value;
    struct round_robin rr;
    round_robin_init(&rr, values);
    ck_assert_uint_eq(rr.sizes, 3);
    ck_assert_uint_eq(rr.size_bytes[0], 4096);
    ck_assert_uint_eq(rr.size_bytes[1], 16384);
    ck_assert_uint_eq(rr.size_bytes[2], 49152);

    values[IPC_OOL_SIZE].is_set = true;
    values[IPC_OOL_SIZE].values[0] = 12345;
    round_robin_init(&rr, values);
    ck_assert_uint_eq(rr.sizes, 1);
    ck_assert_uint_eq(rr.size_bytes[0], 12345);
}
END_TEST

START_TEST(both_kinds_of_size_at_once_are_refused)
{
    struct tunable_value values[IPC_TUNABLES_COUNT];
    for (int i = 0; i < IPC_TUNABLES_COUNT; i++)
        values[i] = options[i].default_value;
    struct reason why = {.text = ""};
    ck_assert_int_eq(ipc_check(values, &why), 0);
    values[IPC_OOL_SIZES].is_set = true;
    ck_assert_int_eq(ipc_check(values, &why), 0);
    values[IPC_OOL_SIZE].is_set = true;
    ck_assert_int_eq(ipc_check(values, &why), -EINVAL);
    ck_assert_ptr_nonnull(strstr(why.text, "ool_size and ool_sizes"));
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(ports_take_turns_in_order),
        TEST(sizes_take_turns_in_order),
        TEST(all_begins_again_after_the_period),
        TEST(every_port_meets_every_size_once_a_cycle),
        TEST(the_list_holds_unless_ool_size_is_set),
        TEST(both_kinds_of_size_at_once_are_refused),
        {0},
    };
    return run_tests("round_robin", tests);
}
