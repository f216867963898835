/* SPDX-License-Identifier: MIT */
/* Valid requests become what they say; everything else is refused with what
 * is wrong, where, and what would be right. */

#include "tests/protocol/parsed.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GET(params)                                                            \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":" params "}"
#define CALL(method, params)                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method                       \
    "\",\"params\":" params "}"

static struct request valid(const char *line)
{
    struct parsed p;
    parsed_init(&p, line);
    ck_assert(!p.list.is_batch);
    ck_assert_msg(p.list.requests[0].is_valid, "%s: %s", line,
                  p.list.requests[0].error.message);
    struct request request = p.list.requests[0];
    parsed_fini(&p);
    return request;
}

START_TEST(get_has_its_defaults)
{
    struct request r = valid(GET("{\"bytes\":32}"));
    ck_assert_int_eq(r.method, METHOD_GET);
    ck_assert_uint_eq(r.get.bytes, 32);
    ck_assert_int_eq(r.get.encoding, ENCODING_HEX);
    ck_assert_int_eq(r.get.quality, QUALITY_DRBG);
    ck_assert_uint_eq(r.get.timeout_ms, 5000);
}
END_TEST

START_TEST(get_takes_every_param_by_name)
{
    struct request r =
        valid(GET("{\"timeout_ms\":0,\"quality\":\"conditioned\","
                  "\"encoding\":\"base64\",\"bytes\":4096}"));
    ck_assert_uint_eq(r.get.bytes, 4096);
    ck_assert_int_eq(r.get.encoding, ENCODING_BASE64);
    ck_assert_int_eq(r.get.quality, QUALITY_CONDITIONED);
    ck_assert_uint_eq(r.get.timeout_ms, 0);
}
END_TEST

START_TEST(params_may_be_positional)
{
    struct request r = valid(GET("[16,\"base64\",\"drbg\",60000]"));
    ck_assert_uint_eq(r.get.bytes, 16);
    ck_assert_int_eq(r.get.encoding, ENCODING_BASE64);
    ck_assert_uint_eq(r.get.timeout_ms, 60000);
    r = valid(CALL("raw", "[\"unix_ipc\",7,\"symbols\"]"));
    ck_assert_str_eq(r.raw.source, "unix_ipc");
    ck_assert_uint_eq(r.raw.samples, 7);
    ck_assert_int_eq(r.raw.format, RAW_SYMBOLS);
    ck_assert_int_eq(r.raw.encoding, ENCODING_HEX);
    r = valid(CALL("subscribe", "[\"status\",60000]"));
    ck_assert_int_eq(r.subscribe.events, SUBSCRIBE_STATUS);
    ck_assert_uint_eq(r.subscribe.interval_ms, 60000);
    r = valid(CALL("selftest", "[\"unix_ipc\"]"));
    ck_assert_str_eq(r.selftest.source, "unix_ipc");
}
END_TEST

START_TEST(methods_without_params_take_none)
{
    static const char *const forms[] = {"", ",\"params\":{}", ",\"params\":[]",
                                        ",\"params\":null"};
    static const enum method methods[] = {METHOD_STATUS, METHOD_HEALTH,
                                          METHOD_SOURCES, METHOD_PING,
                                          METHOD_SELFTEST};
    for (size_t m = 0; m < sizeof(methods) / sizeof(methods[0]); m++) {
        for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
            char line[128];
            snprintf(line, sizeof(line),
                     "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"%s}",
                     method_name(methods[m]), forms[f]);
            ck_assert_int_eq(valid(line).method, methods[m]);
        }
    }
    check_refused(CALL("ping", "{\"a\":1}"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"a\",\"allowed\":[]}");
    check_refused(CALL("ping", "[1]"), ERROR_INVALID_PARAMS, "1",
                  "{\"count\":[0,0]}");
}
END_TEST

START_TEST(selftest_without_a_source_means_all)
{
    ck_assert_str_eq(valid(CALL("selftest", "{}")).selftest.source, "");
}
END_TEST

