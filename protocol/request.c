/*
 * A line to struct request. The commonest request is known by sight; all other
 * lines are read by jansson, whose refusals become errors with a position.
 *
 * jansson refuses integers beyond 64 bits as if they were no JSON. Such a line
 * is read once more with integers as doubles, so that the request that holds
 * it, and not the whole line, is told what is wrong.
 */

#include "protocol/request.h"
#include "protocol/params.h"
#include "protocol/recognise.h"
#include "protocol/refuse.h"
#include "protocol/request_place.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL)

/* How one line is being read. */
struct reading {
    struct request_place place;
    bool integers_are_real; /* the second reading, see above */
};

/* The integer that a JSON number is, in *integer; false where it is none that
 * 64 bits hold. 32.0 and 1e3 are integers, as JSON Schema has it. */
static bool number_is_integer(const json_t *json, int64_t *integer)
{
    if (json_is_integer(json)) {
        *integer = json_integer_value(json);
        return true;
    }
    double real = json_real_value(json);
    if (!(real >= -0x1p63 && real < 0x1p63) || real != (double)(int64_t)real)
        return false;
    *integer = (int64_t)real;
    return true;
}

static struct param_value value_of(const json_t *json)
{
    struct param_value value = {.type = VALUE_NULL};
    switch (json_typeof(json)) {
    case JSON_NULL:
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        value.type = VALUE_BOOLEAN;
        value.integer = json_is_true(json);
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        if (number_is_integer(json, &value.integer)) {
            value.type = VALUE_INTEGER;
        } else {
            value.type = VALUE_REAL;
            value.real = json_real_value(json);
        }
        break;
    case JSON_STRING:
        value.type = VALUE_STRING;
        value.text = json_string_value(json);
        value.length = json_string_length(json);
        break;
    case JSON_ARRAY:
        value.type = VALUE_ARRAY;
        break;
    case JSON_OBJECT:
        value.type = VALUE_OBJECT;
        break;
    }
    return value;
}

/* Takes over the id as it will be echoed. 0, or -EINVAL with error set and the
 * id null. */
static int take_id(const json_t *json, const struct reading *reading,
                   struct request *request)
{
    struct request_id *id = &request->id;
    if (json == NULL) {
        id->length = 0;
        return 0;
    }
    bool is_echoable =
        json_is_string(json) || json_is_null(json) || json_is_integer(json);
    size_t length = 0;
    if (is_echoable)
        length = json_dumpb(json, id->text, sizeof(id->text),
                            JSON_ENCODE_ANY | JSON_COMPACT);
    int64_t integer;
    /* In a second reading every integer came as a double. */
    if (reading->integers_are_real && json_is_real(json) &&
        number_is_integer(json, &integer) && integer < INT64_C(1) << 53 &&
        integer > -(INT64_C(1) << 53)) {
        json_t *again = json_integer(integer);
        if (again != NULL)
            length = json_dumpb(again, id->text, sizeof(id->text),
                                JSON_ENCODE_ANY | JSON_COMPACT);
        json_decref(again);
    }
    if (length > 0 && length <= sizeof(id->text)) {
        id->length = (uint16_t)length;
        return 0;
    }
    return refuse_id(request, length);
}

