/* SPDX-License-Identifier: MIT */
/* What is known by sight must be what jansson makes of it, and nothing else
 * may be known. */

#include "protocol/recognise.h"
#include "protocol/request.h"
#include "tests/support/run.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GET(id, params)                                                        \
    "{\"jsonrpc\":\"2.0\",\"id\":" id                                          \
    ",\"method\":\"get\",\"params\":{" params "}}"

/* The line in memory exactly as long, not terminated: that is what the
 * sanitizers look at. Caller frees. */
static char *exact_copy(const char *line)
{
    size_t length = strlen(line);
    char *copy = malloc(length > 0 ? length : 1);
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
    memcpy(copy, line, length);
    return copy;
}

/* Is all of the line one plain request? */
static bool knows(const char *line, struct request *request)
{
    size_t length = strlen(line);
    char *copy = exact_copy(line);
    bool is_known = length > 0 && recognise(copy, length, request) == length;
    free(copy);
    return is_known;
}

static bool is_same_get(const struct get_params *a, const struct get_params *b)
{
    return a->bytes == b->bytes && a->timeout_ms == b->timeout_ms &&
           a->encoding == b->encoding && a->quality == b->quality;
}

static bool is_same(const struct request *a, const struct request *b)
{
    return a->is_valid && b->is_valid && a->method == b->method &&
           a->id.length == b->id.length &&
           memcmp(a->id.text, b->id.text, a->id.length) == 0 &&
           (a->method != METHOD_GET || is_same_get(&a->get, &b->get));
}

/* Parses line by jansson alone and compares, if it is known by sight. */
static bool agree(const char *line)
{
    struct request seen;
    struct request parsed;
    struct request_list list;
    if (!knows(line, &seen))
        return false;
    ck_assert_int_eq(request_parse_json(line, strlen(line), 64, &parsed, &list),
                     0);
    ck_assert_msg(!list.is_batch && is_same(&seen, &parsed), "%s", line);
    return true;
}

static bool is_same_error(const struct request *a, const struct request *b)
{
    return !a->is_valid && !b->is_valid && a->error.kind == b->error.kind &&
           a->id.length == b->id.length &&
           memcmp(a->id.text, b->id.text, a->id.length) == 0 &&
           strcmp(a->error.message, b->error.message) == 0 &&
           strcmp(a->error.data, b->error.data) == 0;
}

/* Parses line with the recogniser and without, and compares. How many valid
 * requests the line has. */
static size_t parse_both(const char *line)
{
    struct request one[2];
    struct request_list lists[2];
    size_t length = strlen(line);
    size_t valid = 0;
    char *copy = exact_copy(line);
    ck_assert_int_eq(request_parse(copy, length, 4, &one[0], &lists[0]), 0);
    ck_assert_int_eq(request_parse_json(copy, length, 4, &one[1], &lists[1]),
                     0);
    ck_assert_msg(lists[0].is_batch == lists[1].is_batch &&
                      lists[0].count == lists[1].count,
                  "%s", line);
    for (size_t i = 0; i < lists[0].count; i++) {
        const struct request *a = &lists[0].requests[i];
        const struct request *b = &lists[1].requests[i];
        valid += a->is_valid;
        ck_assert_msg(is_same(a, b) || is_same_error(a, b), "%s", line);
    }
    request_list_fini(&lists[0]);
    request_list_fini(&lists[1]);
    free(copy);
    return valid;
}

static const char *const plain[] = {
    GET("1", "\"bytes\":32"),
    GET("0", "\"bytes\":65536"),
    GET("999999999999999", "\"bytes\":1"),
    GET("7", "\"bytes\":5,\"encoding\":\"hex\""),
    GET("7", "\"bytes\":5,\"encoding\":\"base64\",\"quality\":\"drbg\""),
    GET("7", "\"bytes\":67108864,\"encoding\":\"binary\""),
    GET("7", "\"bytes\":4096,\"quality\":\"conditioned\",\"timeout_ms\":0"),
    GET("7", "\"bytes\":4096,\"encoding\":\"binary\",\"quality\":"
             "\"conditioned\",\"timeout_ms\":60000"),
    GET("7", "\"timeout_ms\":1,\"quality\":\"drbg\",\"bytes\":9"),
    GET("\"\"", "\"bytes\":1"),
    GET("\"8d6f-[{}],:/ ~\"", "\"bytes\":1"),
    " { \"jsonrpc\" : \"2.0\" , \"method\" : \"get\" ,\t\"params\" : "
    "{ \"bytes\" : 1 , \"encoding\" : \"hex\" } ,\r\n\"id\" : 1 } \r",
    "{\"params\":{\"bytes\":1},\"method\":\"get\",\"id\":1,\"jsonrpc\":\"2."
    "0\"}",
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{\"bytes\":1} "
    "} ",
    "{ "
    "\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{\"bytes\":1}}",
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\": "
    "{\"bytes\":1}}",
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}",
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"health\",\"params\":{}}",
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"params\":{ },\"method\":\"sources\"}",
    "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"}",
};

