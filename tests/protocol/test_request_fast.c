/* The short way and the long way must never say two things. */

#include "protocol/request_fast.h"
#include "tests/protocol/parsed.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fast(const char *line, struct request *request)
{
    /* Exactly as long as it is, for the sanitizer. */
    size_t length = strlen(line);
    char *copy = malloc(length > 0 ? length : 1);
    memcpy(copy, line, length);
    bool is_taken = request_parse_fast(copy, length, request);
    free(copy);
    return is_taken;
}

START_TEST(plain_requests_go_the_short_way)
{
    static const char *const lines[] = {
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"
        "\"bytes\":32}}",
        "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"get\", \"params\": "
        "{\"bytes\": 32, \"encoding\": \"base64\"}}",
        " { \"params\" : { } , \"method\" : \"ping\" , \"id\" : \"a-b\" , "
        "\"jsonrpc\" : \"2.0\" } ",
        "{\"method\":\"status\",\"jsonrpc\":\"2.0\",\"id\":0}",
        "{\"jsonrpc\":\"2.0\",\"id\":999999999999999999,\"method\":\"health\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{"
        "\"events\":\"status\",\"interval_ms\":5000}}",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct request request;
        ck_assert_msg(fast(lines[i], &request), "%s", lines[i]);
        ck_assert(request.is_valid);
    }
}
END_TEST

START_TEST(everything_else_is_left_to_jansson)
{
    static const char *const lines[] = {
        "",
        "{",
        "{}",
        "[]",
        "1",
        "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":-1,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":01,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1.0,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1e1,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1000000000000000000,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"\\u0061\",\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"\xc3\xa9\",\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"\x7f\",\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":1,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"x\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}x",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"",
        "{\"jsonrpc\":\"2.1\",\"id\":1,\"method\":\"ping\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":[32]}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"
        "\"bytes\":32,\"bytes\":32}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"
        "\"bytes\":0}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"
        "\"bytes\":1,\"encoding\":\"}\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"
        "\"bytes\":1,\"encoding\":\"hexx\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"raw\",\"params\":{"
        "\"source\":\"a\",\"samples\":1}}",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct request request;
        ck_assert_msg(!fast(lines[i], &request), "%s", lines[i]);
    }
}
END_TEST

static bool same(const struct request *a, const struct request *b)
{
    if (a->id.length != b->id.length ||
        memcmp(a->id.text, b->id.text, a->id.length) != 0 ||
        a->method != b->method)
        return false;
    if (a->method == METHOD_GET)
        return a->get.bytes == b->get.bytes &&
               a->get.timeout_ms == b->get.timeout_ms &&
               a->get.encoding == b->get.encoding &&
               a->get.quality == b->get.quality;
    if (a->method == METHOD_SUBSCRIBE || a->method == METHOD_UNSUBSCRIBE)
        return a->subscribe.events == b->subscribe.events &&
               a->subscribe.interval_ms == b->subscribe.interval_ms;
    return true;
}

/* The long way alone: a batch of one never goes the short way. */
static void slow(const char *line, struct parsed *p)
{
    char batch[512];
    snprintf(batch, sizeof(batch), "[%s]", line);
    parsed_init(p, batch);
}

/* What the short way takes, the long way takes, and as the same request. */
static bool check_agreement(const char *line)
{
    struct request request;
    if (!fast(line, &request))
        return false;
    struct parsed p;
    slow(line, &p);
    ck_assert_msg(p.list.is_batch && p.list.count == 1, "%s", line);
    const struct request *other = &p.list.requests[0];
    /* Being in a batch is what makes these two differ. */
    bool is_place =
        !other->is_valid && (request.get.encoding == ENCODING_BINARY);
    ck_assert_msg(other->is_valid || is_place, "%s: %s", line,
                  other->error.message);
    ck_assert_msg(is_place || same(&request, other), "%s", line);
    parsed_fini(&p);
    return true;
}

START_TEST(both_ways_agree_on_damaged_requests)
{
    static const char *const lines[] = {
        "{\"jsonrpc\":\"2.0\",\"id\":12,\"method\":\"get\",\"params\":{"
        "\"bytes\":32,\"encoding\":\"hex\",\"timeout_ms\":10}}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"ab\",\"method\":\"subscribe\","
        "\"params\":{\"events\":\"status\",\"interval_ms\":2000}}",
        "{ \"id\" : 3 , \"jsonrpc\" : \"2.0\" , \"method\" : \"ping\" }",
    };
    static const char bytes[] = "{}[]\",:.0123 -eE\\tnulbx\xff\x01\r";
    long taken = 0;
    srand(1);
    for (long round = 0; round < scaled(200000); round++) {
        char line[256];
        /* The fixed seed makes a failure come again. */
        /* NOLINTBEGIN(concurrency-mt-unsafe,cert-msc30-c) */
        snprintf(line, sizeof(line), "%s", lines[rand() % 3]);
        for (int changes = rand() % 3; changes >= 0; changes--) {
            size_t length = strlen(line);
            size_t at = (size_t)rand() % length;
            char byte = bytes[(size_t)rand() % (sizeof(bytes) - 1)];
            switch (rand() % 3) {
            case 0:
                line[at] = byte;
                break;
            case 1:
                memmove(line + at, line + at + 1, length - at);
                break;
            default:
                memmove(line + at + 1, line + at, length - at + 1);
                line[at] = byte;
                break;
            }
        }
        /* NOLINTEND(concurrency-mt-unsafe,cert-msc30-c) */
        taken += check_agreement(line);
    }
    /* The damage must leave enough of them whole for this to say something. */
    ck_assert_int_gt(taken, scaled(200000) / 100);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(plain_requests_go_the_short_way),
        TEST(everything_else_is_left_to_jansson),
        TEST(both_ways_agree_on_damaged_requests),
        {0},
    };
    return run_tests("request_fast", tests);
}
