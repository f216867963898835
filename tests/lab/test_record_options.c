/* SPDX-License-Identifier: MIT */
/* What a recording may be asked for. */

#include "lab/record_options.h"

#include "tests/fakes/faults/faults.h"
#include "tests/support/run.h"

#include <errno.h>
#include <string.h>

static const struct tunable_value *value_of(const struct record_request *r,
                                            const char *name)
{
    for (size_t i = 0;; i++) {
        ck_assert_ptr_nonnull(r->collector->tunables[i].name);
        if (strcmp(r->collector->tunables[i].name, name) == 0)
            return &r->tunables[i];
    }
}

static struct record_request request_of(const char *source)
{
    struct record_request request;
    record_request_init(&request, fault_find(source));
    request.directory = "d";
    return request;
}

START_TEST(a_recording_takes_a_million_samples_by_default)
{
    struct record_request r = request_of("good");
    struct reason why;
    ck_assert_int_eq(record_check(&r, &why), 0);
    ck_assert_uint_eq(r.samples, 1000000);
    ck_assert_uint_eq(r.restarts, 0);
    ck_assert_uint_eq(r.claim_millibits, r.collector->info->claim_millibits);
    ck_assert_uint_eq(r.stall_ms, 10000);
    r = request_of("good");
    ck_assert_int_eq(record_take_samples(&r, "5000", &why), 0);
    ck_assert_int_eq(record_check(&r, &why), 0);
    ck_assert_uint_eq(r.samples, 5000);
}
END_TEST

START_TEST(restarts_are_rows_of_samples)
{
    struct record_request r = request_of("good");
    struct reason why;
    ck_assert_int_eq(record_take_restarts(&r, "1000x500", &why), 0);
    ck_assert_int_eq(record_check(&r, &why), 0);
    ck_assert_uint_eq(r.restarts, 1000);
    ck_assert_uint_eq(r.row_samples, 500);
    ck_assert_uint_eq(r.samples, 500000);
}
END_TEST

START_TEST(settings_are_the_sources_tunables_and_its_claim)
{
    struct record_request r = request_of("good");
    struct reason why;
    ck_assert_int_eq(record_take_setting(&r, "onset=7", &why), 0);
    ck_assert_int_eq(value_of(&r, "onset")->values[0], 7);
    ck_assert(value_of(&r, "onset")->is_set);
    ck_assert_int_eq(record_take_setting(&r, "sources.good.onset=9", &why), 0);
    ck_assert_int_eq(value_of(&r, "onset")->values[0], 9);
    ck_assert_int_eq(record_take_setting(&r, "claim_bits=0.125", &why), 0);
    ck_assert_uint_eq(r.claim_millibits, 125);
    ck_assert_int_eq(record_take_setting(&r, "claim_bits=1", &why), 0);
    ck_assert_uint_eq(r.claim_millibits, 1000);
}
END_TEST

/* The kernel's sources have all kinds of tunables, on every platform. */
static struct record_request unix_ipc(void)
{
    struct record_request request;
    for (size_t i = 0;; i++) {
        ck_assert_uint_lt(i, collector_registry_count);
        if (strcmp(collector_registry[i]->name, "unix_ipc") != 0)
            continue;
        record_request_init(&request, collector_registry[i]);
        request.directory = "d";
        return request;
    }
}

START_TEST(lists_and_booleans_are_read)
{
    struct record_request r = unix_ipc();
    struct reason why;
    ck_assert_int_eq(record_take_setting(&r, "ool_sizes=4096,8192", &why), 0);
    ck_assert_uint_eq(value_of(&r, "ool_sizes")->count, 2);
    ck_assert_int_eq(value_of(&r, "ool_sizes")->values[1], 8192);
    ck_assert_int_eq(
        record_take_setting(&r, "use_complex_messages=false", &why), 0);
    ck_assert_int_eq(value_of(&r, "use_complex_messages")->values[0], 0);
}
END_TEST

typedef int (*take)(struct record_request *, const char *, struct reason *);

