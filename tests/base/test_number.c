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

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_ends_of_the_range_are_in_it),
        TEST(the_ends_of_64_bits_are_read_and_no_further),
        TEST(only_digits_are_a_number),
        {0},
    };
    return run_tests("number", tests);
}
