/* SPDX-License-Identifier: MIT */
/* Ids come back as the same value, or are refused. */

#include "tests/protocol/parsed.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <string.h>

/* The id of a valid request with this id comes back equal. */
static void round_trip(const char *id)
{
    char line[700];
    struct parsed p;
    snprintf(line, sizeof(line),
             "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":%s}", id);
    parsed_init(&p, line);
    ck_assert_msg(p.list.requests[0].is_valid, "%s: %s", id,
                  p.list.requests[0].error.message);
    json_t *reply = parsed_replies(&p);
    json_t *sent = json_loads(id, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    ck_assert_ptr_nonnull(sent);
    ck_assert_msg(json_equal(json_object_get(reply, "id"), sent), "%s", id);
    json_decref(sent);
    json_decref(reply);
    parsed_fini(&p);
}

START_TEST(integers_of_64_bits_come_back)
{
    round_trip("0");
    round_trip("1");
    round_trip("-1");
    round_trip("999999999999999999");
    round_trip("1000000000000000000");
    round_trip("9007199254740993");
    round_trip("9223372036854775807");
    round_trip("-9223372036854775808");
}
END_TEST

START_TEST(strings_come_back)
{
    round_trip("\"\"");
    round_trip("\"a\"");
    round_trip("\"caf\xc3\xa9 \\u20ac \\\"quoted\\\" \\\\ \\/ \\n\\t\"");
    round_trip("\"\xf0\x9f\x8e\xb2\"");
    round_trip("\"\x7f\"");
    round_trip("\"}{][,:\"");
}
END_TEST

START_TEST(null_comes_back)
{
    struct parsed p;
    parsed_init(&p, "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":null}");
    ck_assert(p.list.requests[0].is_valid);
    ck_assert_uint_eq(p.list.requests[0].id.length, 4);
    parsed_fini(&p);
}
END_TEST

START_TEST(other_ids_are_refused_with_id_null)
{
    static const char *const ids[] = {"1.5",
                                      "1.0",
                                      "1e3",
                                      "true",
                                      "false",
                                      "{}",
                                      "[1]",
                                      "-0.5",
                                      "1e99",
                                      "9223372036854775808",
                                      "-9223372036854775809"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        char line[128];
        snprintf(line, sizeof(line),
                 "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":%s}", ids[i]);
        check_refused(line, ERROR_INVALID_REQUEST, "null",
                      "{\"member\":\"id\"}");
    }
}
END_TEST

START_TEST(an_id_has_256_bytes_at_most)
{
    char id[300];
    char line[400];
    memset(id, 'x', sizeof(id));
    id[0] = '"';
    id[PROTOCOL_ID_MAX - 1] = '"';
    id[PROTOCOL_ID_MAX] = '\0';
    round_trip(id);
    id[PROTOCOL_ID_MAX - 1] = 'x';
    id[PROTOCOL_ID_MAX] = '"';
    id[PROTOCOL_ID_MAX + 1] = '\0';
    snprintf(line, sizeof(line),
             "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":%s}", id);
    check_refused(line, ERROR_INVALID_REQUEST, "null",
                  "{\"member\":\"id\",\"limit\":256}");
}
END_TEST

START_TEST(an_invalid_request_keeps_an_id_that_was_read)
{
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":7}",
                  ERROR_INVALID_REQUEST, "\"a\"", "{}");
    check_refused("{\"id\":-3,\"method\":\"ping\"}", ERROR_INVALID_REQUEST,
                  "-3", "{}");
}
END_TEST

START_TEST(ids_come_back_beside_a_number_beyond_64_bits)
{
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"get\","
                  "\"params\":{\"bytes\":99999999999999999999}}",
                  ERROR_INVALID_PARAMS, "77", "{\"param\":\"bytes\"}");
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":\"s\",\"method\":\"get\","
                  "\"params\":{\"bytes\":99999999999999999999}}",
                  ERROR_INVALID_PARAMS, "\"s\"", "{\"param\":\"bytes\"}");
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":9007199254740993,\"method\":"
                  "\"get\",\"params\":{\"bytes\":99999999999999999999}}",
                  ERROR_INVALID_PARAMS, "9007199254740993",
                  "{\"param\":\"bytes\"}");
}
END_TEST

START_TEST(an_id_of_a_fraction_is_refused_beside_a_number_beyond_64_bits)
{
    static const char *const ids[] = {"1.0", "1e3", "1.5",
                                      "99999999999999999999", "1e400"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        char line[160];
        snprintf(line, sizeof(line),
                 "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":%s,"
                 "\"params\":[99999999999999999999,1e400]}",
                 ids[i]);
        check_refused(line, ERROR_INVALID_REQUEST, "null",
                      "{\"member\":\"id\"}");
    }
}
END_TEST

START_TEST(a_number_beyond_a_double_spoils_its_own_request_only)
{
    struct parsed p;
    parsed_init(&p, "[{\"jsonrpc\":\"2.0\",\"id\":9007199254740993,"
                    "\"method\":\"ping\"},"
                    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"get\","
                    "\"params\":{\"bytes\":1e400}},"
                    "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"get\","
                    "\"params\":{\"bytes\":-1e400}},"
                    "{\"jsonrpc\":\"2.0\",\"id\":\"1e400\","
                    "\"method\":\"ping\"}]");
    ck_assert_uint_eq(p.list.count, 4);
    const struct request *r = p.list.requests;
    ck_assert(r[0].is_valid);
    ck_assert_mem_eq(r[0].id.text, "9007199254740993", r[0].id.length);
    ck_assert(!r[1].is_valid && r[1].error.kind == ERROR_INVALID_PARAMS);
    ck_assert(!r[2].is_valid && r[2].error.kind == ERROR_INVALID_PARAMS);
    ck_assert(r[3].is_valid);
    ck_assert_mem_eq(r[3].id.text, "\"1e400\"", r[3].id.length);
    parsed_fini(&p);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(integers_of_64_bits_come_back),
        TEST(strings_come_back),
        TEST(null_comes_back),
        TEST(other_ids_are_refused_with_id_null),
        TEST(an_id_has_256_bytes_at_most),
        TEST(an_invalid_request_keeps_an_id_that_was_read),
        TEST(ids_come_back_beside_a_number_beyond_64_bits),
        TEST(an_id_of_a_fraction_is_refused_beside_a_number_beyond_64_bits),
        TEST(a_number_beyond_a_double_spoils_its_own_request_only),
        {0},
    };
    return run_tests("request_id", tests);
}
