/* SPDX-License-Identifier: MIT */
/* Messages in either framing, however the stream was cut. */

#include "protocol/frame.h"
#include "tests/support/run.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAX 8

static struct framing framing;
static struct frame frame;

static enum frame_result next_of(const char *bytes, size_t length, bool is_end)
{
    /* Exactly as long as it is, for the sanitizer. */
    char *copy = malloc(length > 0 ? length : 1);
    memcpy(copy, bytes, length);
    enum frame_result result =
        frame_next(&framing, copy, length, MAX, is_end, &frame);
    if (result == FRAME_MESSAGE) {
        ck_assert(frame.message >= copy);
        ck_assert_uint_le((size_t)(frame.message - copy) + frame.length,
                          frame.used);
        frame.message = bytes + (frame.message - copy);
    }
    ck_assert_uint_le(frame.used, length);
    free(copy);
    return result;
}

/* The first frame of a line: its result, and for a message its length. */
static void check_line(const char *bytes, enum frame_result result, size_t line,
                       size_t used)
{
    framing = (struct framing){.kind = FRAME_KIND_LINES};
    frame.length = 0;
    ck_assert_int_eq(next_of(bytes, strlen(bytes), false), result);
    ck_assert_uint_eq(frame.length, line);
    ck_assert_uint_eq(frame.used, used);
}

START_TEST(a_line_ends_at_its_newline)
{
    check_line("abc\n", FRAME_MESSAGE, 3, 4);
    check_line("abc\ndef\n", FRAME_MESSAGE, 3, 4);
    check_line("\n", FRAME_MESSAGE, 0, 1);
    check_line("abc", FRAME_PARTIAL, 0, 0);
}
END_TEST

START_TEST(one_carriage_return_before_it_is_dropped)
{
    check_line("abc\r\n", FRAME_MESSAGE, 3, 5);
    check_line("abc\r\r\n", FRAME_MESSAGE, 4, 6);
    check_line("a\rc\n", FRAME_MESSAGE, 3, 4);
    check_line("\r\n", FRAME_MESSAGE, 0, 2);
}
END_TEST

START_TEST(a_line_of_exactly_max_is_not_too_long)
{
    check_line("12345678\n", FRAME_MESSAGE, 8, 9);
    check_line("12345678\r\n", FRAME_MESSAGE, 8, 10);
    check_line("12345678", FRAME_PARTIAL, 0, 0);
    check_line("12345678\r", FRAME_PARTIAL, 0, 0);
    check_line("123456789\n", FRAME_REFUSED, 0, 10);
    check_line("123456789", FRAME_REFUSED, 0, 9);
    check_line("12345678\rx", FRAME_REFUSED, 0, 10);
    check_line("12345678\r\r\n", FRAME_REFUSED, 0, 11);
    check_line("1234567890123456789\nx", FRAME_REFUSED, 0, 20);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_skipped_to_its_newline)
{
    check_line("123456789", FRAME_REFUSED, 0, 9);
    ck_assert_int_eq(frame.error.kind, ERROR_TOO_LARGE);
    ck_assert_str_eq(frame.error.data, "\"limit\":8");
    ck_assert(framing.is_skipping);
    ck_assert_int_eq(next_of("abc", 3, false), FRAME_SKIPPED);
    ck_assert_uint_eq(frame.used, 3);
    ck_assert(framing.is_skipping);
    ck_assert_int_eq(next_of("def\nabc\n", 8, false), FRAME_SKIPPED);
    ck_assert_uint_eq(frame.used, 4);
    ck_assert(!framing.is_skipping);
    ck_assert_int_eq(next_of("abc\n", 4, false), FRAME_MESSAGE);
}
END_TEST

START_TEST(a_nul_is_a_byte_like_any_other)
{
    framing = (struct framing){.kind = FRAME_KIND_LINES};
    ck_assert_int_eq(next_of("a\0b\n", 4, false), FRAME_MESSAGE);
    ck_assert_uint_eq(frame.length, 3);
}
END_TEST

START_TEST(the_last_line_needs_no_newline)
{
    framing = (struct framing){0};
    ck_assert_int_eq(next_of("[1]", 3, true), FRAME_MESSAGE);
    ck_assert_uint_eq(frame.length, 3);
    ck_assert_uint_eq(frame.used, 3);
}
END_TEST

/* Messages that a stream must become. */
struct expected {
    const char *stream;
    const char *const *messages;
    size_t count;
    size_t seen, start;
};

