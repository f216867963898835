/* SPDX-License-Identifier: MIT */
/*
 * A line to struct request. Plain requests, and batches of them, are recognised
 * byte by byte; all other lines are read as JSON, and what is wrong with one
 * becomes an error with a position.
 */

#include "protocol/request.h"

#include "base/nearest.h"
#include "protocol/json_line.h"
#include "protocol/methods.h"
#include "protocol/params.h"
#include "protocol/recognise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The members that JSON-RPC knows. */
static const char *const known_members[] = {"jsonrpc", "id", "method",
                                            "params"};
#define KNOWN_MEMBERS (sizeof(known_members) / sizeof(known_members[0]))

/* The batch that a request is part of. */
struct batch {
    bool is_batch;
    uint64_t bytes; /* asked for by the requests before this one */
};

static void set_null_id(struct request_id *id)
{
    static const char null[] = {'n', 'u', 'l', 'l'};
    memcpy(id->text, null, sizeof(null));
    id->length = sizeof(null);
}

/* A whole line or batch: *request becomes invalid with id null; limit is told
 * where it is not 0. */
static void refuse_line(struct request *request, enum error_kind kind,
                        const char *message, int64_t limit)
{
    request->is_valid = false;
    set_null_id(&request->id);
    protocol_error_set(&request->error, kind, "%s", message);
    if (limit > 0)
        protocol_error_add_integer(&request->error, "limit", limit);
}

/* A line that is not JSON from the place that `why` names on. */
static void refuse_json(struct request *request, const char *line,
                        size_t length, const json_error_t *why)
{
    struct protocol_error *error = &request->error;
    while (length > 0 && line[length - 1] != '\0' &&
           strchr(" \t\r", line[length - 1]) != NULL)
        length--;
    request->is_valid = false;
    set_null_id(&request->id);
    if (length == 0)
        protocol_error_set(error, ERROR_PARSE, "%s: the line is empty",
                           error_message(ERROR_PARSE));
    else
        protocol_error_set(error, ERROR_PARSE, "%s: line %d column %d: %s",
                           error_message(ERROR_PARSE), why->line, why->column,
                           why->text);
    protocol_error_add_integer(error, "line", why->line);
    protocol_error_add_integer(error, "column", why->column);
    protocol_error_add_integer(error, "byte", why->position);
}

/* A member of the request that must be something else. */
static int refuse_member(struct protocol_error *error, const char *member,
                         const char *must_be)
{
    protocol_error_set(error, ERROR_INVALID_REQUEST, "\"%s\" must be %s",
                       member, must_be);
    protocol_error_add_string(error, "member", member);
    return -EINVAL;
}

/* Takes over the id as it will be echoed. 0, or -EINVAL with error set and the
 * id null. */
static int take_id(const json_t *json, struct request *request)
{
    struct request_id *id = &request->id;
    id->length = 0;
    if (json == NULL)
        return 0;
    if (!json_is_string(json) && !json_is_null(json) &&
        !json_is_integer(json)) {
        set_null_id(id);
        return refuse_member(&request->error, "id",
                             "a string, an integer of 64 bits or null");
    }
    size_t length = json_dumpb(json, id->text, sizeof(id->text),
                               JSON_ENCODE_ANY | JSON_COMPACT);
    if (length > 0 && length <= sizeof(id->text)) {
        id->length = (uint16_t)length;
        return 0;
    }
    set_null_id(id);
    protocol_error_set(&request->error, ERROR_INVALID_REQUEST,
                       "\"id\" must be at most %d bytes of JSON, not %zu",
                       PROTOCOL_ID_MAX, length);
    protocol_error_add_string(&request->error, "member", "id");
    protocol_error_add_integer(&request->error, "limit", PROTOCOL_ID_MAX);
    return -EINVAL;
}

static int check_members(const json_t *json, struct protocol_error *error)
{
    const char *member;
    json_t *value;
    json_object_foreach((json_t *)json, member, value)
    {
        size_t i = 0;
        while (i < KNOWN_MEMBERS && strcmp(known_members[i], member) != 0)
            i++;
        if (i < KNOWN_MEMBERS)
            continue;
        const char *nearest =
            nearest_name(member, known_members, KNOWN_MEMBERS);
        char excerpt[ERROR_EXCERPT_MAX];
        protocol_error_set(error, ERROR_INVALID_REQUEST,
                           "a request has no member \"%s\"",
                           protocol_error_excerpt(member, excerpt));
        protocol_error_add_string(error, "member", member);
        if (nearest != NULL)
            protocol_error_add_string(error, "nearest", nearest);
        return -EINVAL;
    }
    return 0;
}