START_TEST(bytes_has_both_ends_of_its_range)
{
    ck_assert_uint_eq(valid(GET("{\"bytes\":1}")).get.bytes, 1);
    ck_assert_uint_eq(valid(GET("{\"bytes\":65536}")).get.bytes, 65536);
    ck_assert_uint_eq(
        valid(GET("{\"bytes\":67108864,\"encoding\":\"binary\"}")).get.bytes,
        67108864);
    ck_assert_uint_eq(
        valid(GET("{\"bytes\":4096,\"quality\":\"conditioned\"}")).get.bytes,
        4096);
    check_refused(GET("{\"bytes\":0}"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"bytes\",\"got\":0,\"range\":[1,65536]}");
    check_refused(GET("{\"bytes\":-1}"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"bytes\",\"got\":-1,\"range\":[1,65536]}");
    check_refused(GET("{\"bytes\":65537}"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"bytes\",\"got\":65537,\"range\":[1,65536]}");
    check_refused(GET("{\"bytes\":67108865,\"encoding\":\"binary\"}"),
                  ERROR_INVALID_PARAMS, "1",
                  "{\"got\":67108865,\"range\":[1,67108864]}");
    check_refused(GET("{\"bytes\":4097,\"quality\":\"conditioned\"}"),
                  ERROR_INVALID_PARAMS, "1",
                  "{\"got\":4097,\"range\":[1,4096]}");
    check_refused(GET("{\"encoding\":\"binary\",\"bytes\":4097,"
                      "\"quality\":\"conditioned\"}"),
                  ERROR_INVALID_PARAMS, "1",
                  "{\"got\":4097,\"range\":[1,4096]}");
}
END_TEST

START_TEST(bytes_of_a_wrong_type_are_named)
{
    static const struct {
        const char *value, *data;
    } wrong[] = {
        {"1e99", "{\"got\":1e99}"},
        {"-1e99", "{\"got\":-1e99}"},
        {"1.5", "{\"got\":1.5}"},
        {"\"32\"", "{\"got\":\"32\"}"},
        {"null", "{\"got\":null}"},
        {"true", "{\"got\":true}"},
        {"false", "{\"got\":false}"},
        {"[32]", "{}"},
        {"{}", "{}"},
        {"18446744073709551616", "{\"got\":18446744073709551616.0}"},
        {"9223372036854775807", "{\"got\":9223372036854775807}"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char line[160];
        snprintf(line, sizeof(line), GET("{\"bytes\":%s}"), wrong[i].value);
        check_refused(line, ERROR_INVALID_PARAMS, "1", wrong[i].data);
        check_refused(line, ERROR_INVALID_PARAMS, "1",
                      "{\"param\":\"bytes\",\"range\":[1,65536]}");
    }
}
END_TEST

START_TEST(each_wrong_type_has_its_own_message)
{
    static const struct {
        const char *value, *words;
    } wrong[] = {
        {"0", "bytes must be from 1 to 65536, not 0"},
        {"1e99", "bytes must be from 1 to 65536, not 1e+99"},
        {"1.5", "bytes must be an integer from 1 to 65536, not a number with "
                "a fraction"},
        {"\"32\"", "bytes must be an integer from 1 to 65536, not a string"},
        {"null", "bytes must be an integer from 1 to 65536, not null"},
        {"true", "bytes must be an integer from 1 to 65536, not true"},
        {"[]", "bytes must be an integer from 1 to 65536, not an array"},
        {"{}", "bytes must be an integer from 1 to 65536, not an object"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct parsed p;
        char line[160];
        snprintf(line, sizeof(line), GET("{\"bytes\":%s}"), wrong[i].value);
        parsed_init(&p, line);
        ck_assert_str_eq(p.list.requests[0].error.message, wrong[i].words);
        parsed_fini(&p);
    }
}
END_TEST

START_TEST(a_number_with_nothing_behind_its_point_is_an_integer)
{
    ck_assert_uint_eq(valid(GET("{\"bytes\":32.0}")).get.bytes, 32);
    ck_assert_uint_eq(valid(GET("{\"bytes\":1e3}")).get.bytes, 1000);
}
END_TEST

START_TEST(missing_params_are_named)
{
    check_refused(GET("{}"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"bytes\",\"range\":[1,65536]}");
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\"}",
                  ERROR_INVALID_PARAMS, "1", "{\"param\":\"bytes\"}");
    check_refused(CALL("raw", "{\"samples\":1}"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"source\"}");
    check_refused(CALL("raw", "{\"source\":\"a\"}"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"samples\",\"range\":[1,65536]}");
    check_refused(CALL("subscribe", "{}"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"events\",\"allowed\":[\"health\",\"status\"]}");
}
END_TEST

START_TEST(unknown_params_name_the_nearest)
{
    check_refused(GET("{\"byte\":1}"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"byte\",\"nearest\":\"bytes\"}");
    check_refused(GET("{\"bytes\":1,\"timeout\":1}"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"timeout\",\"nearest\":\"timeout_ms\"}");
    check_refused(GET("{\"bytes\":1,\"xyzzy\":1}"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"xyzzy\",\"allowed\":[\"bytes\",\"encoding\","
                  "\"quality\",\"timeout_ms\"]}");
    check_refused(GET("[1,\"hex\",\"drbg\",1,1]"), ERROR_INVALID_PARAMS, "1",
                  "{\"count\":[0,4]}");
}
END_TEST

START_TEST(choices_say_what_is_allowed)
{
    check_refused(GET("{\"bytes\":1,\"encoding\":\"base65\"}"),
                  ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"encoding\",\"got\":\"base65\",\"nearest\":"
                  "\"base64\",\"allowed\":[\"hex\",\"base64\",\"binary\"]}");
    check_refused(GET("{\"bytes\":1,\"encoding\":1}"), ERROR_INVALID_PARAMS,
                  "1", "{\"param\":\"encoding\",\"got\":1}");
    check_refused(GET("{\"bytes\":1,\"quality\":\"true random\"}"),
                  ERROR_INVALID_PARAMS, "1",
                  "{\"allowed\":[\"drbg\",\"conditioned\"]}");
    check_refused(GET("{\"bytes\":1,\"encoding\":\"hex\\u0000\"}"),
                  ERROR_INVALID_PARAMS, "1", "{\"param\":\"encoding\"}");
    check_refused(CALL("raw", "[\"a\",1,\"ticks\",\"binary\"]"),
                  ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"encoding\",\"allowed\":[\"hex\",\"base64\"]}");
}
END_TEST

START_TEST(source_names_have_a_length)
{
    char name[64];
    char line[256];
    memset(name, 'a', sizeof(name));
    name[PROTOCOL_NAME_MAX - 1] = '\0';
    snprintf(line, sizeof(line), CALL("selftest", "[\"%s\"]"), name);
    ck_assert_str_eq(valid(line).selftest.source, name);
    name[PROTOCOL_NAME_MAX - 1] = 'a';
    name[PROTOCOL_NAME_MAX] = '\0';
    snprintf(line, sizeof(line), CALL("selftest", "[\"%s\"]"), name);
    check_refused(line, ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"source\",\"length\":[1,31]}");
    check_refused(CALL("selftest", "[\"\"]"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"source\",\"got\":\"\"}");
    check_refused(CALL("selftest", "[5]"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"source\",\"got\":5}");
    check_refused(CALL("selftest", "[\"a\\u0000b\"]"), ERROR_INVALID_PARAMS,
                  "1", "{\"param\":\"source\"}");
}
END_TEST

START_TEST(an_interval_goes_with_status_only)
{
    check_refused(
        CALL("subscribe", "{\"events\":\"health\",\"interval_ms\":1000}"),
        ERROR_INVALID_PARAMS, "1", "{\"param\":\"interval_ms\"}");
    check_refused(
        CALL("subscribe", "{\"events\":\"status\",\"interval_ms\":999}"),
        ERROR_INVALID_PARAMS, "1", "{\"range\":[1000,3600000]}");
    check_refused(
        CALL("unsubscribe", "{\"events\":\"status\",\"interval_ms\":1000}"),
        ERROR_INVALID_PARAMS, "1", "{\"param\":\"interval_ms\"}");
    ck_assert_uint_eq(valid(CALL("subscribe", "{\"events\":\"status\"}"))
                          .subscribe.interval_ms,
                      1000);
}
END_TEST

START_TEST(timeouts_have_a_range)
{
    check_refused(GET("{\"bytes\":1,\"timeout_ms\":60001}"),
                  ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"timeout_ms\",\"range\":[0,60000]}");
    check_refused(GET("{\"bytes\":1,\"timeout_ms\":-1}"), ERROR_INVALID_PARAMS,
                  "1", "{\"param\":\"timeout_ms\",\"got\":-1}");
}
END_TEST

START_TEST(unknown_methods_name_the_nearest)
{
    check_refused(CALL("gett", "{}"), ERROR_METHOD_NOT_FOUND, "1",
                  "{\"method\":\"gett\",\"nearest\":\"get\"}");
    check_refused(CALL("GET", "{}"), ERROR_METHOD_NOT_FOUND, "1",
                  "{\"method\":\"GET\"}");
    check_refused(CALL("", "{}"), ERROR_METHOD_NOT_FOUND, "1",
                  "{\"method\":\"\"}");
    check_refused(CALL("get\\u0000", "{}"), ERROR_METHOD_NOT_FOUND, "1", "{}");
}
END_TEST

START_TEST(the_envelope_is_checked)
{
    check_refused("{\"id\":1,\"method\":\"ping\"}", ERROR_INVALID_REQUEST, "1",
                  "{\"member\":\"jsonrpc\"}");
    check_refused("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}",
                  ERROR_INVALID_REQUEST, "1", "{\"member\":\"jsonrpc\"}");
    check_refused("{\"jsonrpc\":2.0,\"id\":1,\"method\":\"ping\"}",
                  ERROR_INVALID_REQUEST, "1", "{\"member\":\"jsonrpc\"}");
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":1}", ERROR_INVALID_REQUEST, "1",
                  "{\"member\":\"method\"}");
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\","
                  "\"params\":\"x\"}",
                  ERROR_INVALID_REQUEST, "1", "{\"member\":\"params\"}");
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\","
                  "\"param\":{}}",
                  ERROR_INVALID_REQUEST, "1",
                  "{\"member\":\"param\",\"nearest\":\"params\"}");
    /* It may have been meant as a notification or not: answered with null. */
    check_refused("{\"jsonrpc\":\"2.0\",\"method\":1}", ERROR_INVALID_REQUEST,
                  "null", "{}");
}
END_TEST

START_TEST(what_is_not_an_object_is_not_a_request)
{
    static const char *const lines[] = {"1",    "-1.5",  "\"get\"", "true",
                                        "null", "false", " 0 "};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        check_refused(lines[i], ERROR_INVALID_REQUEST, "null", "{}");
}
END_TEST

START_TEST(what_is_not_json_says_where)
{
    check_refused("", ERROR_PARSE, "null", "{\"line\":1,\"byte\":0}");
    check_refused("   ", ERROR_PARSE, "null", "{\"line\":1}");
    check_refused("{\"jsonrpc\":\"2.0\",\"method\":\"foobar, \"params\":"
                  "\"bar\", \"baz]",
                  ERROR_PARSE, "null", "{\"line\":1,\"byte\":42}");
    check_refused("{\"a\":1,\"a\":2}", ERROR_PARSE, "null", "{\"byte\":10}");
    check_refused("{\"a\":1} x", ERROR_PARSE, "null", "{\"line\":1}");
    check_refused("{\"a\":\"\xff\"}", ERROR_PARSE, "null", "{\"byte\":6}");
    check_refused("{\"a\":\"\xc0\x80\"}", ERROR_PARSE, "null", "{}");
    check_refused("{\"a\":\"\xed\xa0\x80\"}", ERROR_PARSE, "null", "{}");
    check_refused("{\"a\":\"\\ud800\"}", ERROR_PARSE, "null", "{}");
    check_refused("{\"a\":01}", ERROR_PARSE, "null", "{}");
    check_refused("{'a':1}", ERROR_PARSE, "null", "{}");
    check_refused("\xef\xbb\xbf{}", ERROR_PARSE, "null", "{}");
}
END_TEST

START_TEST(a_duplicate_in_the_params_is_refused)
{
    check_refused(GET("{\"bytes\":1,\"bytes\":2}"), ERROR_PARSE, "null",
                  "{\"line\":1}");
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":"
                  "\"ping\"}",
                  ERROR_PARSE, "null", "{\"line\":1}");
}
END_TEST

START_TEST(a_nul_in_the_line_is_refused)
{
    struct parsed p;
    static const char line[] = "{\"jsonrpc\":\"2.0\",\0\"id\":1}";
    parsed_init_bytes(&p, line, sizeof(line) - 1);
    json_t *error = parsed_error(&p);
    ck_assert_int_eq(json_integer_value(json_object_get(error, "code")),
                     -32700);
    json_decref(error);
    parsed_fini(&p);
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
    size_t depth = PROTOCOL_LINE_MAX / 2;
    char *line = malloc(2 * depth + 1);
    memset(line, '[', depth);
    memset(line + depth, ']', depth);
    line[2 * depth] = '\0';
    check_refused(line, ERROR_PARSE, "null", "{\"line\":1}");
    free(line);
}
END_TEST

START_TEST(a_number_beyond_a_double_is_refused_as_a_param)
{
    check_refused(GET("{\"bytes\":1e999}"), ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"bytes\",\"range\":[1,65536]}");
}
END_TEST

START_TEST(notifications_are_silent_whatever_is_wrong_with_them)
{
    check_refused("{\"jsonrpc\":\"2.0\",\"method\":\"get\",\"params\":{}}",
                  ERROR_INVALID_PARAMS, "", "{}");
    check_refused("{\"jsonrpc\":\"2.0\",\"method\":\"foobar\"}",
                  ERROR_METHOD_NOT_FOUND, "", "{}");
    struct parsed p;
    parsed_init(&p, "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}");
    ck_assert(p.list.requests[0].is_valid);
    ck_assert_uint_eq(p.list.requests[0].id.length, 0);
    parsed_fini(&p);
}
END_TEST

START_TEST(binary_needs_a_reply_to_follow)
{
    check_refused("{\"jsonrpc\":\"2.0\",\"method\":\"get\",\"params\":"
                  "{\"bytes\":1,\"encoding\":\"binary\"}}",
                  ERROR_INVALID_PARAMS, "", "{\"param\":\"encoding\"}");
}
END_TEST

START_TEST(long_text_does_not_break_an_error)
{
    /* Two- and four-byte characters, so that a cut would fall inside one. */
    char *line = malloc(PROTOCOL_LINE_MAX);
    size_t length = (size_t)sprintf(
        line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":"
              "{\"bytes\":1,\"encoding\":\"");
    while (length < PROTOCOL_LINE_MAX - 64)
        length += (size_t)sprintf(line + length, "\xf0\x9f\x8e\xb2x\xc3\xa9");
    sprintf(line + length, "\"}}");
    check_refused(line, ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"encoding\",\"allowed\":[\"hex\",\"base64\","
                  "\"binary\"]}");
    free(line);
}
END_TEST

/* Text that a message repeats is cut between characters, and says so. */
START_TEST(a_message_never_cuts_a_character)
{
    char excerpt[ERROR_EXCERPT_MAX];
    /* 47 bytes fit; of 44 and "..." the last would be half a character. */
    ck_assert_str_eq(
        protocol_error_excerpt(
            "a1234567890123456789012345678901234567890123456", excerpt),
        "a1234567890123456789012345678901234567890123456");
    ck_assert_str_eq(protocol_error_excerpt(
                         "a123456789012345678901234567890123456789012\xc3\xa9"
                         "345",
                         excerpt),
                     "a123456789012345678901234567890123456789012...");
    ck_assert_str_eq(protocol_error_excerpt(
                         "a12345678901234567890123456789012345678901\xc3\xa9"
                         "3456",
                         excerpt),
                     "a12345678901234567890123456789012345678901\xc3\xa9...");
}
END_TEST

/* A NUL does not end a string of JSON: nothing is known by its beginning. */
START_TEST(text_with_a_nul_in_it_is_not_its_beginning)
{
    check_refused("{\"jsonrpc\":\"2.0\\u0000\",\"id\":1,\"method\":\"ping\"}",
                  ERROR_INVALID_REQUEST, "1", "{\"member\":\"jsonrpc\"}");
    check_refused(CALL("get\\u0000", "{}"), ERROR_METHOD_NOT_FOUND, "1", "{}");
    check_refused(CALL("get", "{\"bytes\":1,\"encoding\":\"hex\\u0000\"}"),
                  ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"encoding\",\"allowed\":[\"hex\",\"base64\","
                  "\"binary\"]}");
    check_refused(CALL("selftest", "{\"source\":\"unix_ipc\\u0000\"}"),
                  ERROR_INVALID_PARAMS, "1",
                  "{\"param\":\"source\",\"length\":[1,31]}");
}
END_TEST

static void check_refused_bytes(const char *line, size_t length,
                                enum error_kind kind)
{
    struct parsed p;
    parsed_init_bytes(&p, line, length);
    ck_assert_msg(!p.list.requests[0].is_valid &&
                      p.list.requests[0].error.kind == kind,
                  "%s", line);
    parsed_fini(&p);
}

START_TEST(a_nul_byte_is_refused_wherever_it_is)
{
    static const char valid[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\","
        "\"params\":{\"bytes\":32,\"timeout_ms\":1e2}}";
    for (size_t at = 0; at < sizeof(valid); at++) {
        char line[sizeof(valid)];
        struct parsed p;
        memcpy(line, valid, at);
        line[at] = '\0';
        memcpy(line + at + 1, valid + at, sizeof(valid) - 1 - at);
        parsed_init_bytes(&p, line, sizeof(valid));
        ck_assert_uint_eq(p.list.count, 1);
        ck_assert_msg(!p.one.is_valid && p.one.error.kind == ERROR_PARSE,
                      "a NUL at %zu", at);
        parsed_fini(&p);
    }
    check_refused_bytes("123\0", 4, ERROR_PARSE);
}
END_TEST

START_TEST(what_is_not_json_stays_so_beside_a_number_that_overflows)
{
    static const char *const numbers[] = {"01",  "1.",     "-",    "1e",
                                          "1e+", "--1",    "1..2", "1e400e1",
                                          "+1",  "1e400x", ".5",   "0x1"};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char line[64];
        snprintf(line, sizeof(line), "[1e400,%s]", numbers[i]);
        check_refused_bytes(line, strlen(line), ERROR_PARSE);
    }
    check_refused_bytes("[1e400,\"unterminated 1e400]", 27, ERROR_PARSE);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(get_has_its_defaults),
        TEST(get_takes_every_param_by_name),
        TEST(params_may_be_positional),
        TEST(methods_without_params_take_none),
        TEST(selftest_without_a_source_means_all),
        TEST(bytes_has_both_ends_of_its_range),
        TEST(bytes_of_a_wrong_type_are_named),
        TEST(each_wrong_type_has_its_own_message),
        TEST(a_number_with_nothing_behind_its_point_is_an_integer),
        TEST(missing_params_are_named),
        TEST(unknown_params_name_the_nearest),
        TEST(choices_say_what_is_allowed),
        TEST(source_names_have_a_length),
        TEST(an_interval_goes_with_status_only),
        TEST(timeouts_have_a_range),
        TEST(unknown_methods_name_the_nearest),
        TEST(the_envelope_is_checked),
        TEST(what_is_not_an_object_is_not_a_request),
        TEST(what_is_not_json_says_where),
        TEST(a_duplicate_in_the_params_is_refused),
        TEST(a_nul_in_the_line_is_refused),
        TEST(deep_nesting_is_refused),
        TEST(a_number_beyond_a_double_is_refused_as_a_param),
        TEST(notifications_are_silent_whatever_is_wrong_with_them),
        TEST(binary_needs_a_reply_to_follow),
        TEST(long_text_does_not_break_an_error),
        TEST(a_message_never_cuts_a_character),
        TEST(text_with_a_nul_in_it_is_not_its_beginning),
        TEST(a_nul_byte_is_refused_wherever_it_is),
        TEST(what_is_not_json_stays_so_beside_a_number_that_overflows),
        {0},
    };
    return run_tests("request", tests);
}
