/* SPDX-License-Identifier: MIT */
/* Text from outside, made safe to show. */

#include "base/quote.h"

#include "tests/support/run.h"

#include <string.h>

START_TEST(quoting_escapes_and_cuts)
{
    char out[32];
    ck_assert_str_eq(quote_text("", out, sizeof(out)), "\"\"");
    ck_assert_str_eq(quote_text("a\"b\\\n\t", out, sizeof(out)),
                     "\"a\\\"b\\\\\\n\\x09\"");
    ck_assert_str_eq(quote_text("abc", out, 8), "\"abc\"");
    ck_assert_str_eq(quote_text("abcde", out, 8), "\"abcde\"");
    ck_assert_str_eq(quote_text("abcdef", out, 8), "\"ab...\"");
    ck_assert_str_eq(quote_text("ab\ncdefgh", out, 8), "\"ab...\"");
    ck_assert_str_eq(quote_text("abcd\xc3\xa4\xc3\xa4", out, 10),
                     "\"abcd...\"");
    for (size_t size = 8; size <= sizeof(out); size++) {
        quote_text("\x01\x02\x03\x04\x05\x06\x07\x08\x09", out, size);
        ck_assert_uint_lt(strlen(out), size);
        ck_assert_int_eq(out[strlen(out) - 1], '"');
    }
}
END_TEST

START_TEST(labels_are_escaped_as_prometheus_requires)
{
    char out[16];
    ck_assert_str_eq(quote_label("a\"b\\\n\t", out, sizeof(out)),
                     "a\\\"b\\\\\\n\t");
    ck_assert_str_eq(quote_label("", out, sizeof(out)), "");
    ck_assert_str_eq(quote_label("ab\"c", out, 4), "ab");
    ck_assert_str_eq(quote_label("ab\xc3\xa4", out, 4), "ab");
    ck_assert_str_eq(quote_label("abc", out, 4), "abc");
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(quoting_escapes_and_cuts),
        TEST(labels_are_escaped_as_prometheus_requires),
        {0},
    };
    return run_tests("quote", tests);
}