/* Takes what is whole of the stream's first `end` bytes. */
static void take_until(struct expected *e, size_t end)
{
    while (e->start < end && next_of(e->stream + e->start, end - e->start,
                                     false) != FRAME_PARTIAL) {
        ck_assert_uint_lt(e->seen, e->count);
        ck_assert_uint_eq(frame.length, strlen(e->messages[e->seen]));
        ck_assert_mem_eq(frame.message, e->messages[e->seen], frame.length);
        e->start += frame.used;
        e->seen++;
    }
}

/* Cuts the stream in two places, and compares the messages. */
static void check_cuts(const char *stream, const char *const *messages,
                       size_t count)
{
    size_t total = strlen(stream);
    for (size_t first = 0; first <= total; first++) {
        for (size_t second = first; second <= total; second++) {
            struct expected e = {
                .stream = stream, .messages = messages, .count = count};
            framing = (struct framing){0};
            take_until(&e, first);
            take_until(&e, second);
            take_until(&e, total);
            ck_assert_uint_eq(e.seen, count);
            ck_assert_uint_eq(e.start, total);
        }
    }
}

START_TEST(lines_are_the_same_wherever_the_stream_was_cut)
{
    static const char *const lines[] = {"[one]",    "",  "two",
                                        "12345678", "x", "last"};
    check_cuts("[one]\n\ntwo\r\n12345678\r\nx\nlast\n", lines, 6);
}
END_TEST

START_TEST(contents_are_the_same_wherever_the_stream_was_cut)
{
    static const char *const contents[] = {"[1]", "12345678", "a\nb\r\nc"};
    check_cuts("Content-Length: 3\r\n\r\n[1]"
               "content-length:8\r\nX-Anything: at: all\r\n\r\n12345678"
               "CONTENT-TYPE: a/b; charset=\"UTF-8\"\r\n"
               "CONTENT-LENGTH:\t 06 \r\n\r\na\nb\r\nc",
               contents, 3);
}
END_TEST

START_TEST(too_long_is_reported_as_soon_as_it_is_certain)
{
    static const char stream[] = "123456789abcdef\n";
    bool was_said = false;
    for (size_t n = 1; n < sizeof(stream); n++) {
        framing = (struct framing){0};
        enum frame_result result = next_of(stream, n, false);
        ck_assert_int_ne(result, FRAME_MESSAGE);
        ck_assert(!was_said || result == FRAME_REFUSED);
        was_said = result == FRAME_REFUSED;
        ck_assert(was_said == (n > MAX));
    }
}
END_TEST

START_TEST(the_first_byte_decides_for_good)
{
    static const char first[] = "{[\"-0123456789tfn \t\r\n";
    for (size_t i = 0; first[i] != '\0'; i++) {
        framing = (struct framing){0};
        (void)next_of(first + i, 1, false);
        ck_assert_int_eq(framing.kind, FRAME_KIND_LINES);
    }
    check_line("Content-Length: 1\r\n", FRAME_REFUSED, 0, 19);
    framing = (struct framing){0};
    static const char one[] = "Content-Length: 1\r\n\r\n1";
    ck_assert_int_eq(next_of(one, sizeof(one) - 1, false), FRAME_MESSAGE);
    ck_assert_int_eq(next_of("[1]\n", 4, false), FRAME_BROKEN);
}
END_TEST

/* A stream that is broken as soon as these bytes are here, and not before
 * `sure` of them are; the error has kind, and message and data contain these.
 */
static void check_broken(const char *bytes, size_t sure, enum error_kind kind,
                         const char *message, const char *data)
{
    size_t length = strlen(bytes);
    for (size_t n = 1; n <= length; n++) {
        framing = (struct framing){0};
        enum frame_result result = next_of(bytes, n, false);
        ck_assert_msg(result == (n < sure ? FRAME_PARTIAL : FRAME_BROKEN),
                      "%zu bytes of %s: %d", n, bytes, result);
    }
    ck_assert_int_eq(frame.error.kind, kind);
    ck_assert_msg(strstr(frame.error.message, message) != NULL, "%s: %s", bytes,
                  frame.error.message);
    ck_assert_msg(strstr(frame.error.data, data) != NULL, "%s: %s", bytes,
                  frame.error.data);
}

