/* SPDX-License-Identifier: MIT */
/* Reasons: text, errors, and what is too long. */

#include "base/reason.h"

#include "tests/support/run.h"

#include <errno.h>
#include <string.h>

START_TEST(an_errno_is_named_after_what_failed)
{
    struct reason why;
    ck_assert_int_eq(reason_errno(ENOENT, &why, "open %s", "a"), -ENOENT);
    ck_assert_str_eq(why.text, "open a: No such file or directory");
}
END_TEST

START_TEST(what_is_too_long_ends_in_dots_after_a_whole_character)
{
    char text[REASON_MAX + 8];
    struct reason why;
    /* Two bytes a character: every other cut falls into one. */
    for (size_t shift = 0; shift < 2; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 1 < sizeof(text); i += 2)
            memcpy(text + i, "\xC3\xA9", 2);
        text[sizeof(text) - 1] = '\0';
        reason_set(&why, "%s", text);
        size_t length = strlen(why.text);
        ck_assert_uint_lt(length, sizeof(why.text));
        ck_assert_uint_ge(length, sizeof(why.text) - 2);
        ck_assert_str_eq(why.text + length - 3, "...");
        ck_assert_uint_eq((length - 3 - shift) % 2, 0);
    }
}
END_TEST

START_TEST(a_cleared_reason_is_empty)
{
    struct reason why;
    reason_set(&why, "%d", 1);
    reason_clear(&why);
    ck_assert_str_eq(why.text, "");
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(an_errno_is_named_after_what_failed),
        TEST(what_is_too_long_ends_in_dots_after_a_whole_character),
        TEST(a_cleared_reason_is_empty),
        {0},
    };
    return run_tests("reason", tests);
}