#define PLAIN_COUNT (sizeof(plain) / sizeof(*plain))

START_TEST(plain_requests_are_known_and_mean_what_jansson_says)
{
    for (size_t i = 0; i < PLAIN_COUNT; i++)
        ck_assert_msg(agree(plain[i]), "%s", plain[i]);
}
END_TEST

START_TEST(an_id_may_be_as_long_as_the_protocol_allows)
{
    char id[PROTOCOL_ID_MAX + 2];
    char line[PROTOCOL_ID_MAX + 128];
    struct request request;
    memset(id, 'x', sizeof(id));
    id[0] = id[PROTOCOL_ID_MAX - 1] = '"';
    id[PROTOCOL_ID_MAX] = '\0';
    (void)snprintf(line, sizeof(line), GET("%s", "\"bytes\":1"), id);
    ck_assert(agree(line));
    id[PROTOCOL_ID_MAX - 1] = 'x';
    id[PROTOCOL_ID_MAX] = '"';
    id[PROTOCOL_ID_MAX + 1] = '\0';
    (void)snprintf(line, sizeof(line), GET("%s", "\"bytes\":1"), id);
    ck_assert(!knows(line, &request));
}
END_TEST

START_TEST(everything_else_is_not_known)
{
    static const char *const others[] = {
        "",
        "{",
        "{}",
        "[]",
        "null",
        "{\"jsonrpc\":\"2.0\",\"method\":\"get\",\"params\":{\"bytes\":1}}",
        "{\"id\":1,\"method\":\"get\",\"params\":{\"bytes\":1}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"params\":{\"bytes\":1}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":[1]}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":null}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":1,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pong\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",}",
        "{,\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\" \"id\":1,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"x\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\",\"params\":"
        "{\"bytes\":1}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"selftest\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\\u0070ing\"}",
        GET("01", "\"bytes\":1"),
        GET("-1", "\"bytes\":1"),
        GET("1.0", "\"bytes\":1"),
        GET("1e3", "\"bytes\":1"),
        GET("\"\\n\"", "\"bytes\":1"),
        GET("\"\t\"", "\"bytes\":1"),
        GET("\"\x7f\"", "\"bytes\":1"),
        GET("\"\xc3\xa9\"", "\"bytes\":1"),
        GET("1000000000000000", "\"bytes\":1"),
        GET("1", "\"bytes\":0"),
        GET("1", "\"bytes\":01"),
        GET("1", "\"bytes\":65537"),
        GET("1", "\"bytes\":67108865,\"encoding\":\"binary\""),
        GET("1", "\"bytes\":4097,\"quality\":\"conditioned\""),
        GET("1", "\"bytes\":1,\"bytes\":1"),
        GET("1", "\"bytes\":1,"),
        GET("1", "\"bytes\":1,\"timeout_ms\":60001"),
        GET("1", "\"bytes\":1,\"encoding\":\"hexx\""),
        GET("1", "\"bytes\":1,\"encoding\":1"),
        GET("1", "\"quality\":\"drbg\""),
        GET("1", "\"bytes\":1") "}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":"
        "{\"bytes\":1},\"id\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":"
        "{\"bytes\":1},\"method\":\"get\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":"
        "{\"bytes\":1},}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":"
        "{\"bytes\":1},\"x\":1}",
        GET("1", "\"bytes\":1") GET("1", "\"bytes\":1"),
    };
    struct request request;
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        ck_assert_msg(!knows(others[i], &request), "%s", others[i]);
}
END_TEST

START_TEST(every_cut_of_a_plain_request_is_not_known)
{
    struct request request;
    for (size_t i = 0; i < PLAIN_COUNT; i++) {
        size_t end = (size_t)(strrchr(plain[i], '}') - plain[i]);
        for (size_t n = 0; n <= end; n++) {
            char cut[256] = "";
            memcpy(cut, plain[i], n);
            ck_assert_msg(!knows(cut, &request), "%s", cut);
        }
    }
}
END_TEST

