/* SPDX-License-Identifier: MIT */
/* Batches, and the examples of the JSON-RPC 2.0 specification (section 7) with
 * our methods in place of its. */

#include "tests/protocol/parsed.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <string.h>

/* Checks that a line's replies equal `expected` (JSON text; NULL: none) in all
 * but the words and data of errors. */
static void check_replies(const char *line, const char *expected)
{
    struct parsed p;
    parsed_init(&p, line);
    json_t *got = parsed_replies(&p);
    if (expected == NULL) {
        ck_assert_msg(got == NULL, "%s was answered", line);
        parsed_fini(&p);
        return;
    }
    json_t *wanted = json_loads(expected, 0, NULL);
    ck_assert_msg(wanted != NULL, "%s", expected);
    size_t count = json_is_array(got) ? json_array_size(got) : 1;
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_is_array(got) ? json_array_get(got, i) : got;
        json_t *error = json_object_get(one, "error");
        json_object_del(error, "message");
        json_object_del(error, "data");
    }
    char *text = json_dumps(got, JSON_COMPACT);
    ck_assert_msg(json_equal(got, wanted), "%s: %s", line, text);
    free(text);
    json_decref(wanted);
    json_decref(got);
    parsed_fini(&p);
}

#define PONG(id)                                                               \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{\"method\":\"ping\"}}"
#define ERROR(id, code)                                                        \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"error\":{\"code\":" code "}}"

START_TEST(calls_with_positional_and_named_params)
{
    check_replies("{\"jsonrpc\": \"2.0\", \"method\": \"get\", \"params\": "
                  "[42, \"hex\"], \"id\": 1}",
                  "{\"jsonrpc\":\"2.0\",\"result\":{\"method\":\"get\"},"
                  "\"id\":1}");
    check_replies("{\"jsonrpc\": \"2.0\", \"method\": \"get\", \"params\": "
                  "{\"encoding\": \"hex\", \"bytes\": 42}, \"id\": 3}",
                  "{\"jsonrpc\":\"2.0\",\"result\":{\"method\":\"get\"},"
                  "\"id\":3}");
}
END_TEST

START_TEST(a_notification)
{
    check_replies("{\"jsonrpc\": \"2.0\", \"method\": \"get\", \"params\": "
                  "[1]}",
                  NULL);
    check_replies("{\"jsonrpc\": \"2.0\", \"method\": \"foobar\"}", NULL);
}
END_TEST

START_TEST(a_call_of_a_non_existent_method)
{
    check_replies("{\"jsonrpc\": \"2.0\", \"method\": \"foobar\", \"id\": "
                  "\"1\"}",
                  ERROR("\"1\"", "-32601"));
}
END_TEST

START_TEST(a_call_with_invalid_json)
{
    check_replies("{\"jsonrpc\": \"2.0\", \"method\": \"foobar, \"params\": "
                  "\"bar\", \"baz]",
                  ERROR("null", "-32700"));
}
END_TEST

START_TEST(a_call_with_an_invalid_request_object)
{
    check_replies("{\"jsonrpc\": \"2.0\", \"method\": 1, \"params\": \"bar\"}",
                  ERROR("null", "-32600"));
}
END_TEST

START_TEST(a_batch_with_invalid_json)
{
    check_replies("[{\"jsonrpc\": \"2.0\", \"method\": \"ping\", \"id\": "
                  "\"1\"}, {\"jsonrpc\": \"2.0\", \"method\"]",
                  ERROR("null", "-32700"));
}
END_TEST

START_TEST(an_empty_array)
{
    check_replies("[]", ERROR("null", "-32600"));
}
END_TEST

START_TEST(an_invalid_batch_that_is_not_empty)
{
    check_replies("[1]", "[" ERROR("null", "-32600") "]");
}
END_TEST

START_TEST(an_invalid_batch)
{
    check_replies("[1,2,3]",
                  "[" ERROR("null", "-32600") "," ERROR(
                      "null", "-32600") "," ERROR("null", "-32600") "]");
}
END_TEST

