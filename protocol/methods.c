/* SPDX-License-Identifier: MIT */
/* The table of methods and their params. */

#include "protocol/methods.h"

#include <assert.h>
#include <string.h>

static const char *const get_encodings[] = {
    [ENCODING_HEX] = "hex",
    [ENCODING_BASE64] = "base64",
    [ENCODING_BINARY] = "binary",
    NULL,
};

static const char *const raw_encodings[] = {
    [ENCODING_HEX] = "hex",
    [ENCODING_BASE64] = "base64",
    NULL,
};

static const char *const qualities[] = {
    [QUALITY_DRBG] = "drbg",
    [QUALITY_CONDITIONED] = "conditioned",
    NULL,
};

static const char *const formats[] = {
    [RAW_TICKS] = "ticks",
    [RAW_SYMBOLS] = "symbols",
    NULL,
};

static const char *const subscriptions[] = {
    [SUBSCRIBE_HEALTH] = "health",
    [SUBSCRIBE_STATUS] = "status",
    NULL,
};

static int64_t get_bytes_max(const int64_t *numbers)
{
    if (numbers[GET_QUALITY] == QUALITY_CONDITIONED)
        return PROTOCOL_CONDITIONED_MAX;
    if (numbers[GET_ENCODING] == ENCODING_BINARY)
        return PROTOCOL_BINARY_MAX;
    return PROTOCOL_BYTES_MAX;
}

static const struct param get_params[] = {
    [GET_BYTES] = {.name = "bytes",
                   .is_required = true,
                   .min = 1,
                   .max = PROTOCOL_BYTES_MAX,
                   .max_beside = get_bytes_max},
    [GET_ENCODING] = {.name = "encoding",
                      .type = PARAM_CHOICE,
                      .choices = get_encodings,
                      .default_value = ENCODING_HEX},
    [GET_QUALITY] = {.name = "quality",
                     .type = PARAM_CHOICE,
                     .choices = qualities,
                     .default_value = QUALITY_DRBG},
    [GET_TIMEOUT] = {.name = "timeout_ms",
                     .max = PROTOCOL_TIMEOUT_MAX_MS,
                     .default_value = PROTOCOL_TIMEOUT_DEFAULT_MS},
};

static const struct param raw_params[] = {
    [RAW_SOURCE] = {.name = "source",
                    .type = PARAM_SOURCE,
                    .is_required = true},
    [RAW_SAMPLES] = {.name = "samples",
                     .is_required = true,
                     .min = 1,
                     .max = PROTOCOL_SAMPLES_MAX},
    [RAW_FORMAT] = {.name = "format",
                    .type = PARAM_CHOICE,
                    .choices = formats,
                    .default_value = RAW_TICKS},
    [RAW_ENCODING] = {.name = "encoding",
                      .type = PARAM_CHOICE,
                      .choices = raw_encodings,
                      .default_value = ENCODING_HEX},
};

/* unsubscribe takes the first of them. */
static const struct param subscribe_params[] = {
    [SUBSCRIBE_EVENTS] = {.name = "events",
                          .type = PARAM_CHOICE,
                          .is_required = true,
                          .choices = subscriptions},
    [SUBSCRIBE_INTERVAL] = {.name = "interval_ms",
                            .min = PROTOCOL_INTERVAL_MIN_MS,
                            .max = PROTOCOL_INTERVAL_MAX_MS,
                            .default_value = PROTOCOL_INTERVAL_DEFAULT_MS},
};

static const struct param selftest_params[] = {
    [SELFTEST_SOURCE] = {.name = "source", .type = PARAM_SOURCE},
};

static const struct method_info methods[] = {
    [METHOD_GET] = {get_params, 4},
    [METHOD_RAW] = {raw_params, 4},
    [METHOD_STATUS] = {NULL, 0},
    [METHOD_HEALTH] = {NULL, 0},
    [METHOD_SOURCES] = {NULL, 0},
    [METHOD_SUBSCRIBE] = {subscribe_params, 2},
    [METHOD_UNSUBSCRIBE] = {subscribe_params, 1},
    [METHOD_SELFTEST] = {selftest_params, 1},
    [METHOD_PING] = {NULL, 0},
};

const struct method_info *method_info(enum method method)
{
    assert(method < METHOD_COUNT);
    return &methods[method];
}

bool method_find(const char *name, size_t length, enum method *method)
{
    *method = METHOD_GET;
    for (unsigned i = 0; i < METHOD_COUNT; i++) {
        const char *known = method_name((enum method)i);
        if (strlen(known) == length && memcmp(known, name, length) == 0) {
            *method = (enum method)i;
            return true;
        }
    }
    return false;
}