START_TEST(bad_usage_names_what_and_the_range)
{
    static const struct {
        take take;
        const char *text, *message;
    } cases[] = {
        {record_take_samples, "1023",
         "--samples \"1023\": a whole number of samples, 1024 to 100000000"},
        {record_take_samples, "-5",
         "--samples \"-5\": a whole number of samples, 1024 to 100000000"},
        {record_take_samples, "2k",
         "--samples \"2k\": a whole number of samples, 1024 to 100000000"},
        {record_take_samples, "99999999999999999999",
         "--samples \"99999999999999999999\": a whole number of samples, 1024 "
         "to 100000000"},
        {record_take_restarts, "1000",
         "--restarts \"1000\": RESTARTSxSAMPLES, 2 to 100000 restarts of 32 to "
         "100000 samples"},
        {record_take_restarts, "1x1000",
         "--restarts \"1x1000\": RESTARTSxSAMPLES, 2 to 100000 restarts of 32 "
         "to 100000 samples"},
        {record_take_setting, "num_ports",
         "--set \"num_ports\": not of the form KEY=VALUE"},
        {record_take_setting, "num_port=3",
         "unix_ipc has no setting \"num_port\" (did you mean num_ports?)"},
        {record_take_setting, "sources.epoll_events.num_timers=3",
         "unix_ipc has no setting \"sources.epoll_events.num_timers\""},
        {record_take_setting, "enabled=true",
         "unix_ipc has no setting \"enabled\""},
        {record_take_setting, "num_ports=65",
         "num_ports: must be a whole number from 1 to 64, is \"65\""},
        {record_take_setting, "num_ports=1,2",
         "num_ports: must be a whole number from 1 to 64, is \"1,2\""},
        {record_take_setting, "use_complex_messages=yes",
         "use_complex_messages: must be true or false, is \"yes\""},
        {record_take_setting, "ool_sizes=1,,2",
         "ool_sizes: must be a list of 1 to 8 whole numbers from 1 to 1048576, "
         "is \"1,,2\""},
        {record_take_setting, "ool_sizes=1,2,3,4,5,6,7,8,9",
         "ool_sizes: must be a list of 1 to 8 whole numbers from 1 to 1048576, "
         "is \"1,2,3,4,5,6,7,8,9\""},
        {record_take_setting, "claim_bits=1.001",
         "claim_bits: must be a number from 0.001 to 1 with at most three "
         "decimals, is \"1.001\""},
        {record_take_setting, "claim_bits=0x1",
         "claim_bits: must be a number from 0.001 to 1 with at most three "
         "decimals, is \"0x1\""},
        {record_take_setting, "claim_bits=0.1234",
         "claim_bits: must be a number from 0.001 to 1 with at most three "
         "decimals, is \"0.1234\""},
        {record_take_setting, "claim_bits=nan",
         "claim_bits: must be a number from 0.001 to 1 with at most three "
         "decimals, is \"nan\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct record_request r = unix_ipc();
        struct reason why = {.text = ""};
        ck_assert_int_eq(cases[i].take(&r, cases[i].text, &why), -EINVAL);
        ck_assert_str_eq(why.text, cases[i].message);
    }
}
END_TEST

START_TEST(what_does_not_fit_together_is_refused)
{
    struct record_request r = unix_ipc();
    struct reason why;
    r.directory = NULL;
    ck_assert_int_eq(record_check(&r, &why), -EINVAL);
    ck_assert_str_eq(why.text,
                     "a recording needs a directory for its files: --output");
    r.directory = "";
    ck_assert_int_eq(record_check(&r, &why), -EINVAL);
    ck_assert_str_eq(why.text, "--output needs a name, not \"\"");
    r = unix_ipc();
    r.samples = 2000;
    ck_assert_int_eq(record_take_restarts(&r, "40x40", &why), 0);
    ck_assert_int_eq(record_check(&r, &why), -EINVAL);
    ck_assert_str_eq(why.text, "--samples and --restarts both say how many "
                               "samples; give one of them");
    r = unix_ipc();
    ck_assert_int_eq(record_take_restarts(&r, "100000x100000", &why), 0);
    ck_assert_int_eq(record_check(&r, &why), -EINVAL);
    ck_assert_str_eq(why.text, "--restarts 100000x100000 makes 10000000000 "
                               "samples; 1024 to 100000000 in all");
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_recording_takes_a_million_samples_by_default),
        TEST(restarts_are_rows_of_samples),
        TEST(settings_are_the_sources_tunables_and_its_claim),
        TEST(lists_and_booleans_are_read),
        TEST(bad_usage_names_what_and_the_range),
        TEST(what_does_not_fit_together_is_refused),
        {0},
    };
    return run_tests("record_options", tests);
}
