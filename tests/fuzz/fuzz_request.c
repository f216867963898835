/* SPDX-License-Identifier: MIT */
/*
 * The request parser alone. Whatever a line or a content holds: it becomes
 * requests within every limit of protocol.h, or errors whose reply is JSON and
 * says so to the right id.
 *
 * And the framing alone: a stream, cut anywhere, is the same messages and the
 * same errors as the whole of it, and no pointer leaves it.
 */

#include "protocol/frame.h"
#include "protocol/reply.h"
#include "protocol/request.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void check_id(const struct request_id *id)
{
    MUST(id->length <= PROTOCOL_ID_MAX);
    if (id->length == 0)
        return;
    json_t *json = json_loadb(id->text, id->length,
                              JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    MUST(json_is_string(json) || json_is_integer(json) || json_is_null(json));
    json_decref(json);
}

static void check_get(const struct get_params *get)
{
    uint32_t max = PROTOCOL_BYTES_MAX;
    if (get->quality == QUALITY_CONDITIONED)
        max = PROTOCOL_CONDITIONED_MAX;
    else if (get->encoding == ENCODING_BINARY)
        max = PROTOCOL_BINARY_MAX;
    MUST(get->bytes >= 1 && get->bytes <= max);
    MUST(get->timeout_ms <= PROTOCOL_TIMEOUT_MAX_MS);
    MUST(encoding_name(get->encoding) != NULL);
    MUST(quality_name(get->quality) != NULL);
}

static void check_valid(const struct request *r)
{
    MUST(r->method < METHOD_COUNT);
    switch (r->method) {
    case METHOD_GET:
        check_get(&r->get);
        break;
    case METHOD_RAW:
        MUST(memchr(r->raw.source, '\0', sizeof(r->raw.source)) != NULL);
        MUST(r->raw.samples >= 1 && r->raw.samples <= PROTOCOL_SAMPLES_MAX);
        MUST(r->raw.encoding != ENCODING_BINARY);
        MUST(raw_format_name(r->raw.format) != NULL);
        break;
    case METHOD_SUBSCRIBE:
        MUST(subscription_name(r->subscribe.events) != NULL);
        MUST(r->subscribe.events != SUBSCRIBE_STATUS ||
             (r->subscribe.interval_ms >= PROTOCOL_INTERVAL_MIN_MS &&
              r->subscribe.interval_ms <= PROTOCOL_INTERVAL_MAX_MS));
        break;
    case METHOD_SELFTEST:
        MUST(memchr(r->selftest.source, '\0', sizeof(r->selftest.source)) !=
             NULL);
        break;
    default:
        break;
    }
}

static void check_error(const struct request *r)
{
    struct buffer out = {0};
    MUST(r->error.kind < ERROR_KIND_COUNT);
    MUST(memchr(r->error.message, '\0', sizeof(r->error.message)) != NULL);
    MUST(r->error.message[0] != '\0');
    MUST(memchr(r->error.data, '\0', sizeof(r->error.data)) != NULL);
    struct request_id id = r->id;
    if (id.length == 0)
        id = (struct request_id){.length = 4, .text = "null"};
    reply_error(&out, &id, &r->error);
    MUST(!out.has_failed && memchr(out.data, '\n', out.length) == NULL);
    json_t *json = json_loadb(out.data, out.length,
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    json_t *error = json_object_get(json, "error");
    MUST(json_integer_value(json_object_get(error, "code")) ==
         error_code(r->error.kind));
    json_decref(json);
    buffer_fini(&out);
}

#define FRAME_MAX ((size_t)64)

/* A stream as it is cut into frames. */
struct cutter {
    struct framing framing;
    struct frame frame;
    size_t at; /* dealt with */
};

/* The next message or error of the stream's first `length` bytes. Every byte
 * that is handed over lies in memory of exactly that length. */
static enum frame_result next(struct cutter *c, struct bytes stream,
                              size_t length, bool is_end)
{
    enum frame_result result = FRAME_SKIPPED;
    while (c->at < length && result == FRAME_SKIPPED) {
        size_t left = length - c->at;
        char *copy = exact_copy(stream.at + c->at, left);
        result =
            frame_next(&c->framing, copy, left, FRAME_MAX, is_end, &c->frame);
        MUST(c->frame.used <= left);
        MUST(result == FRAME_PARTIAL || result == FRAME_BROKEN ||
             c->frame.used > 0);
        if (result == FRAME_MESSAGE) {
            size_t begin = (size_t)(c->frame.message - copy);
            MUST(begin <= c->frame.used &&
                 c->frame.length <= c->frame.used - begin);
            c->frame.message = (const char *)stream.at + c->at + begin;
        }
        c->at += c->frame.used;
        free(copy);
    }
    return result == FRAME_SKIPPED ? FRAME_PARTIAL : result;
}

static void check_frames(struct bytes stream, size_t piece)
{
    static struct cutter whole;
    static struct cutter cut;
    whole = cut = (struct cutter){.at = 0};
    enum frame_result expected = FRAME_MESSAGE;
    size_t here = 0;
    while (expected != FRAME_PARTIAL && expected != FRAME_BROKEN) {
        expected = next(&whole, stream, stream.left, true);
        enum frame_result got = next(&cut, stream, here, here == stream.left);
        while (got == FRAME_PARTIAL && here < stream.left) {
            here += piece < stream.left - here ? piece : stream.left - here;
            got = next(&cut, stream, here, here == stream.left);
        }
        MUST(got == expected);
        if (got == FRAME_MESSAGE)
            MUST(cut.frame.message == whole.frame.message &&
                 cut.frame.length == whole.frame.length);
        else if (got != FRAME_PARTIAL)
            MUST(cut.frame.error.kind == whole.frame.error.kind &&
                 strcmp(cut.frame.error.message, whole.frame.error.message) ==
                     0);
    }
    MUST(expected == FRAME_BROKEN || cut.at == stream.left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    uint8_t first = take_byte(&in);
    size_t max_batch = 1 + first % PROTOCOL_BATCH_MAX;
    check_frames(in, 1 + first / 16);
    if (in.left > PROTOCOL_LINE_MAX)
        return 0; /* no message */
    char *line = exact_copy(in.at, in.left);
    struct request one;
    struct request_list list;
    uint64_t batch_bytes = 0;
    MUST(request_parse(line, in.left, max_batch, &one, &list) == 0);
    MUST(list.count >= 1 && list.requests != NULL);
    MUST(list.is_batch ? list.count <= max_batch
                       : list.count == 1 && list.requests == &one);
    for (size_t i = 0; i < list.count; i++) {
        const struct request *r = &list.requests[i];
        check_id(&r->id);
        if (!r->is_valid) {
            check_error(r);
            continue;
        }
        check_valid(r);
        if (list.is_batch && r->method == METHOD_GET) {
            MUST(r->get.encoding != ENCODING_BINARY);
            batch_bytes += r->get.bytes;
        }
    }
    MUST(batch_bytes <= PROTOCOL_BATCH_BYTES_MAX);
    request_list_fini(&list);
    free(line);
    return 0;
}
