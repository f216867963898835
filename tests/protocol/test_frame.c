/* SPDX-License-Identifier: MIT */
/* Lines, however the stream was cut. */

#include "protocol/frame.h"
#include "tests/support/run.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX 8

static enum frame_result next(const char *bytes, size_t length, size_t *line,
                              size_t *used)
{
    /* Exactly as long as it is, for the sanitizer. */
    char *copy = malloc(length > 0 ? length : 1);
    memcpy(copy, bytes, length);
    enum frame_result result = frame_next(copy, length, MAX, line, used);
    free(copy);
    return result;
}

static void check(const char *bytes, enum frame_result result, size_t line,
                  size_t used)
{
    size_t got_line = 99;
    size_t got_used = 99;
    ck_assert_int_eq(next(bytes, strlen(bytes), &got_line, &got_used), result);
    ck_assert_uint_eq(got_line, line);
    ck_assert_uint_eq(got_used, used);
}

START_TEST(a_line_ends_at_its_newline)
{
    check("abc\n", FRAME_LINE, 3, 4);
    check("abc\ndef\n", FRAME_LINE, 3, 4);
    check("\n", FRAME_LINE, 0, 1);
    check("abc", FRAME_PARTIAL, 0, 0);
    check("", FRAME_PARTIAL, 0, 0);
}
END_TEST

START_TEST(one_carriage_return_before_it_is_dropped)
{
    check("abc\r\n", FRAME_LINE, 3, 5);
    check("abc\r\r\n", FRAME_LINE, 4, 6);
    check("a\rc\n", FRAME_LINE, 3, 4);
    check("\r\n", FRAME_LINE, 0, 2);
}
END_TEST

START_TEST(a_line_of_exactly_max_is_not_too_long)
{
    check("12345678\n", FRAME_LINE, 8, 9);
    check("12345678\r\n", FRAME_LINE, 8, 10);
    check("12345678", FRAME_PARTIAL, 0, 0);
    check("12345678\r", FRAME_PARTIAL, 0, 0);
    check("123456789\n", FRAME_TOO_LONG, 0, 0);
    check("123456789", FRAME_TOO_LONG, 0, 0);
    check("12345678\rx", FRAME_TOO_LONG, 0, 0);
    check("12345678\r\r\n", FRAME_TOO_LONG, 0, 0);
    check("1234567890123456789\n", FRAME_TOO_LONG, 0, 0);
}
END_TEST

START_TEST(a_nul_is_a_byte_like_any_other)
{
    size_t line = 0;
    size_t used = 0;
    ck_assert_int_eq(next("a\0b\n", 4, &line, &used), FRAME_LINE);
    ck_assert_uint_eq(line, 3);
}
END_TEST

START_TEST(lines_are_the_same_wherever_the_stream_was_cut)
{
    static const char stream[] = "one\n\ntwo\r\n12345678\r\nx\nlast\n";
    static const char *const lines[] = {"one",      "",  "two",
                                        "12345678", "x", "last"};
    size_t total = sizeof(stream) - 1;
    for (size_t first = 0; first <= total; first++) {
        for (size_t second = first; second <= total; second++) {
            size_t ends[] = {first, second, total};
            size_t start = 0;
            size_t seen = 0;
            for (size_t e = 0; e < 3; e++) {
                size_t line;
                size_t used;
                while (next(stream + start, ends[e] - start, &line, &used) ==
                       FRAME_LINE) {
                    ck_assert_uint_lt(seen, 6);
                    ck_assert_uint_eq(line, strlen(lines[seen]));
                    ck_assert_mem_eq(stream + start, lines[seen], line);
                    start += used;
                    seen++;
                }
            }
            ck_assert_uint_eq(seen, 6);
            ck_assert_uint_eq(start, total);
        }
    }
}
END_TEST

START_TEST(too_long_is_reported_as_soon_as_it_is_certain)
{
    static const char stream[] = "123456789abcdef\n";
    bool was_said = false;
    for (size_t n = 0; n < sizeof(stream); n++) {
        size_t line;
        size_t used;
        enum frame_result result = next(stream, n, &line, &used);
        ck_assert_int_ne(result, FRAME_LINE);
        ck_assert(!was_said || result == FRAME_TOO_LONG);
        was_said = result == FRAME_TOO_LONG;
        ck_assert(was_said == (n > MAX));
    }
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_line_ends_at_its_newline),
        TEST(one_carriage_return_before_it_is_dropped),
        TEST(a_line_of_exactly_max_is_not_too_long),
        TEST(a_nul_is_a_byte_like_any_other),
        TEST(lines_are_the_same_wherever_the_stream_was_cut),
        TEST(too_long_is_reported_as_soon_as_it_is_certain),
        {0},
    };
    return run_tests("frame", tests);
}
