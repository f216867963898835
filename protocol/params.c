/* SPDX-License-Identifier: MIT */
/*
 * Choices are checked before numbers: the range of a number may depend on
 * them.
 */

#include "protocol/params.h"

#include "base/nearest.h"
#include "protocol/methods.h"
#include "protocol/protocol_error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The values given for a method's params, in the order of its table; NULL: not
 * given. Borrowed. */
struct param_set {
    enum method method;
    const struct method_info *info;
    const json_t *values[METHOD_PARAMS_MAX];
};

static bool has_nul(const json_t *string)
{
    return strlen(json_string_value(string)) != json_string_length(string);
}

static bool is_plain_string(const json_t *value)
{
    return json_is_string(value) && !has_nul(value);
}

/* Is the number an integer of 64 bits? 32.0 and 1e3 are, as in JSON Schema. */
static bool is_integer(const json_t *value, int64_t *integer)
{
    if (json_is_integer(value)) {
        *integer = json_integer_value(value);
        return true;
    }
    double real = json_real_value(value);
    if (!json_is_real(value) || !(real >= -0x1p63 && real < 0x1p63) ||
        real != (double)(int64_t)real)
        return false;
    *integer = (int64_t)real;
    return true;
}

static const char *describe(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_NULL:
        return "null";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_INTEGER:
        return "a number";
    case JSON_REAL:
        return "a number with a fraction";
    case JSON_STRING:
        return has_nul(value) ? "a string with a NUL in it" : "a string";
    case JSON_ARRAY:
        return "an array";
    case JSON_OBJECT:
        return "an object";
    }
    return "something else";
}

/* As many digits as it takes to read the same number again. */
static void write_real(double real, char text[static 32])
{
    snprintf(text, 32, "%.15g", real);
    if (strtod(text, NULL) != real)
        snprintf(text, 32, "%.17g", real);
}

/* "got":VALUE for a value that is short; an array or object is not repeated. */
static void add_got(struct protocol_error *error, const json_t *value)
{
    char json[32];
    int64_t integer;
    if (is_integer(value, &integer)) {
        protocol_error_add_integer(error, "got", integer);
    } else if (json_is_real(value)) {
        write_real(json_real_value(value), json);
        protocol_error_add_json(error, "got", json);
    } else if (is_plain_string(value)) {
        protocol_error_add_string(error, "got", json_string_value(value));
    } else if (json_is_null(value) || json_is_boolean(value)) {
        protocol_error_add_json(error, "got", describe(value));
    }
}

static int refuse_unknown(const struct param_set *set, const char *name,
                          struct protocol_error *error)
{
    const char *names[METHOD_PARAMS_MAX + 1] = {NULL};
    for (size_t i = 0; i < set->info->param_count; i++)
        names[i] = set->info->params[i].name;
    const char *nearest = nearest_name(name, names, set->info->param_count);
    char excerpt[ERROR_EXCERPT_MAX];
    protocol_error_set(error, ERROR_INVALID_PARAMS,
                       nearest != NULL
                           ? "%s has no param \"%s\"; did you mean \"%s\"?"
                           : "%s has no param \"%s\"",
                       method_name(set->method),
                       protocol_error_excerpt(name, excerpt), nearest);
    protocol_error_add_string(error, "param", name);
    if (nearest != NULL)
        protocol_error_add_string(error, "nearest", nearest);
    protocol_error_add_names(error, "allowed", names);
    return -EINVAL;
}

static int refuse_missing(const struct param_set *set,
                          const struct param *param,
                          struct protocol_error *error)
{
    protocol_error_set(error, ERROR_INVALID_PARAMS,
                       "%s requires the param \"%s\"", method_name(set->method),
                       param->name);
    protocol_error_add_string(error, "param", param->name);
    if (param->type == PARAM_INTEGER)
        protocol_error_add_range(error, "range", param->min, param->max);
    else if (param->type == PARAM_CHOICE)
        protocol_error_add_names(error, "allowed", param->choices);
    return -EINVAL;
}

