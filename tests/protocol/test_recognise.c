/* SPDX-License-Identifier: MIT */
/* What is known by sight must be what jansson makes of it, and nothing else
 * may be known. */

#include "protocol/recognise.h"
#include "protocol/request.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GET(id, params)                                                        \
    "{\"jsonrpc\":\"2.0\",\"id\":" id                                          \
    ",\"method\":\"get\",\"params\":{" params "}}"

/* From memory exactly as long as the line, for the sanitizers. */
static bool knows(const char *line, struct request *request)
{
    size_t length = strlen(line);
    char *copy = malloc(length > 0 ? length : 1);
    /* Not terminated: that is what the sanitizers look at. */
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
    memcpy(copy, line, length);
    bool is_known = recognise_get(copy, length, request);
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
           is_same_get(&a->get, &b->get);
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

static const char *const canonical[] = {
    GET("1", "\"bytes\":32"),
    GET("0", "\"bytes\":65536"),
    GET("999999999999999", "\"bytes\":1"),
    GET("7", "\"bytes\":5,\"encoding\":\"hex\""),
    GET("7", "\"bytes\":5,\"encoding\":\"base64\",\"quality\":\"drbg\""),
    GET("7", "\"bytes\":67108864,\"encoding\":\"binary\""),
    GET("7", "\"bytes\":4096,\"quality\":\"conditioned\",\"timeout_ms\":0"),
    GET("7", "\"bytes\":4096,\"encoding\":\"binary\",\"quality\":"
             "\"conditioned\",\"timeout_ms\":60000"),
};

START_TEST(canonical_gets_are_known_and_mean_what_jansson_says)
{
    for (size_t i = 0; i < sizeof(canonical) / sizeof(*canonical); i++)
        ck_assert_msg(agree(canonical[i]), "%s", canonical[i]);
}
END_TEST

START_TEST(everything_else_is_not_known)
{
    static const char *const others[] = {
        "",
        "{",
        "[]",
        "{\"jsonrpc\":\"2.0\",\"method\":\"get\",\"params\":{\"bytes\":1}}",
        "{\"jsonrpc\": \"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"
        "\"bytes\":1}}",
        GET("01", "\"bytes\":1"),
        GET("-1", "\"bytes\":1"),
        GET("1.0", "\"bytes\":1"),
        GET("\"a\"", "\"bytes\":1"),
        GET("1000000000000000", "\"bytes\":1"),
        GET("1", "\"bytes\":0"),
        GET("1", "\"bytes\":01"),
        GET("1", "\"bytes\":65537"),
        GET("1", "\"bytes\":67108865,\"encoding\":\"binary\""),
        GET("1", "\"bytes\":4097,\"quality\":\"conditioned\""),
        GET("1", "\"bytes\":1,\"bytes\":1"),
        GET("1", "\"bytes\":1,\"timeout_ms\":60001"),
        GET("1", "\"bytes\":1,\"encoding\":\"hexx\""),
        GET("1", "\"bytes\":1,\"quality\":\"drbg\",\"encoding\":\"hex\""),
        GET("1", "\"bytes\":1") " ",
        GET("1", "\"bytes\":1") "}",
    };
    struct request request;
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        ck_assert_msg(!knows(others[i], &request), "%s", others[i]);
}
END_TEST

START_TEST(every_cut_of_a_canonical_get_is_not_known)
{
    struct request request;
    const char *line = canonical[7];
    for (size_t n = 0; n < strlen(line); n++) {
        char cut[256] = "";
        memcpy(cut, line, n);
        ck_assert(!knows(cut, &request));
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

START_TEST(both_agree_on_damaged_gets)
{
    unsigned state = 1;
    long known = 0;
    for (long round = 0; round < scaled(300000); round++) {
        char line[256];
        (void)snprintf(
            line, sizeof(line), "%s",
            canonical[round % (long)(sizeof(canonical) / sizeof(*canonical))]);
        damage(line, &state);
        known += agree(line);
    }
    /* The damage must leave enough of them whole for this to say something. */
    ck_assert_int_gt(known, scaled(300000) / 100);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(canonical_gets_are_known_and_mean_what_jansson_says),
        TEST(everything_else_is_not_known),
        TEST(every_cut_of_a_canonical_get_is_not_known),
        TEST(both_agree_on_damaged_gets),
        {0},
    };
    return run_tests("recognise", tests);
}
