/* SPDX-License-Identifier: MIT */
/* The last changes of state. */

#include "daemon/source/history.h"

#include "base/monotonic.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct collector collector = {.name = "one"};
static const struct source source = {.collector = &collector};

static void add(struct history *h, unsigned number)
{
    struct source_move move = {.from = SOURCE_STARTING,
                               .to = SOURCE_HEALTHY,
                               .at_ms = monotonic_now_ms()};
    (void)snprintf(move.reason, sizeof(move.reason), "change %u", number);
    history_add(h, &source, &move);
}

START_TEST(the_last_twenty_are_kept_oldest_first)
{
    static struct history h;
    char reason[32];
    ck_assert_uint_eq(history_count(&h), 0);
    for (unsigned n = 1; n <= 3 * HISTORY_MAX + 7; n++) {
        add(&h, n);
        size_t count = history_count(&h);
        ck_assert_uint_eq(count, n < HISTORY_MAX ? n : HISTORY_MAX);
        for (size_t i = 0; i < count; i++) {
            (void)snprintf(reason, sizeof(reason), "change %zu",
                           n - count + 1 + i);
            ck_assert_str_eq(history_get(&h, i)->reason, reason);
        }
    }
}
END_TEST

START_TEST(a_change_has_the_time_at_which_it_happened)
{
    static struct history h;
    struct source_move move = {.from = SOURCE_HEALTHY, .to = SOURCE_SUSPECT};
    uint64_t now = monotonic_now_ms();
    move.at_ms = now > 5000 ? now - 5000 : 0;
    int64_t age = (int64_t)(now - move.at_ms);
    int64_t before = (int64_t)time(NULL) * 1000 - age;
    history_add(&h, &source, &move);
    int64_t after = ((int64_t)time(NULL) + 1) * 1000 - age;
    const struct history_entry *entry = history_get(&h, 0);
    ck_assert_int_ge(entry->time_ms, before - 10);
    ck_assert_int_le(entry->time_ms, after + 10);
    ck_assert_ptr_eq(entry->collector, &collector);
    ck_assert_int_eq(entry->from, SOURCE_HEALTHY);
    ck_assert_int_eq(entry->to, SOURCE_SUSPECT);
    ck_assert_str_eq(entry->reason, "");
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_last_twenty_are_kept_oldest_first),
        TEST(a_change_has_the_time_at_which_it_happened),
        {0},
    };
    return run_tests("history", tests);
}