static int collect_named(struct param_set *set, const json_t *params,
                         struct protocol_error *error)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)params, name, value)
    {
        size_t i = 0;
        while (i < set->info->param_count &&
               strcmp(set->info->params[i].name, name) != 0)
            i++;
        if (i == set->info->param_count)
            return refuse_unknown(set, name, error);
        set->values[i] = value;
    }
    return 0;
}

static int collect_positional(struct param_set *set, const json_t *params,
                              struct protocol_error *error)
{
    size_t count = json_array_size(params);
    if (count > set->info->param_count) {
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s takes at most %zu params",
                           method_name(set->method), set->info->param_count);
        protocol_error_add_range(error, "count", 0,
                                 (int64_t)set->info->param_count);
        return -EINVAL;
    }
    for (size_t i = 0; i < count; i++)
        set->values[i] = json_array_get(params, i);
    return 0;
}

static int take_choice(const struct param *param, const json_t *value,
                       int64_t *number, struct protocol_error *error)
{
    char list[64] = "";
    size_t count = 0;
    for (; param->choices[count] != NULL; count++) {
        if (is_plain_string(value) &&
            strcmp(param->choices[count], json_string_value(value)) == 0) {
            *number = (int64_t)count;
            return 0;
        }
        size_t length = strlen(list);
        snprintf(list + length, sizeof(list) - length, "%s%s",
                 count > 0 ? ", " : "", param->choices[count]);
    }
    const char *nearest = NULL;
    if (is_plain_string(value)) {
        const char *text = json_string_value(value);
        char excerpt[ERROR_EXCERPT_MAX];
        nearest = nearest_name(text, param->choices, count);
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s must be one of %s, not \"%s\"", param->name,
                           list, protocol_error_excerpt(text, excerpt));
    } else {
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s must be one of %s, not %s", param->name, list,
                           describe(value));
    }
    protocol_error_add_string(error, "param", param->name);
    add_got(error, value);
    protocol_error_add_names(error, "allowed", param->choices);
    if (nearest != NULL)
        protocol_error_add_string(error, "nearest", nearest);
    return -EINVAL;
}

static int check_source(const struct param *param, const json_t *value,
                        struct protocol_error *error)
{
    size_t length = json_string_length(value);
    if (!is_plain_string(value)) {
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s must be the name of a source, not %s",
                           param->name, describe(value));
    } else if (length < 1 || length >= PROTOCOL_NAME_MAX) {
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s must be a name of 1 to %d bytes, not %zu",
                           param->name, PROTOCOL_NAME_MAX - 1, length);
    } else {
        return 0;
    }
    protocol_error_add_string(error, "param", param->name);
    add_got(error, value);
    protocol_error_add_range(error, "length", 1, PROTOCOL_NAME_MAX - 1);
    return -EINVAL;
}

static int take_integer(const struct param *param, const json_t *value,
                        int64_t max, int64_t *number,
                        struct protocol_error *error)
{
    double real = json_real_value(value);
    int64_t integer;
    if (is_integer(value, &integer)) {
        if (integer >= param->min && integer <= max) {
            *number = integer;
            return 0;
        }
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s must be from %" PRId64 " to %" PRId64
                           ", not %" PRId64,
                           param->name, param->min, max, integer);
    } else if (real < -0x1p63 || real >= 0x1p63) {
        char text[32];
        write_real(real, text);
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s must be from %" PRId64 " to %" PRId64 ", not %s",
                           param->name, param->min, max, text);
    } else {
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s must be an integer from %" PRId64 " to %" PRId64
                           ", not %s",
                           param->name, param->min, max, describe(value));
    }
    protocol_error_add_string(error, "param", param->name);
    add_got(error, value);
    protocol_error_add_range(error, "range", param->min, max);
    return -EINVAL;
}