START_TEST(a_batch_of_everything_keeps_its_order)
{
    check_replies(
        "[{\"jsonrpc\": \"2.0\", \"method\": \"ping\", \"id\": \"1\"},"
        "{\"jsonrpc\": \"2.0\", \"method\": \"health\"},"
        "{\"jsonrpc\": \"2.0\", \"method\": \"ping\", \"id\": \"2\"},"
        "{\"foo\": \"boo\"},"
        "{\"jsonrpc\": \"2.0\", \"method\": \"foo.get\", \"params\": "
        "{\"name\": \"myself\"}, \"id\": \"5\"},"
        "{\"jsonrpc\": \"2.0\", \"method\": \"ping\", \"id\": 9}]",
        "[" PONG("\"1\"") "," PONG("\"2\"") "," ERROR(
            "null", "-32600") "," ERROR("\"5\"", "-32601") "," PONG("9") "]");
}
END_TEST

START_TEST(a_batch_of_notifications_has_no_reply)
{
    check_replies("[{\"jsonrpc\": \"2.0\", \"method\": \"ping\"},"
                  "{\"jsonrpc\": \"2.0\", \"method\": \"health\"}]",
                  NULL);
}
END_TEST

START_TEST(a_batch_has_a_greatest_length)
{
    char line[8192] = "[";
    size_t length = 1;
    for (int i = 0; i < PROTOCOL_BATCH_MAX; i++)
        length += (size_t)snprintf(
            line + length, sizeof(line) - length,
            "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":1},");
    line[length - 1] = ']';
    struct parsed p;
    parsed_init(&p, line);
    ck_assert(p.list.is_batch);
    ck_assert_uint_eq(p.list.count, PROTOCOL_BATCH_MAX);
    parsed_fini(&p);

    snprintf(line + length - 1, sizeof(line) - length, ",1]");
    check_refused(line, ERROR_TOO_LARGE, "null", "{\"limit\":64}");
}
END_TEST

/* A request that fills the line with `unit`, again and again, as params. */
static size_t fill(char line[PROTOCOL_LINE_MAX + 1], const char *unit,
                   size_t count)
{
    size_t n = (size_t)snprintf(
        line, PROTOCOL_LINE_MAX,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":[0");
    for (size_t i = 0; i < count; i++)
        n += (size_t)snprintf(line + n, PROTOCOL_LINE_MAX - n, "%s", unit);
    n += (size_t)snprintf(line + n, PROTOCOL_LINE_MAX - n, "]}");
    return n;
}

/* The beginning of fill() has nine of the characters that count. */
START_TEST(an_expensive_line_is_refused_unread)
{
    static char line[PROTOCOL_LINE_MAX + 1];
    fill(line, ",0", PROTOCOL_MARKS_MAX - 9);
    check_refused(line, ERROR_INVALID_PARAMS, "1", "{}");
    fill(line, ",0", PROTOCOL_MARKS_MAX - 8);
    check_refused(line, ERROR_TOO_LARGE, "null", "{\"limit\":2048}");
    fill(line, ",1e400", PROTOCOL_MARKS_MAX - 8);
    check_refused(line, ERROR_TOO_LARGE, "null", "{\"limit\":2048}");
    fill(line, ",{\"\":[]}", PROTOCOL_MARKS_MAX / 4);
    check_refused(line, ERROR_TOO_LARGE, "null", "{\"limit\":2048}");
    /* not JSON, which shows only behind the limit */
    fill(line, ",0", PROTOCOL_MARKS_MAX);
    strcat(line, "]"); /* NOLINT(clang-analyzer-security*): it fits */
    check_refused(line, ERROR_TOO_LARGE, "null", "{\"limit\":2048}");
}
END_TEST

START_TEST(what_is_in_strings_does_not_make_a_line_expensive)
{
    static char line[PROTOCOL_LINE_MAX + 1];
    fill(line, ",\"{[,:{[,:{[,:{[,:{[,:\\\"{[,:{[,:{[,:{[,:\\\\\"", 1000);
    check_refused(line, ERROR_INVALID_PARAMS, "1", "{}");
}
END_TEST

