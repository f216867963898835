/* SPDX-License-Identifier: MIT */
/* Text into fixed room, and the nearest of some names. */

#include "base/nearest.h"
#include "base/text.h"
#include "tests/support/run.h"

#include <string.h>

START_TEST(a_text_that_fits_is_whole)
{
    char out[8];
    text_format(out, sizeof(out), "%s", "1234567");
    ck_assert_str_eq(out, "1234567");
}
END_TEST

START_TEST(a_text_that_does_not_fit_ends_in_dots)
{
    char out[8];
    text_format(out, sizeof(out), "%s", "12345678");
    ck_assert_str_eq(out, "1234...");
    text_format(out, sizeof(out), "123\xC3\xA9%s", "6789");
    ck_assert_str_eq(out, "123...");
    char least[4];
    text_format(least, sizeof(least), "%s", "12345678");
    ck_assert_str_eq(least, "...");
}
END_TEST

START_TEST(the_nearest_name_is_near)
{
    static const char *const names[] = {"bytes", "encoding", "quality"};
    ck_assert_str_eq(nearest_name("byte", names, 3), "bytes");
    ck_assert_str_eq(nearest_name("bytse", names, 3), "bytes");
    ck_assert_str_eq(nearest_name("enconding", names, 3), "encoding");
    ck_assert_str_eq(nearest_name("quality", names, 3), "quality");
    ck_assert_ptr_null(nearest_name("xyzzy", names, 3));
    ck_assert_ptr_null(nearest_name("", names, 3));
    ck_assert_ptr_null(nearest_name("bytes", names, 0));
    char text[200];
    memset(text, 'b', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    ck_assert_ptr_null(nearest_name(text, names, 3));
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_text_that_fits_is_whole),
        TEST(a_text_that_does_not_fit_ends_in_dots),
        TEST(the_nearest_name_is_near),
        {0},
    };
    return run_tests("text", tests);
}