static int check_values(const struct param_set *set, int64_t *numbers,
                        struct protocol_error *error)
{
    for (size_t i = 0; i < set->info->param_count; i++) {
        const struct param *param = &set->info->params[i];
        const json_t *value = set->values[i];
        int rc = 0;
        numbers[i] = param->default_value;
        if (value == NULL && param->is_required)
            rc = refuse_missing(set, param, error);
        else if (value != NULL && param->type == PARAM_CHOICE)
            rc = take_choice(param, value, &numbers[i], error);
        else if (value != NULL && param->type == PARAM_SOURCE)
            rc = check_source(param, value, error);
        if (rc < 0)
            return rc;
    }
    for (size_t i = 0; i < set->info->param_count; i++) {
        const struct param *param = &set->info->params[i];
        if (param->type != PARAM_INTEGER || set->values[i] == NULL)
            continue;
        int64_t max =
            param->max_beside != NULL ? param->max_beside(numbers) : param->max;
        int rc = take_integer(param, set->values[i], max, &numbers[i], error);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int check_together(const struct param_set *set, const int64_t *numbers,
                          struct protocol_error *error)
{
    if (set->method != METHOD_SUBSCRIBE ||
        set->values[SUBSCRIBE_INTERVAL] == NULL ||
        numbers[SUBSCRIBE_EVENTS] == SUBSCRIBE_STATUS)
        return 0;
    protocol_error_set(error, ERROR_INVALID_PARAMS,
                       "interval_ms is for events \"status\" only; health "
                       "events are sent as they happen");
    protocol_error_add_string(error, "param", "interval_ms");
    return -EINVAL;
}

static void copy_source(char to[PROTOCOL_NAME_MAX], const json_t *name)
{
    memset(to, 0, PROTOCOL_NAME_MAX);
    if (name != NULL)
        memcpy(to, json_string_value(name), json_string_length(name));
}

/* Puts checked values into the struct of the method. */
static void store(const struct param_set *set, const int64_t *numbers,
                  struct request *request)
{
    request->method = set->method;
    switch (set->method) {
    case METHOD_GET:
        request->get = (struct get_params){
            .bytes = (uint32_t)numbers[GET_BYTES],
            .timeout_ms = (uint32_t)numbers[GET_TIMEOUT],
            .encoding = (enum encoding)numbers[GET_ENCODING],
            .quality = (enum quality)numbers[GET_QUALITY],
        };
        break;
    case METHOD_RAW:
        request->raw.samples = (uint32_t)numbers[RAW_SAMPLES];
        request->raw.format = (enum raw_format)numbers[RAW_FORMAT];
        request->raw.encoding = (enum encoding)numbers[RAW_ENCODING];
        copy_source(request->raw.source, set->values[RAW_SOURCE]);
        break;
    case METHOD_SUBSCRIBE:
    case METHOD_UNSUBSCRIBE:
        request->subscribe = (struct subscribe_params){
            .events = (enum subscription)numbers[SUBSCRIBE_EVENTS],
            .interval_ms = (uint32_t)numbers[SUBSCRIBE_INTERVAL],
        };
        break;
    case METHOD_SELFTEST:
        copy_source(request->selftest.source, set->values[SELFTEST_SOURCE]);
        break;
    default:
        break;
    }
}

int params_read(const json_t *params, enum method method,
                struct request *request)
{
    struct param_set set = {.method = method, .info = method_info(method)};
    int64_t numbers[METHOD_PARAMS_MAX] = {0};
    int rc = json_is_array(params)
                 ? collect_positional(&set, params, &request->error)
                 : collect_named(&set, params, &request->error);
    if (rc == 0)
        rc = check_values(&set, numbers, &request->error);
    if (rc == 0)
        rc = check_together(&set, numbers, &request->error);
    if (rc == 0)
        store(&set, numbers, request);
    return rc;
}