/* Changes one byte, drops one or doubles one, at a place of chance. The fixed
 * seed makes a failure come again. */
static void damage(char *line, unsigned *state)
{
    static const char bytes[] = "{}[]\",:.0123 -eEtnulbx\xff\x01\r";
    size_t length = strlen(line);
    *state = *state * 1103515245u + 12345u;
    size_t at = (*state >> 8) % length;
    switch (*state >> 28) {
    case 0:
        memmove(line + at, line + at + 1, length - at);
        break;
    case 1:
        memmove(line + at + 1, line + at, length - at + 1);
        break;
    default:
        line[at] = bytes[(*state >> 4) % (sizeof(bytes) - 1)];
        break;
    }
}

START_TEST(both_agree_on_damaged_requests)
{
    unsigned state = 1;
    long known = 0;
    for (long round = 0; round < scaled(300000); round++) {
        char line[256];
        (void)snprintf(line, sizeof(line), "%s",
                       plain[round % (long)PLAIN_COUNT]);
        damage(line, &state);
        known += agree(line);
    }
    /* The damage must leave enough of them whole for this to say something. */
    ck_assert_int_gt(known, scaled(300000) / 100);
}
END_TEST

#define PING "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"ping\"}"

static const char *const batches[] = {
    "[" PING "]",
    "[" GET("1", "\"bytes\":32") "," PING "," GET("\"a\"", "\"bytes\":1") "]",
    "[ " PING " ,\t" PING " ]",
    "[" GET("1", "\"bytes\":32768") "," GET("2", "\"bytes\":32768") "]",
    "[" PING "," PING "," PING "," PING "]",
};

#define BATCH_COUNT (sizeof(batches) / sizeof(*batches))

static size_t allocations; /* jansson's */

static void *counting_malloc(size_t n)
{
    allocations++;
    return malloc(n);
}

/* Does request_parse() do without jansson? */
static bool is_recognised(const char *line)
{
    struct request one;
    struct request_list list;
    allocations = 0;
    ck_assert_int_eq(request_parse(line, strlen(line), 4, &one, &list), 0);
    request_list_fini(&list);
    return allocations == 0;
}

START_TEST(batches_of_plain_requests_are_recognised)
{
    json_set_alloc_funcs(counting_malloc, free);
    for (size_t i = 0; i < BATCH_COUNT; i++)
        ck_assert_msg(is_recognised(batches[i]), "%s", batches[i]);
    ck_assert(!is_recognised("[" PING ",1]"));
}
END_TEST

START_TEST(batches_mean_what_jansson_says)
{
    static const char *const others[] = {
        "[",
        "]",
        "[]",
        "[ ]",
        " [" PING "]",
        "[" PING "] ",
        "[" PING ",]",
        "[," PING "]",
        "[" PING " " PING "]",
        "[" PING PING "]",
        "[[" PING "]]",
        "[" PING "]]",
        "[" PING ",1]",
        "[" PING "," PING "," PING "," PING "," PING "]",
        "[" PING ",{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}]",
        "[" GET("1", "\"bytes\":1,\"encoding\":\"binary\"") "]",
        "[" GET("1", "\"bytes\":32768") "," GET("2", "\"bytes\":32769") "]",
    };
    for (size_t i = 0; i < BATCH_COUNT; i++)
        ck_assert_uint_gt(parse_both(batches[i]), 0);
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        (void)parse_both(others[i]);
}
END_TEST

START_TEST(both_agree_on_damaged_batches)
{
    unsigned state = 1;
    size_t valid = 0;
    for (long round = 0; round < scaled(100000); round++) {
        char line[256];
        (void)snprintf(line, sizeof(line), "%s",
                       batches[round % (long)BATCH_COUNT]);
        damage(line, &state);
        valid += parse_both(line);
    }
    ck_assert_uint_gt(valid, (size_t)scaled(100000) / 100);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(plain_requests_are_known_and_mean_what_jansson_says),
        TEST(an_id_may_be_as_long_as_the_protocol_allows),
        TEST(everything_else_is_not_known),
        TEST(every_cut_of_a_plain_request_is_not_known),
        TEST(both_agree_on_damaged_requests),
        TEST(batches_of_plain_requests_are_recognised),
        TEST(batches_mean_what_jansson_says),
        TEST(both_agree_on_damaged_batches),
        {0},
    };
    return run_tests("recognise", tests);
}