/* Checks what JSON-RPC asks of the envelope. */
static int check_envelope(const json_t *json, struct protocol_error *error)
{
    const json_t *version = json_object_get(json, "jsonrpc");
    if (!json_is_string(version) || json_string_length(version) != 3 ||
        strcmp(json_string_value(version), "2.0") != 0)
        return refuse_member(error, "jsonrpc", "the string \"2.0\"");
    if (!json_is_string(json_object_get(json, "method")))
        return refuse_member(error, "method", "a string");
    const json_t *params = json_object_get(json, "params");
    /* Some clients send null for no params. */
    if (params != NULL && !json_is_null(params) && !json_is_array(params) &&
        !json_is_object(params))
        return refuse_member(error, "params", "an object or an array");
    return check_members(json, error);
}

static int find_method(const json_t *json, enum method *method,
                       struct protocol_error *error)
{
    const char *name = json_string_value(json);
    size_t length = json_string_length(json);
    if (method_find(name, length, method))
        return 0;
    if (strlen(name) != length) {
        protocol_error_set(error, ERROR_METHOD_NOT_FOUND,
                           "a method name with a NUL in it");
        return -EINVAL;
    }
    const char *names[METHOD_COUNT];
    for (unsigned i = 0; i < METHOD_COUNT; i++)
        names[i] = method_name((enum method)i);
    const char *nearest = nearest_name(name, names, METHOD_COUNT);
    char excerpt[ERROR_EXCERPT_MAX];
    protocol_error_set(error, ERROR_METHOD_NOT_FOUND, "no method \"%s\"",
                       protocol_error_excerpt(name, excerpt));
    protocol_error_add_string(error, "method", name);
    if (nearest != NULL)
        protocol_error_add_string(error, "nearest", nearest);
    return -EINVAL;
}

/* Raw bytes need a line of their own to follow. */
static int refuse_binary(struct protocol_error *error, const char *where)
{
    protocol_error_set(error, ERROR_INVALID_PARAMS,
                       "encoding \"binary\" is not possible %s", where);
    protocol_error_add_string(error, "param", "encoding");
    protocol_error_add_string(error, "got", "binary");
    return -EINVAL;
}

/* Bytes that the reply to a request will carry. */
static uint64_t bytes_asked(const struct request *request)
{
    if (request->method == METHOD_GET)
        return request->get.bytes;
    if (request->method == METHOD_RAW)
        return (uint64_t)request->raw.samples *
               (request->raw.format == RAW_TICKS ? 8 : 1);
    return 0;
}

/* Binary in a batch or a notification; a batch that asks for too much, whose
 * replies leave all at once. */
static int check_place(struct batch *batch, struct request *request)
{
    struct protocol_error *error = &request->error;
    if (request->method == METHOD_GET &&
        request->get.encoding == ENCODING_BINARY) {
        if (batch->is_batch)
            return refuse_binary(error, "in a batch");
        if (request->id.length == 0)
            return refuse_binary(error, "in a notification");
    }
    if (!batch->is_batch)
        return 0;
    uint64_t bytes = bytes_asked(request);
    if (bytes > PROTOCOL_BATCH_BYTES_MAX - batch->bytes) {
        protocol_error_set(error, ERROR_TOO_LARGE,
                           "a batch may ask for %d bytes in all",
                           PROTOCOL_BATCH_BYTES_MAX);
        protocol_error_add_integer(error, "limit", PROTOCOL_BATCH_BYTES_MAX);
        protocol_error_add_integer(error, "asked_before",
                                   (int64_t)batch->bytes);
        return -EINVAL;
    }
    batch->bytes += bytes;
    return 0;
}

static int read_call(const json_t *json, struct batch *batch,
                     struct request *request)
{
    enum method method;
    int rc =
        find_method(json_object_get(json, "method"), &method, &request->error);
    if (rc == 0)
        rc = params_read(json_object_get(json, "params"), method, request);
    if (rc == 0)
        rc = check_place(batch, request);
    return rc;
}

/* One request out of its JSON value. */
static void read_request(const json_t *json, struct batch *batch,
                         struct request *request)
{
    request->is_valid = false;
    if (!json_is_object(json)) {
        refuse_line(request, ERROR_INVALID_REQUEST,
                    "a request must be an object", 0);
        return;
    }
    if (take_id(json_object_get(json, "id"), request) < 0)
        return;
    if (check_envelope(json, &request->error) < 0) {
        /* Without an id it may not have been a notification: JSON-RPC answers
         * with null. */
        if (request->id.length == 0)
            set_null_id(&request->id);
        return;
    }
    request->is_valid = read_call(json, batch, request) == 0;
}