/* Whether the members of a request are those that JSON-RPC knows. */
static int check_members(const json_t *json, struct protocol_error *error)
{
    static const char *const known[] = {"jsonrpc", "id", "method", "params"};
    static const size_t count = sizeof(known) / sizeof(known[0]);
    void *at = json_object_iter((json_t *)json);
    for (; at != NULL; at = json_object_iter_next((json_t *)json, at)) {
        const char *key = json_object_iter_key(at);
        size_t i = 0;
        while (i < count && strcmp(known[i], key) != 0)
            i++;
        if (i == count)
            return refuse_unknown_member(error, key);
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
    /* Some clients write null for none. */
    if (params != NULL && !json_is_null(params) && !json_is_array(params) &&
        !json_is_object(params))
        return refuse_member(error, "params", "an object or an array");
    return check_members(json, error);
}

static int collect_params(const json_t *params, enum method method,
                          struct param_set *set, struct protocol_error *error)
{
    int rc = 0;
    size_t count = json_array_size(params);
    for (size_t i = 0; i < count && rc == 0; i++) {
        struct param_value value = value_of(json_array_get(params, i));
        rc = params_add_positional(set, method, i, &value, error);
    }
    void *at = json_object_iter((json_t *)params);
    for (; at != NULL && rc == 0;
         at = json_object_iter_next((json_t *)params, at)) {
        const char *key = json_object_iter_key(at);
        struct param_value value = value_of(json_object_iter_value(at));
        rc = params_add_named(set, method, key, strlen(key), &value, error);
    }
    return rc;
}

static int understand_call(const json_t *json, struct reading *reading,
                           struct request *request)
{
    const json_t *name = json_object_get(json, "method");
    enum method method;
    if (!method_find(json_string_value(name), json_string_length(name),
                     &method))
        return refuse_method(&request->error, json_string_value(name),
                             json_string_length(name));
    struct param_set set = {.is_given = {false}};
    int rc = collect_params(json_object_get(json, "params"), method, &set,
                            &request->error);
    if (rc == 0)
        rc = params_finish(&set, method, request);
    if (rc == 0)
        rc = request_check_place(&reading->place, request);
    return rc;
}

/* One request out of its JSON value. */
static void understand(const json_t *json, struct reading *reading,
                       struct request *request)
{
    request->is_valid = false;
    if (!json_is_object(json)) {
        refuse_line(request, ERROR_INVALID_REQUEST,
                    "a request must be an object", 0);
        return;
    }
    if (take_id(json_object_get(json, "id"), reading, request) < 0)
        return;
    if (check_envelope(json, &request->error) < 0) {
        /* Without an id nobody knows whether it was a notification: the
         * specification answers with null. */
        if (request->id.length == 0)
            request_id_null(&request->id);
        return;
    }
    request->is_valid = understand_call(json, reading, request) == 0;
}

static int understand_batch(const json_t *json, size_t max_batch,
                            struct reading *reading, struct request_list *list)
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
    reading->place.is_batch = true;
    for (size_t i = 0; i < count; i++)
        understand(json_array_get(json, i), reading, &requests[i]);
    return 0;
}

/* A line that jansson could not read. */
static void refuse_unread(struct request *request, const char *line,
                          size_t length, const json_error_t *why)
{
    while (length > 0 && strchr(" \t\r", line[length - 1]) != NULL &&
           line[length - 1] != '\0')
        length--;
    bool is_number = json_error_code(why) == json_error_numeric_overflow;
    refuse_json(request, is_number ? ERROR_INVALID_REQUEST : ERROR_PARSE,
                why->line, why->column, why->position,
                length > 0 ? why->text : NULL);
}

int request_parse(const char *line, size_t length, size_t max_batch,
                  struct request *one, struct request_list *list)
{
    *list = (struct request_list){.count = 1, .requests = one};
    if (recognise_get(line, length, one))
        return 0;
    return request_parse_json(line, length, max_batch, one, list);
}

int request_parse_json(const char *line, size_t length, size_t max_batch,
                       struct request *one, struct request_list *list)
{
    *list = (struct request_list){.count = 1, .requests = one};
    struct reading reading = {.integers_are_real = false};
    json_error_t why;
    json_t *json = json_loadb(line, length, LOAD_FLAGS, &why);
    if (json == NULL && json_error_code(&why) == json_error_numeric_overflow) {
        reading.integers_are_real = true;
        json = json_loadb(line, length, LOAD_FLAGS | JSON_DECODE_INT_AS_REAL,
                          &why);
    }
    if (json == NULL) {
        if (json_error_code(&why) == json_error_out_of_memory)
            return -ENOMEM;
        refuse_unread(one, line, length, &why);
        return 0;
    }
    int rc = 0;
    if (json_is_array(json))
        rc = understand_batch(json, max_batch, &reading, list);
    else
        understand(json, &reading, one);
    json_decref(json);
    return rc;
}

void request_list_fini(struct request_list *list)
{
    if (list->is_batch)
        free(list->requests);
    *list = (struct request_list){0};
}

void request_line_too_long(struct request *request, size_t limit)
{
    refuse_line(request, ERROR_TOO_LARGE,
                "the line is longer than one request may be", (int64_t)limit);
}
