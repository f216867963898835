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

static const struct method_info methods[] = {
    [METHOD_GET] =
        {
            .summary = "random bytes",
            .params =
                {
                    [GET_BYTES] = {.name = "bytes",
                                   .help = "how many",
                                   .is_required = true,
                                   .min = 1,
                                   .max = PROTOCOL_BYTES_MAX,
                                   .max_beside = get_bytes_max},
                    [GET_ENCODING] = {.name = "encoding",
                                      .help = "how the bytes are written",
                                      .type = PARAM_CHOICE,
                                      .choices = get_encodings,
                                      .standard = ENCODING_HEX},
                    [GET_QUALITY] = {.name = "quality",
                                     .help = "how the bytes are made",
                                     .type = PARAM_CHOICE,
                                     .choices = qualities,
                                     .standard = QUALITY_DRBG},
                    [GET_TIMEOUT] = {.name = "timeout_ms",
                                     .help = "how long the request may wait",
                                     .min = 0,
                                     .max = PROTOCOL_TIMEOUT_MAX_MS,
                                     .standard = PROTOCOL_TIMEOUT_DEFAULT_MS},
                },
            .param_count = 4,
        },
    [METHOD_RAW] =
        {
            .summary = "raw samples out of a source's ring",
            .params =
                {
                    [RAW_SOURCE] = {.name = "source",
                                    .help = "whose samples",
                                    .type = PARAM_SOURCE,
                                    .is_required = true},
                    [RAW_SAMPLES] = {.name = "samples",
                                     .help = "how many",
                                     .is_required = true,
                                     .min = 1,
                                     .max = PROTOCOL_SAMPLES_MAX},
                    [RAW_FORMAT] = {.name = "format",
                                    .help = "8-byte ticks or 1-byte symbols",
                                    .type = PARAM_CHOICE,
                                    .choices = formats,
                                    .standard = RAW_TICKS},
                    [RAW_ENCODING] = {.name = "encoding",
                                      .help = "how they are written",
                                      .type = PARAM_CHOICE,
                                      .choices = raw_encodings,
                                      .standard = ENCODING_HEX},
                },
            .param_count = 4,
        },
    [METHOD_STATUS] = {.summary = "everything the daemon knows of itself"},
    [METHOD_HEALTH] = {.summary = "the health word and a state a source"},
    [METHOD_SOURCES] = {.summary = "what the sources are and how they are set"},
    [METHOD_SUBSCRIBE] =
        {
            .summary = "ask for notifications on this connection",
            .params =
                {
                    [SUBSCRIBE_EVENTS] = {.name = "events",
                                          .help = "which",
                                          .type = PARAM_CHOICE,
                                          .is_required = true,
                                          .choices = subscriptions},
                    [SUBSCRIBE_INTERVAL] =
                        {.name = "interval_ms",
                         .help = "how often a status comes",
                         .min = PROTOCOL_INTERVAL_MIN_MS,
                         .max = PROTOCOL_INTERVAL_MAX_MS,
                         .standard = PROTOCOL_INTERVAL_DEFAULT_MS},
                },
            .param_count = 2,
        },
    [METHOD_UNSUBSCRIBE] =
        {
            .summary = "end a subscription",
            .params =
                {
                    [SUBSCRIBE_EVENTS] = {.name = "events",
                                          .help = "which",
                                          .type = PARAM_CHOICE,
                                          .is_required = true,
                                          .choices = subscriptions},
                },
            .param_count = 1,
        },
    [METHOD_SELFTEST] =
        {
            .summary = "run the start-up test again",
            .params =
                {
                    [SELFTEST_SOURCE] = {.name = "source",
                                         .help = "of which; without it, of all",
                                         .type = PARAM_SOURCE},
                },
            .param_count = 1,
        },
    [METHOD_PING] = {.summary = "the daemon's and the protocol's version"},
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