START_TEST(what_is_neither_framing_is_broken_at_once)
{
    static const char neither[] = "neither a JSON text nor a Content-Length";
    check_broken("GET / HTTP/1.1\r\n", 1, ERROR_PARSE, neither,
                 "\"first_byte\":71");
    check_broken("\x16\x03\x01", 1, ERROR_PARSE, neither, "\"first_byte\":22");
    check_broken("\xef\xbb\xbf{}", 1, ERROR_PARSE, neither,
                 "\"first_byte\":239");
    check_broken("CONNECT a HTTP/1.1\r\n", 4, ERROR_PARSE, neither,
                 "\"first_byte\":67");
    check_broken("contents", 8, ERROR_PARSE, neither, "\"first_byte\":99");
    framing = (struct framing){0};
    ck_assert_int_eq(next_of("\0", 1, false), FRAME_BROKEN);
    framing = (struct framing){0};
    ck_assert_int_eq(next_of("conte", 5, true), FRAME_BROKEN);
}
END_TEST

/* A header that is broken once its last line is here. */
static void check_header(const char *lines, const char *message,
                         const char *data)
{
    check_broken(lines, strlen(lines), ERROR_PARSE, message, data);
}

START_TEST(a_wrong_header_is_refused)
{
    check_header(
        "Content-Length: -1\r\n",
        "Content-Length must be an integer from 1 to 8, not \"-1\"",
        "\"header\":\"Content-Length\",\"got\":\"-1\",\"range\":[1,8]");
    check_header("Content-Length: +1\r\n", "not \"+1\"", "");
    check_header("Content-Length: 1 2\r\n", "not \"1 2\"", "");
    check_header("Content-Length: 0x1\r\n", "not \"0x1\"", "");
    check_header("Content-Length:\r\n", "not \"\"", "\"got\":\"\"");
    check_header("Content-Length: 4294967296\r\n", "not \"4294967296\"", "");
    check_header("Content-Length: 99999999999999999999\r\n",
                 "not \"99999999999999999999\"", "");
    check_header("Content-Length: 00000000001\r\n", "not \"00000000001\"", "");
    check_header("Content-Length: 1\r\nContent-Length: 1\r\n",
                 "Content-Length appears twice", "Content-Length");
    check_header("Content-Type: a/b\r\n\r\n", "has no Content-Length",
                 "Content-Length");
    check_header("Content-Type: a/b; charset=utf-16\r\n",
                 "the charset must be utf-8, not \"utf-16\"",
                 "\"header\":\"Content-Type\",\"got\":\"utf-16\"");
    check_header("Content-Encoding: gzip\r\n", "not \"Content-Encoding\"",
                 "\"got\":\"Content-Encoding\"");
    check_header("Content-Length: 1\n", "must end with CR LF", "");
    check_header("Content-Length: 1\r\n\n", "must end with CR LF", "");
    check_header("Content-Length 1\r\n", "no colon", "");
    check_header("Content-Length : 1\r\n", "a blank in it", "");
    check_header("Content-Length: 1\r\n: 1\r\n", "is empty", "");
    check_header("Content-Length: 1\r\nA: \x01\r\n", "no printable ASCII", "");
    check_header("Content-Length: 1\r\nA: \xc3\xa9\r\n", "no printable ASCII",
                 "");
}
END_TEST

START_TEST(a_header_of_1024_bytes_is_the_longest)
{
    static char stream[PROTOCOL_HEADER_MAX + 8];
    static const char begin[] = "Content-Length: 1\r\nA: ";
    memset(stream, 'a', sizeof(stream));
    memcpy(stream, begin, sizeof(begin) - 1);
    memcpy(stream + PROTOCOL_HEADER_MAX - 4, "\r\n\r\n7", 5);
    framing = (struct framing){0};
    ck_assert_int_eq(next_of(stream, PROTOCOL_HEADER_MAX + 1, false),
                     FRAME_MESSAGE);
    ck_assert_uint_eq(frame.length, 1);
    ck_assert_int_eq(*frame.message, '7');
    memset(stream + PROTOCOL_HEADER_MAX - 4, 'a', 5);
    memcpy(stream + PROTOCOL_HEADER_MAX - 3, "\r\n\r\n7", 5);
    stream[PROTOCOL_HEADER_MAX + 2] = '\0';
    check_broken(stream, PROTOCOL_HEADER_MAX, ERROR_TOO_LARGE,
                 "the header is longer than 1024 bytes", "\"limit\":1024");
}
END_TEST