START_TEST(a_long_batch_of_little_is_refused_for_its_length)
{
    static char line[PROTOCOL_LINE_MAX + 1] = " [{}";
    size_t n = strlen(line);
    while (n + 4 < PROTOCOL_LINE_MAX)
        n += (size_t)snprintf(line + n, PROTOCOL_LINE_MAX - n, ",{}");
    line[n++] = ']';
    line[n] = '\0';
    check_refused(line, ERROR_TOO_LARGE, "null", "{\"limit\":64}");
}
END_TEST

START_TEST(a_smaller_limit_may_be_set)
{
    struct request one;
    struct request_list list;
    static const char line[] = "[1,2,3]";
    ck_assert_int_eq(request_parse(line, strlen(line), 2, &one, &list), 0);
    ck_assert_uint_eq(list.count, 1);
    ck_assert(!list.is_batch);
    ck_assert_int_eq(one.error.kind, ERROR_TOO_LARGE);
    ck_assert_str_eq(one.error.data, "\"limit\":2");
    request_list_fini(&list);
}
END_TEST

START_TEST(binary_is_refused_in_a_batch)
{
    struct parsed p;
    parsed_init(&p, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\","
                    "\"params\":[1,\"binary\"]}]");
    ck_assert(p.list.is_batch);
    ck_assert(!p.list.requests[0].is_valid);
    ck_assert_int_eq(p.list.requests[0].error.kind, ERROR_INVALID_PARAMS);
    parsed_fini(&p);
}
END_TEST

#define GET(bytes)                                                             \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":[" bytes "]}"

START_TEST(a_batch_asks_for_65536_bytes_in_all)
{
    struct parsed p;
    parsed_init(
        &p, "[" GET("65000") "," GET("600") "," GET("536") "," GET("1") "]");
    ck_assert(p.list.requests[0].is_valid);
    ck_assert(!p.list.requests[1].is_valid);
    ck_assert_int_eq(p.list.requests[1].error.kind, ERROR_TOO_LARGE);
    ck_assert_str_eq(p.list.requests[1].error.data,
                     "\"limit\":65536,\"asked_before\":65000");
    /* The one that went over is not counted; the next one just fits. */
    ck_assert(p.list.requests[2].is_valid);
    ck_assert(!p.list.requests[3].is_valid);
    parsed_fini(&p);
}
END_TEST

START_TEST(raw_samples_count_in_a_batch)
{
    struct parsed p;
    parsed_init(&p, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"raw\","
                    "\"params\":[\"a\",8193]},"
                    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"raw\","
                    "\"params\":[\"a\",65536,\"symbols\"]}]");
    ck_assert_int_eq(p.list.requests[0].error.kind, ERROR_TOO_LARGE);
    ck_assert(p.list.requests[1].is_valid);
    parsed_fini(&p);
}
END_TEST

START_TEST(an_array_within_a_batch_is_not_a_request)
{
    check_replies("[[]]", "[" ERROR("null", "-32600") "]");
}
END_TEST

START_TEST(a_zeroed_list_may_be_given_back)
{
    struct request_list list = {0};
    request_list_fini(&list);
    request_list_fini(&list);
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(calls_with_positional_and_named_params),
        TEST(a_notification),
        TEST(a_call_of_a_non_existent_method),
        TEST(a_call_with_invalid_json),
        TEST(a_call_with_an_invalid_request_object),
        TEST(a_batch_with_invalid_json),
        TEST(an_empty_array),
        TEST(an_invalid_batch_that_is_not_empty),
        TEST(an_invalid_batch),
        TEST(a_batch_of_everything_keeps_its_order),
        TEST(a_batch_of_notifications_has_no_reply),
        TEST(a_batch_has_a_greatest_length),
        TEST(an_expensive_line_is_refused_unread),
        TEST(what_is_in_strings_does_not_make_a_line_expensive),
        TEST(a_long_batch_of_little_is_refused_for_its_length),
        TEST(a_smaller_limit_may_be_set),
        TEST(binary_is_refused_in_a_batch),
        TEST(a_batch_asks_for_65536_bytes_in_all),
        TEST(raw_samples_count_in_a_batch),
        TEST(an_array_within_a_batch_is_not_a_request),
        TEST(a_zeroed_list_may_be_given_back),
        {0},
    };
    return run_tests("request_batch", tests);
}
