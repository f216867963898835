/* Params against their table. Choices are looked at first: the range of a
 * number may depend on them. */

#include "protocol/params.h"
#include "protocol/refuse.h"

#include <errno.h>
#include <string.h>

int params_add_named(struct param_set *set, enum method method,
                     const char *name, size_t length,
                     const struct param_value *value,
                     struct protocol_error *error)
{
    const struct method_info *info = method_info(method);
    for (size_t i = 0; i < info->param_count; i++) {
        const char *known = info->params[i].name;
        if (strlen(known) == length && memcmp(known, name, length) == 0) {
            set->is_given[i] = true;
            set->values[i] = *value;
            return 0;
        }
    }
    return refuse_param(method, name, error);
}

int params_add_positional(struct param_set *set, enum method method,
                          size_t index, const struct param_value *value,
                          struct protocol_error *error)
{
    const struct method_info *info = method_info(method);
    if (index >= info->param_count)
        return refuse_count(method, error);
    set->is_given[index] = true;
    set->values[index] = *value;
    return 0;
}

static int take_choice(const struct param *param,
                       const struct param_value *value, int64_t *number,
                       struct protocol_error *error)
{
    if (value->type == VALUE_STRING) {
        for (size_t i = 0; param->choices[i] != NULL; i++) {
            if (strlen(param->choices[i]) == value->length &&
                memcmp(param->choices[i], value->text, value->length) == 0) {
                *number = (int64_t)i;
                return 0;
            }
        }
    }
    return refuse_choice(param, value, error);
}

static int take_source(const struct param *param,
                       const struct param_value *value,
                       struct protocol_error *error)
{
    if (value->type == VALUE_STRING && value->length >= 1 &&
        value->length < PROTOCOL_NAME_MAX &&
        strlen(value->text) == value->length)
        return 0;
    return refuse_source(param, value, error);
}

static int take_integer(const struct param *param,
                        const struct param_value *value, int64_t *numbers,
                        size_t index, struct protocol_error *error)
{
    int64_t max =
        param->max_beside != NULL ? param->max_beside(numbers) : param->max;
    if (value->type == VALUE_INTEGER && value->integer >= param->min &&
        value->integer <= max) {
        numbers[index] = value->integer;
        return 0;
    }
    return refuse_integer(param, value, max, error);
}

static int check_together(const struct param_set *set, enum method method,
                          const int64_t *numbers, struct protocol_error *error)
{
    if (method == METHOD_SUBSCRIBE && set->is_given[SUBSCRIBE_INTERVAL] &&
        numbers[SUBSCRIBE_EVENTS] != SUBSCRIBE_STATUS)
        return refuse_interval(error);
    return 0;
}

/* Puts checked values into the struct of the method. */
static void store(const struct param_set *set, enum method method,
                  const int64_t *numbers, struct request *request)
{
    const struct param_value *values = set->values;
    request->method = method;
    switch (method) {
    case METHOD_GET:
        request->get = (struct get_params){
            .bytes = (uint32_t)numbers[GET_BYTES],
            .timeout_ms = (uint32_t)numbers[GET_TIMEOUT],
            .encoding = (enum encoding)numbers[GET_ENCODING],
            .quality = (enum quality)numbers[GET_QUALITY],
        };
        break;
    case METHOD_RAW:
        request->raw = (struct raw_params){
            .samples = (uint32_t)numbers[RAW_SAMPLES],
            .format = (enum raw_format)numbers[RAW_FORMAT],
            .encoding = (enum encoding)numbers[RAW_ENCODING],
        };
        memcpy(request->raw.source, values[RAW_SOURCE].text,
               values[RAW_SOURCE].length);
        break;
    case METHOD_SUBSCRIBE:
    case METHOD_UNSUBSCRIBE:
        request->subscribe = (struct subscribe_params){
            .events = (enum subscription)numbers[SUBSCRIBE_EVENTS],
            .interval_ms = (uint32_t)numbers[SUBSCRIBE_INTERVAL],
        };
        break;
    case METHOD_SELFTEST:
        request->selftest = (struct selftest_params){.source = ""};
        if (set->is_given[SELFTEST_SOURCE])
            memcpy(request->selftest.source, values[SELFTEST_SOURCE].text,
                   values[SELFTEST_SOURCE].length);
        break;
    default:
        break;
    }
}

int params_finish(const struct param_set *set, enum method method,
                  struct request *request)
{
    const struct method_info *info = method_info(method);
    struct protocol_error *error = &request->error;
    int64_t numbers[METHOD_PARAMS_MAX] = {0};
    for (size_t i = 0; i < info->param_count; i++) {
        const struct param *param = &info->params[i];
        numbers[i] = param->standard;
        if (!set->is_given[i]) {
            if (param->is_required)
                return refuse_missing(method, param, error);
            continue;
        }
        int rc = 0;
        if (param->type == PARAM_CHOICE)
            rc = take_choice(param, &set->values[i], &numbers[i], error);
        else if (param->type == PARAM_SOURCE)
            rc = take_source(param, &set->values[i], error);
        if (rc < 0)
            return rc;
    }
    for (size_t i = 0; i < info->param_count; i++) {
        if (info->params[i].type != PARAM_INTEGER || !set->is_given[i])
            continue;
        int rc =
            take_integer(&info->params[i], &set->values[i], numbers, i, error);
        if (rc < 0)
            return rc;
    }
    int rc = check_together(set, method, numbers, error);
    if (rc == 0)
        store(set, method, numbers, request);
    return rc;
}