START_TEST(a_content_that_is_too_long_is_skipped)
{
    static const char stream[] = "Content-Length: 9\r\n\r\n123456789"
                                 "Content-Length: 1\r\n\r\n1";
    framing = (struct framing){0};
    ck_assert_int_eq(next_of(stream, 23, false), FRAME_REFUSED);
    ck_assert_uint_eq(frame.used, 21);
    ck_assert_int_eq(frame.error.kind, ERROR_TOO_LARGE);
    ck_assert_str_eq(frame.error.message,
                     "Content-Length must be from 1 to 8, not 9");
    ck_assert(framing.is_skipping);
    ck_assert_int_eq(next_of(stream + 21, 2, false), FRAME_SKIPPED);
    ck_assert_uint_eq(frame.used, 2);
    ck_assert(framing.is_skipping);
    ck_assert_int_eq(next_of(stream + 23, 20, false), FRAME_SKIPPED);
    ck_assert_uint_eq(frame.used, 7);
    ck_assert(!framing.is_skipping);
    ck_assert_int_eq(next_of(stream + 30, 22, false), FRAME_MESSAGE);

    static const char most[] = "Content-Length: 4294967295\r\n\r\n";
    framing = (struct framing){0};
    ck_assert_int_eq(next_of(most, sizeof(most) - 1, false), FRAME_REFUSED);
    ck_assert_uint_eq(framing.skip, UINT32_MAX);
}
END_TEST

START_TEST(an_empty_content_is_refused_and_the_next_one_served)
{
    static const char stream[] =
        "Content-Length: 0\r\n\r\nContent-Length: 1\r\n\r\n1";
    framing = (struct framing){0};
    ck_assert_int_eq(next_of(stream, sizeof(stream) - 1, false), FRAME_REFUSED);
    ck_assert_int_eq(frame.error.kind, ERROR_PARSE);
    ck_assert_str_eq(frame.error.message,
                     "Content-Length must be from 1 to 8, not 0");
    ck_assert(!framing.is_skipping);
    ck_assert_int_eq(
        next_of(stream + frame.used, sizeof(stream) - 1 - frame.used, false),
        FRAME_MESSAGE);
}
END_TEST

START_TEST(an_end_within_a_message_with_headers_is_told)
{
    static const char stream[] = "Content-Length: 8\r\n\r\n1234";
    framing = (struct framing){0};
    ck_assert_int_eq(next_of(stream, sizeof(stream) - 1, true), FRAME_BROKEN);
    ck_assert_str_eq(frame.error.message,
                     "the input ends after 4 of 8 bytes of content");
    framing = (struct framing){0};
    ck_assert_int_eq(next_of(stream, 20, true), FRAME_BROKEN);
    ck_assert_str_eq(frame.error.message, "the input ends within the header");
}
END_TEST

START_TEST(a_reply_is_framed_as_the_requests_were)
{
    struct buffer out = {0};
    buffer_append_text(&out, "before");
    for (int i = 0; i < 100; i++)
        buffer_append_text(&out, "0123456789");
    framing = (struct framing){.kind = FRAME_KIND_HEADERS};
    frame_end(&framing, &out, 6);
    ck_assert_uint_eq(out.length, 6 + 24 + 1000);
    ck_assert_mem_eq(out.data, "beforeContent-Length: 1000\r\n\r\n0123456789",
                     40);
    buffer_reset(&out);
    buffer_append_text(&out, "[]");
    framing.kind = FRAME_KIND_LINES;
    frame_end(&framing, &out, 0);
    framing.kind = FRAME_KIND_UNKNOWN;
    frame_end(&framing, &out, 3);
    ck_assert_uint_eq(out.length, 4);
    ck_assert_mem_eq(out.data, "[]\n\n", 4);
    buffer_fini(&out);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_line_ends_at_its_newline),
        TEST(one_carriage_return_before_it_is_dropped),
        TEST(a_line_of_exactly_max_is_not_too_long),
        TEST(a_line_that_is_too_long_is_skipped_to_its_newline),
        TEST(a_nul_is_a_byte_like_any_other),
        TEST(the_last_line_needs_no_newline),
        TEST(lines_are_the_same_wherever_the_stream_was_cut),
        TEST(contents_are_the_same_wherever_the_stream_was_cut),
        TEST(too_long_is_reported_as_soon_as_it_is_certain),
        TEST(the_first_byte_decides_for_good),
        TEST(what_is_neither_framing_is_broken_at_once),
        TEST(a_wrong_header_is_refused),
        TEST(a_header_of_1024_bytes_is_the_longest),
        TEST(a_content_that_is_too_long_is_skipped),
        TEST(an_empty_content_is_refused_and_the_next_one_served),
        TEST(an_end_within_a_message_with_headers_is_told),
        TEST(a_reply_is_framed_as_the_requests_were),
        {0},
    };
    return run_tests("frame", tests);
}
