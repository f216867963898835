/* SPDX-License-Identifier: MIT */
#include "tests/protocol/parsed.h"

#include "protocol/reply.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

void parsed_init_bytes(struct parsed *p, const char *line, size_t length)
{
    /* Exactly as long as it is: a read beyond it is seen by the sanitizer. */
    char *copy = malloc(length > 0 ? length : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, line, length);
    memset(&p->one, 0x5a, sizeof(p->one));
    ck_assert_int_eq(
        request_parse(copy, length, PROTOCOL_BATCH_MAX, &p->one, &p->list), 0);
    free(copy);
    ck_assert_uint_ge(p->list.count, 1);
}

void parsed_init(struct parsed *p, const char *line)
{
    parsed_init_bytes(p, line, strlen(line));
}

void parsed_fini(struct parsed *p)
{
    request_list_fini(&p->list);
}

static json_t *load(const struct buffer *text)
{
    ck_assert(!text->has_failed);
    ck_assert_ptr_null(memchr(text->data, '\n', text->length));
    json_error_t why;
    json_t *json =
        json_loadb(text->data, text->length, JSON_REJECT_DUPLICATES, &why);
    ck_assert_msg(json != NULL, "%s in %.*s", why.text, (int)text->length,
                  text->data);
    return json;
}

json_t *parsed_error(const struct parsed *p)
{
    ck_assert_uint_eq(p->list.count, 1);
    const struct request *request = &p->list.requests[0];
    ck_assert(!request->is_valid);
    struct buffer text = {0};
    reply_error(&text, &request->id, &request->error);
    json_t *reply = load(&text);
    ck_assert_str_eq(json_string_value(json_object_get(reply, "jsonrpc")),
                     "2.0");
    ck_assert_ptr_null(json_object_get(reply, "result"));
    json_t *error = json_incref(json_object_get(reply, "error"));
    json_decref(reply);
    buffer_fini(&text);
    return error;
}

void check_refused(const char *line, enum error_kind kind, const char *id,
                   const char *data)
{
    struct parsed p;
    parsed_init(&p, line);
    json_t *error = parsed_error(&p);
    const struct request_id *got = &p.list.requests[0].id;
    ck_assert_msg(got->length == strlen(id) &&
                      memcmp(got->text, id, got->length) == 0,
                  "%s: id %.*s, not %s", line, got->length, got->text, id);
    ck_assert_msg(json_integer_value(json_object_get(error, "code")) ==
                      error_code(kind),
                  "%s: code %d, not %s", line,
                  (int)json_integer_value(json_object_get(error, "code")),
                  error_name(kind));
    const char *message = json_string_value(json_object_get(error, "message"));
    ck_assert_ptr_nonnull(message);
    ck_assert_uint_gt(strlen(message), 5);
    ck_assert(message[strlen(message) - 1] != '.');
    json_t *members = json_object_get(error, "data");
    ck_assert_str_eq(json_string_value(json_object_get(members, "name")),
                     error_name(kind));
    json_t *expected = json_loads(data, 0, NULL);
    ck_assert_msg(json_is_object(expected), "%s", data);
    const char *key;
    json_t *value;
    json_object_foreach(expected, key, value)
    {
        ck_assert_msg(json_equal(json_object_get(members, key), value),
                      "%s: data.%s differs", line, key);
    }
    json_decref(expected);
    json_decref(error);
    parsed_fini(&p);
}

json_t *parsed_replies(const struct parsed *p)
{
    struct buffer text = {0};
    for (size_t i = 0; i < p->list.count; i++) {
        const struct request *request = &p->list.requests[i];
        if (request->id.length == 0)
            continue;
        if (text.length > 0)
            buffer_append(&text, ",", 1);
        if (!request->is_valid) {
            reply_error(&text, &request->id, &request->error);
            continue;
        }
        buffer_append_text(&text, "{\"jsonrpc\":\"2.0\",\"id\":");
        buffer_append(&text, request->id.text, request->id.length);
        buffer_append_text(&text, ",\"result\":{\"method\":");
        buffer_append_json_string(&text, method_name(request->method));
        buffer_append_text(&text, "}}");
    }
    json_t *replies = NULL;
    if (text.length > 0 && p->list.is_batch) {
        struct buffer array = {0};
        buffer_append_text(&array, "[");
        buffer_append(&array, text.data, text.length);
        buffer_append_text(&array, "]");
        replies = load(&array);
        buffer_fini(&array);
    } else if (text.length > 0) {
        replies = load(&text);
    }
    buffer_fini(&text);
    return replies;
}
