/* SPDX-License-Identifier: MIT */
/* Whole numbers as text. */

#include "base/number.h"

#include "tests/support/run.h"

#include <errno.h>

static int64_t parsed(const char *text, int64_t min, int64_t max)
{
    int64_t value = 77;
    ck_assert_int_eq(number_parse(text, min, max, &value), 0);
    return value;
}

static void check_refused(const char *text, int64_t min, int64_t max, int rc)
{
    int64_t value = 77;
    ck_assert_msg(number_parse(text, min, max, &value) == rc, "\"%s\"", text);
    ck_assert_int_eq(value, 77);
}

START_TEST(the_ends_of_the_range_are_in_it)
{
    ck_assert_int_eq(parsed("0", 0, 10), 0);
    ck_assert_int_eq(parsed("10", 0, 10), 10);
    ck_assert_int_eq(parsed("007", 0, 10), 7);
    ck_assert_int_eq(parsed("-1", -1, 10), -1);
    check_refused("11", 0, 10, -ERANGE);
    check_refused("-2", -1, 10, -ERANGE);
}
END_TEST

START_TEST(the_ends_of_64_bits_are_read_and_no_further)
{
    ck_assert_int_eq(parsed("9223372036854775807", 0, INT64_MAX), INT64_MAX);
    ck_assert_int_eq(parsed("-9223372036854775808", INT64_MIN, 0), INT64_MIN);
    check_refused("9223372036854775808", 0, INT64_MAX, -ERANGE);
    check_refused("9223372036854775808", INT64_MIN, INT64_MAX, -ERANGE);
    check_refused("-9223372036854775809", INT64_MIN, 0, -ERANGE);
    check_refused("92233720368547758070", 0, INT64_MAX, -ERANGE);
}
END_TEST

START_TEST(only_digits_are_a_number)
{
    static const char *const texts[] = {
        "",    "-",   "+1",  " 1",  "1 ", "1k",
        "0x1", "1e3", "1.0", "--1", "-1", "9223372036854775808x"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check_refused(texts[i], 0, 10, -EINVAL);
}
END_TEST

START_TEST(sizes_are_multiples_of_1024)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } sizes[] = {
        {"1", 1},        {"2k", 2048},    {"2K", 2048},
        {"3M", 3 << 20}, {"1G", 1 << 30}, {"0", 0},
    };
    static const char *const wrong[] = {"",    "k",   "1kk", "1kB", "1 k",
                                        "-1k", "1.5", "1m",  "1g"};
    int64_t value = 77;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        ck_assert_int_eq(number_parse_size(sizes[i].text, 0, INT64_MAX, &value),
                         0);
        ck_assert_int_eq(value, sizes[i].bytes);
    }
    value = 77;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(number_parse_size(wrong[i], 0, INT64_MAX, &value) ==
                          -EINVAL,
                      "\"%s\"", wrong[i]);
    ck_assert_int_eq(number_parse_size("2k", 0, 2047, &value), -ERANGE);
    ck_assert_int_eq(number_parse_size("1k", 1025, 2048, &value), -ERANGE);
    ck_assert_int_eq(number_parse_size("9000000000G", 0, INT64_MAX, &value),
                     -ERANGE);
    ck_assert_int_eq(
        number_parse_size("9999999999999999999999999", 0, 9, &value), -ERANGE);
    ck_assert_int_eq(value, 77);
}
END_TEST

START_TEST(durations_have_units_or_the_plain_one)
{
    static const struct {
        const char *text;
        int64_t ms;
    } durations[] = {
        {"500ms", 500},  {"5s", 5000}, {"2m", 120000},
        {"1h", 3600000}, {"7", 7000},  {"0", 0},
    };
    static const char *const wrong[] = {"", "s", "1d", "1 s", "1.5s", "-1s"};
    int64_t ms = 77;
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
        ck_assert_int_eq(
            number_parse_duration(durations[i].text, 1000, 0, INT64_MAX, &ms),
            0);
        ck_assert_int_eq(ms, durations[i].ms);
    }
    ms = 77;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(number_parse_duration(wrong[i], 1, 0, INT64_MAX, &ms) ==
                          -EINVAL,
                      "\"%s\"", wrong[i]);
    ck_assert_int_eq(number_parse_duration("61s", 1, 0, 60000, &ms), -ERANGE);
    ck_assert_int_eq(ms, 77);
}
END_TEST

START_TEST(bytes_are_shown_in_the_largest_unit_that_is_not_below_one)
{
    char text[16];
    ck_assert_str_eq(number_format_bytes(0, text, sizeof(text)), "0 B");
    ck_assert_str_eq(number_format_bytes(1023, text, sizeof(text)), "1023 B");
    ck_assert_str_eq(number_format_bytes(65536, text, sizeof(text)),
                     "64.0 KiB");
    ck_assert_str_eq(number_format_bytes(UINT64_MAX, text, sizeof(text)),
                     "16.0 EiB");
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_ends_of_the_range_are_in_it),
        TEST(the_ends_of_64_bits_are_read_and_no_further),
        TEST(only_digits_are_a_number),
        TEST(sizes_are_multiples_of_1024),
        TEST(durations_have_units_or_the_plain_one),
        TEST(bytes_are_shown_in_the_largest_unit_that_is_not_below_one),
        {0},
    };
    return run_tests("number", tests);
}
