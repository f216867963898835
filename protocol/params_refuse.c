/* What is wrong with a param: a sentence, and data that a program can use. */

#include "base/nearest.h"
#include "protocol/refuse.h"
#include "protocol/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_nul(const struct param_value *value)
{
    return strlen(value->text) != value->length;
}

static const char *describe(const struct param_value *value)
{
    switch (value->type) {
    case VALUE_NULL:
        return "null";
    case VALUE_BOOLEAN:
        return value->integer != 0 ? "true" : "false";
    case VALUE_INTEGER:
        return "a number";
    case VALUE_REAL:
        return "a number with a fraction";
    case VALUE_STRING:
        return has_nul(value) ? "a string with a NUL in it" : "a string";
    case VALUE_ARRAY:
        return "an array";
    case VALUE_OBJECT:
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

/* ,"got":VALUE for what is short; an array or object is not repeated. */
static void add_got(struct protocol_error *error,
                    const struct param_value *value)
{
    char json[32];
    switch (value->type) {
    case VALUE_INTEGER:
        protocol_error_add_integer(error, "got", value->integer);
        break;
    case VALUE_REAL:
        write_real(value->real, json);
        protocol_error_add_json(error, "got", json);
        break;
    case VALUE_STRING:
        if (!has_nul(value))
            protocol_error_add_string(error, "got", value->text);
        break;
    case VALUE_NULL:
    case VALUE_BOOLEAN:
        protocol_error_add_json(error, "got", describe(value));
        break;
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        break;
    }
}

int refuse_param(enum method method, const char *name,
                 struct protocol_error *error)
{
    const struct method_info *info = method_info(method);
    const char *names[METHOD_PARAMS_MAX + 1] = {NULL};
    for (size_t i = 0; i < info->param_count; i++)
        names[i] = info->params[i].name;
    const char *nearest = nearest_name(name, names, info->param_count);
    char excerpt[REFUSE_EXCERPT_MAX];
    protocol_error_set(
        error, ERROR_INVALID_PARAMS,
        nearest != NULL ? "%s has no param \"%s\"; did you mean \"%s\"?"
                        : "%s has no param \"%s\"",
        method_name(method), refuse_excerpt(name, excerpt), nearest);
    protocol_error_add_string(error, "param", name);
    if (nearest != NULL)
        protocol_error_add_string(error, "nearest", nearest);
    protocol_error_add_names(error, "allowed", names);
    return -EINVAL;
}

int refuse_count(enum method method, struct protocol_error *error)
{
    const struct method_info *info = method_info(method);
    protocol_error_set(error, ERROR_INVALID_PARAMS,
                       "%s takes at most %zu params", method_name(method),
                       info->param_count);
    protocol_error_add_range(error, "count", 0, (int64_t)info->param_count);
    return -EINVAL;
}

int refuse_choice(const struct param *param, const struct param_value *value,
                  struct protocol_error *error)
{
    char list[64] = "";
    size_t count = 0;
    for (; param->choices[count] != NULL; count++) {
        size_t length = strlen(list);
        snprintf(list + length, sizeof(list) - length, "%s%s",
                 count > 0 ? ", " : "", param->choices[count]);
    }
    const char *nearest = NULL;
    if (value->type == VALUE_STRING && !has_nul(value)) {
        char excerpt[REFUSE_EXCERPT_MAX];
        nearest = nearest_name(value->text, param->choices, count);
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s must be one of %s, not \"%s\"", param->name,
                           list, refuse_excerpt(value->text, excerpt));
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

int refuse_source(const struct param *param, const struct param_value *value,
                  struct protocol_error *error)
{
    if (value->type == VALUE_STRING && !has_nul(value))
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s must be a name of 1 to %d bytes, not one of %zu",
                           param->name, PROTOCOL_NAME_MAX - 1, value->length);
    else
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s must be the name of a source, not %s",
                           param->name, describe(value));
    protocol_error_add_string(error, "param", param->name);
    add_got(error, value);
    protocol_error_add_range(error, "length", 1, PROTOCOL_NAME_MAX - 1);
    return -EINVAL;
}

int refuse_integer(const struct param *param, const struct param_value *value,
                   int64_t max, struct protocol_error *error)
{
    bool is_huge = value->type == VALUE_REAL &&
                   (value->real < -0x1p63 || value->real >= 0x1p63);
    char real[32];
    if (is_huge)
        write_real(value->real, real);
    if (value->type == VALUE_INTEGER)
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s must be from %" PRId64 " to %" PRId64
                           ", not %" PRId64,
                           param->name, param->min, max, value->integer);
    else if (is_huge)
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s must be from %" PRId64 " to %" PRId64 ", not %s",
                           param->name, param->min, max, real);
    else
        protocol_error_set(error, ERROR_INVALID_PARAMS,
                           "%s must be an integer from %" PRId64 " to %" PRId64
                           ", not %s",
                           param->name, param->min, max, describe(value));
    protocol_error_add_string(error, "param", param->name);
    add_got(error, value);
    protocol_error_add_range(error, "range", param->min, max);
    return -EINVAL;
}

int refuse_missing(enum method method, const struct param *param,
                   struct protocol_error *error)
{
    protocol_error_set(error, ERROR_INVALID_PARAMS, "%s needs the param \"%s\"",
                       method_name(method), param->name);
    protocol_error_add_string(error, "param", param->name);
    if (param->type == PARAM_INTEGER)
        protocol_error_add_range(error, "range", param->min, param->max);
    else if (param->type == PARAM_CHOICE)
        protocol_error_add_names(error, "allowed", param->choices);
    return -EINVAL;
}

int refuse_interval(struct protocol_error *error)
{
    protocol_error_set(error, ERROR_INVALID_PARAMS,
                       "interval_ms goes with events \"status\" only; health "
                       "events come when they happen");
    protocol_error_add_string(error, "param", "interval_ms");
    return -EINVAL;
}
