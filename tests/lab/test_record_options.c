/* What --record and --assess take, and what they refuse. */

#include "tests/daemon/parse.h"

#include "base/reason.h"
#include "tests/support/run.h"

#include <errno.h>

START_TEST(a_recording_takes_a_million_samples_unless_told)
{
    struct options o;
    struct reason why;
    ck_assert_int_eq(PARSE(&o, why, "--record", "unix_ipc", "-o", "d"), 0);
    ck_assert_int_eq(o.mode, OPTIONS_RECORD);
    ck_assert_str_eq(o.evidence.source, "unix_ipc");
    ck_assert_str_eq(o.evidence.directory, "d");
    ck_assert_uint_eq(o.evidence.samples, 1000000);
    ck_assert_uint_eq(o.evidence.restarts, 0);
}
END_TEST

START_TEST(short_and_long_options_say_the_same)
{
    struct options o;
    struct reason why;
    ck_assert_int_eq(
        PARSE(&o, why, "--record=unix_ipc", "-n", "5000", "-o", "d"), 0);
    ck_assert_uint_eq(o.evidence.samples, 5000);
    ck_assert_int_eq(PARSE(&o, why, "--record=unix_ipc", "--samples=5000",
                           "--output=d", "--set",
                           "sources.unix_ipc.num_ports=2"),
                     0);
    ck_assert_uint_eq(o.evidence.samples, 5000);
    ck_assert_uint_eq(o.setting_count, 1);
}
END_TEST

START_TEST(restarts_are_rows_of_samples)
{
    struct options o;
    struct reason why;
    ck_assert_int_eq(PARSE(&o, why, "--record", "unix_ipc", "--restarts",
                           "1000x500", "-o", "d"),
                     0);
    ck_assert_uint_eq(o.evidence.restarts, 1000);
    ck_assert_uint_eq(o.evidence.row_samples, 500);
    ck_assert_uint_eq(o.evidence.samples, 500000);
}
END_TEST

START_TEST(assess_takes_a_directory)
{
    struct options o;
    struct reason why;
    ck_assert_int_eq(PARSE(&o, why, "--assess", "d"), 0);
    ck_assert_int_eq(o.mode, OPTIONS_ASSESS);
    ck_assert_str_eq(o.evidence.assessed, "d");
}
END_TEST

START_TEST(bad_usage_names_what_and_the_range)
{
    static const struct {
        const char *arguments[7];
        const char *message;
    } cases[] = {
        {{"--record", "x"},
         "--record needs a directory for its files: --output"},
        {{"--record", "", "-o", "d"}, "--record needs a name, not \"\""},
        {{"--record", "x", "-o", ""}, "--output needs a name, not \"\""},
        {{"-n", "2000"}, "--samples belongs to --record"},
        {{"-o", "d"}, "--output belongs to --record"},
        {{"--restarts", "9x999"}, "--restarts belongs to --record"},
        {{"--record", "x", "-o", "d", "-n", "1023"},
         "--samples \"1023\": a whole number of samples, 1024 to 100000000"},
        {{"--record", "x", "-o", "d", "-n", "-5"},
         "--samples \"-5\": a whole number of samples, 1024 to 100000000"},
        {{"--record", "x", "-o", "d", "-n", "2k"},
         "--samples \"2k\": a whole number of samples, 1024 to 100000000"},
        {{"--record", "x", "-o", "d", "-n", "99999999999999999999"},
         "--samples \"99999999999999999999\": a whole number of samples, 1024 "
         "to 100000000"},
        {{"--record", "x", "-o", "d", "--restarts", "1000"},
         "--restarts \"1000\": RESTARTSxSAMPLES, 2 to 100000 restarts of 32 to "
         "100000 samples"},
        {{"--record", "x", "-o", "d", "--restarts", "1x1000"},
         "--restarts \"1x1000\": RESTARTSxSAMPLES, 2 to 100000 restarts of 32 "
         "to 100000 samples"},
        {{"--record", "x", "-o", "d", "--restarts", "100000x100000"},
         "--restarts 100000x100000 makes 10000000000 samples; 1024 to "
         "100000000 in all"},
        {{"--record", "x", "-o", "d", "-n", "2000", "--restarts=40x40"},
         "--samples and --restarts both say how many samples; give one of "
         "them"},
        {{"--record", "x", "--assess", "d"},
         "--help, --version, --check-config, --print-config, --record and "
         "--assess are mutually exclusive"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *arguments[8] = {NULL};
        struct options o;
        struct reason why;
        for (size_t k = 0; k < 7; k++)
            arguments[k] = cases[i].arguments[k];
        ck_assert_int_eq(parse(&o, arguments, &why), -EINVAL);
        ck_assert_str_eq(why.text, cases[i].message);
    }
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_recording_takes_a_million_samples_unless_told),
        TEST(short_and_long_options_say_the_same),
        TEST(restarts_are_rows_of_samples),
        TEST(assess_takes_a_directory),
        TEST(bad_usage_names_what_and_the_range),
        {0},
    };
    return run_tests("evidence_options", tests);
}
