/* SPDX-License-Identifier: MIT */
/* The registry, and the tables of all four collectors. */

#include "collectors/collector.h"

#include "base/reason.h"
#include "tests/support/run.h"
#include "tests/support/tunables.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

/* "macos" or "linux": where this test runs. */
static const char *this_platform(void)
{
    struct utsname name;
    ck_assert_int_ge(uname(&name), 0);
    return strcmp(name.sysname, "Darwin") == 0 ? "macos" : "linux";
}

START_TEST(lists_all_four_in_order)
{
    static const char *const names[] = {"mach_ipc", "kqueue_events", "unix_ipc",
                                        "epoll_events"};
    ck_assert_uint_eq(collector_registry_count, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(collector_registry[i]->name, names[i]);
}
END_TEST

START_TEST(all_are_described)
{
    for (size_t i = 0; i < collector_registry_count; i++) {
        const struct collector *c = collector_registry[i];
        ck_assert(c->info != NULL && c->tunables != NULL && c->check != NULL);
        ck_assert_ptr_nonnull(c->info->summary);
        ck_assert_ptr_nonnull(c->info->times);
        ck_assert_ptr_nonnull(c->info->varies_because);
        ck_assert_ptr_nonnull(c->info->measured_where);
        ck_assert_uint_ge(collector_counter_count(c), 1);
    }
}
END_TEST

START_TEST(this_platforms_pair_has_every_function)
{
    int present = 0;
    for (size_t i = 0; i < collector_registry_count; i++) {
        const struct collector *c = collector_registry[i];
        if (strcmp(c->info->platform, this_platform()) != 0)
            continue;
        present++;
        ck_assert(c->probe != NULL && c->open != NULL && c->collect != NULL);
        ck_assert(c->pause != NULL && c->resume != NULL && c->close != NULL);
        ck_assert(c->helper_cpu_ns != NULL && c->counters != NULL);
    }
    ck_assert_int_eq(present, 2);
}
END_TEST

START_TEST(claims_are_half_a_bit_at_most_and_less_unmeasured)
{
    for (size_t i = 0; i < collector_registry_count; i++) {
        const struct collector_info *info = collector_registry[i]->info;
        ck_assert_uint_ge(info->claim_millibits, 1);
        ck_assert_uint_le(info->claim_millibits,
                          info->evidence == EVIDENCE_MEASURED ? 500 : 250);
    }
}
END_TEST

START_TEST(defaults_lie_in_their_ranges)
{
    for (size_t i = 0; i < collector_registry_count; i++) {
        const struct collector *c = collector_registry[i];
        for (size_t t = 0; t < collector_tunable_count(c); t++) {
            const struct tunable *tunable = &c->tunables[t];
            const struct tunable_value *by_default = &tunable->default_value;
            ck_assert_int_le(tunable->min, tunable->max);
            ck_assert_ptr_nonnull(tunable->unit);
            ck_assert_ptr_nonnull(tunable->help);
            ck_assert(!by_default->is_set);
            ck_assert_uint_ge(by_default->count, 1);
            ck_assert_uint_le(by_default->count, tunable->type == TUNABLE_LIST
                                                     ? TUNABLE_LIST_MAX
                                                     : 1);
            for (unsigned v = 0; v < by_default->count; v++) {
                ck_assert_int_ge(by_default->values[v], tunable->min);
                ck_assert_int_le(by_default->values[v], tunable->max);
            }
            if (tunable->type == TUNABLE_BOOLEAN)
                ck_assert(tunable->min == 0 && tunable->max == 1);
        }
    }
}
END_TEST

START_TEST(defaults_pass_the_check_everywhere)
{
    for (size_t i = 0; i < collector_registry_count; i++) {
        const struct collector *c = collector_registry[i];
        struct tunable_value values[32];
        struct reason why = {.text = ""};
        ck_assert_uint_le(collector_tunable_count(c), 32);
        tunable_defaults(c, values);
        ck_assert_msg(c->check(values, &why) == 0, "%s: %s", c->name, why.text);
    }
}
END_TEST

START_TEST(names_are_unique_and_found)
{
    for (size_t i = 0; i < collector_registry_count; i++) {
        const struct collector *c = collector_registry[i];
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(c->name, collector_registry[j]->name);
        /* The first of that name is this one. */
        for (size_t t = 0; t < collector_tunable_count(c); t++)
            ck_assert_int_eq(tunable_index(c, c->tunables[t].name), (int)t);
        ck_assert_int_eq(tunable_index(c, "num_portz"), -1);
        for (size_t n = 0; n < collector_counter_count(c); n++) {
            for (size_t m = 0; m < n; m++)
                ck_assert_str_ne(c->info->counters[n], c->info->counters[m]);
        }
    }
}
END_TEST

START_TEST(seeds_options_keep_their_names_and_defaults)
{
    static const struct {
        const char *collector;
        const char *tunable;
        int64_t by_default;
    } seeds[] = {
        {"mach_ipc", "num_ports", 8},
        {"mach_ipc", "ool_size", 4096},
        {"mach_ipc", "use_complex_messages", 1},
        {"unix_ipc", "num_ports", 8},
        {"unix_ipc", "ool_size", 4096},
        {"unix_ipc", "use_complex_messages", 1},
        {"kqueue_events", "num_timers", 8},
        {"kqueue_events", "num_sockets", 4},
        {"kqueue_events", "num_file_watchers", 4},
        {"kqueue_events", "timeout_ms", 1},
        {"epoll_events", "num_timers", 8},
        {"epoll_events", "num_sockets", 4},
        {"epoll_events", "num_file_watchers", 4},
        {"epoll_events", "timeout_ms", 1},
    };
    for (size_t s = 0; s < sizeof(seeds) / sizeof(seeds[0]); s++) {
        for (size_t i = 0; i < collector_registry_count; i++) {
            const struct collector *c = collector_registry[i];
            if (strcmp(c->name, seeds[s].collector) != 0)
                continue;
            int index = tunable_index(c, seeds[s].tunable);
            ck_assert_int_ge(index, 0);
            ck_assert_int_eq(c->tunables[index].default_value.values[0],
                             seeds[s].by_default);
        }
    }
}
END_TEST

START_TEST(the_other_platforms_pair_says_what_it_needs)
{
    int absent = 0;
    for (size_t i = 0; i < collector_registry_count; i++) {
        const struct collector *c = collector_registry[i];
        struct reason why = {.text = ""};
        if (strcmp(c->info->platform, this_platform()) == 0)
            continue;
        absent++;
        const char *needs = strcmp(c->info->platform, "macos") == 0
                                ? "needs macOS"
                                : "needs Linux";
        ck_assert(!collector_can_run(c, &why));
        ck_assert_ptr_nonnull(strstr(why.text, needs));
        ck_assert_ptr_nonnull(strstr(why.text, c->name));
        ck_assert(c->probe == NULL && c->open == NULL);
    }
    ck_assert_int_eq(absent, 2);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(lists_all_four_in_order),
        TEST(all_are_described),
        TEST(this_platforms_pair_has_every_function),
        TEST(claims_are_half_a_bit_at_most_and_less_unmeasured),
        TEST(defaults_lie_in_their_ranges),
        TEST(defaults_pass_the_check_everywhere),
        TEST(names_are_unique_and_found),
        TEST(seeds_options_keep_their_names_and_defaults),
        TEST(the_other_platforms_pair_says_what_it_needs),
        {0},
    };
    return run_tests("registry", tests);
}