static int read_batch(const json_t *json, size_t max_batch,
                      struct request_list *list)
{
    size_t count = json_array_size(json);
    if (count == 0) {
        refuse_line(list->requests, ERROR_INVALID_REQUEST,
                    "a batch must hold at least one request", 0);
        return 0;
    }
    if (count > max_batch) {
        refuse_line(list->requests, ERROR_TOO_LARGE,
                    "the batch holds more requests than allowed",
                    (int64_t)max_batch);
        return 0;
    }
    struct request *requests = calloc(count, sizeof(*requests));
    if (requests == NULL)
        return -ENOMEM;
    *list = (struct request_list){
        .is_batch = true, .count = count, .requests = requests};
    struct batch batch = {.is_batch = true};
    for (size_t i = 0; i < count; i++)
        read_request(json_array_get(json, i), &batch, &requests[i]);
    return 0;
}

/* A line that would take too long to parse. */
static void refuse_expensive(struct request *request, size_t elements,
                             size_t max_batch)
{
    if (elements > max_batch)
        refuse_line(request, ERROR_TOO_LARGE,
                    "the batch holds more requests than allowed",
                    (int64_t)max_batch);
    else
        refuse_line(request, ERROR_TOO_LARGE,
                    "the line has more of the characters { [ , : outside "
                    "strings than allowed",
                    PROTOCOL_MARKS_MAX);
}

/* Recognises the requests of a batch one by one, each into *to, which moves on
 * by `step` (0: all into the same place). How many they are; 0: it is not a
 * batch of at most `max` such requests, or asks for something that a batch may
 * not. */
static size_t recognise_batch(const char *line, size_t length, size_t max,
                              struct request *to, size_t step)
{
    struct batch batch = {.is_batch = true};
    size_t count = 0;
    if (length < 2 || line[0] != '[' || line[length - 1] != ']')
        return 0;
    const char *end = line + length - 1;
    for (const char *at = line + 1; count < max; at++) {
        size_t used = recognise(at, (size_t)(end - at), to);
        if (used == 0 || check_place(&batch, to) < 0)
            return 0;
        at += used;
        to += step;
        count++;
        if (at == end)
            return count;
        if (*at != ',')
            return 0;
    }
    return 0;
}

/* Makes the list of a batch of plain requests; leaves it alone where the line
 * is none. They are recognised twice, because only then is it known how many
 * they are; that is still a fraction of what jansson takes. 0, or -ENOMEM. */
static int take_plain_batch(const char *line, size_t length, size_t max_batch,
                            struct request_list *list)
{
    size_t count = recognise_batch(line, length, max_batch, list->requests, 0);
    if (count == 0)
        return 0;
    struct request *requests = calloc(count, sizeof(*requests));
    if (requests == NULL)
        return -ENOMEM;
    (void)recognise_batch(line, length, count, requests, 1);
    *list = (struct request_list){
        .is_batch = true, .count = count, .requests = requests};
    return 0;
}

int request_parse(const char *line, size_t length, size_t max_batch,
                  struct request *one, struct request_list *list)
{
    *list = (struct request_list){.count = 1, .requests = one};
    if (length > 0 && recognise(line, length, one) == length)
        return 0;
    int rc = take_plain_batch(line, length, max_batch, list);
    if (rc < 0 || list->is_batch)
        return rc;
    return request_parse_json(line, length, max_batch, one, list);
}

int request_parse_json(const char *line, size_t length, size_t max_batch,
                       struct request *one, struct request_list *list)
{
    *list = (struct request_list){.count = 1, .requests = one};
    struct batch single = {.is_batch = false};
    size_t elements;
    json_error_t why;
    if (length > PROTOCOL_MARKS_MAX &&
        json_line_is_expensive(line, length, &elements)) {
        refuse_expensive(one, elements, max_batch);
        return 0;
    }
    json_t *json = json_line_load(line, length, &why);
    if (json == NULL && json_error_code(&why) == json_error_out_of_memory)
        return -ENOMEM;
    if (json == NULL) {
        refuse_json(one, line, length, &why);
        return 0;
    }
    int rc = 0;
    if (json_is_array(json))
        rc = read_batch(json, max_batch, list);
    else
        read_request(json, &single, one);
    json_decref(json);
    return rc;
}

void request_list_fini(struct request_list *list)
{
    if (list->is_batch)
        free(list->requests);
    *list = (struct request_list){0};
}
