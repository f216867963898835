/* SPDX-License-Identifier: MIT */
/* Raw samples, as hex on the wire. */

#include "base/wipe.h"
#include "client/connection.h"
#include "protocol/protocol.h"

#include <stdio.h>
#include <string.h>

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* n bytes out of exactly 2n hex digits. 0 or -1. */
static int decode_hex(const char *hex, uint8_t *bytes, size_t n)
{
    if (strlen(hex) != 2 * n)
        return -1;
    for (size_t i = 0; i < n; i++) {
        int high = digit_value(hex[2 * i]);
        int low = digit_value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

/* The reply's samples and what they need to be read; -1 where it is not what
 * was asked. */
static int read_result(json_t *result, enum raw_format format, uint8_t *bytes,
                       size_t n, struct entropy_client_raw_info *info)
{
    const char *data = NULL;
    const char *made = NULL;
    const char *clock = "";
    double step = 0;
    json_int_t numerator = 0;
    json_int_t denominator = 0;

    if (json_unpack(result, "{s:s, s:s, s:F, s:{s:I, s:I}, s?s}", "data", &data,
                    "format", &made, "step_ticks", &step, "timebase",
                    "numerator", &numerator, "denominator", &denominator,
                    "clock", &clock) < 0 ||
        strcmp(made, raw_format_name(format)) != 0 ||
        decode_hex(data, bytes, n) < 0 || step < 0 || numerator < 1 ||
        numerator > UINT32_MAX || denominator < 1 || denominator > UINT32_MAX)
        return -1;
    info->step_ticks = step;
    info->timebase_numerator = (uint32_t)numerator;
    info->timebase_denominator = (uint32_t)denominator;
    snprintf(info->clock, sizeof(info->clock), "%s", clock);
    return 0;
}

static int append_params(struct buffer *params, const char *source, size_t n,
                         enum raw_format format)
{
    char tail[96];
    buffer_append_text(params, "{\"source\":");
    buffer_append_json_string(params, source);
    snprintf(tail, sizeof(tail),
             ",\"samples\":%zu,\"format\":\"%s\",\"encoding\":\"hex\"}", n,
             raw_format_name(format));
    buffer_append(params, tail, strlen(tail) + 1);
    return params->has_failed ? -1 : 0;
}

/* n samples of `width` bytes each, as they come. */
static int get_raw(struct entropy_client *client, const char *source,
                   enum raw_format format, size_t width, uint8_t *bytes,
                   size_t n, struct entropy_client_raw_info *info)
{
    connection_begin(client);
    if (source == NULL || bytes == NULL || n < 1 || n > PROTOCOL_SAMPLES_MAX)
        return connection_fail(client, ENTROPY_CLIENT_MISUSE,
                               "a source, room and 1 to %d samples are needed",
                               PROTOCOL_SAMPLES_MAX);
    struct buffer params = {0};
    json_t *result = NULL;
    int rc = ENTROPY_CLIENT_NO_MEMORY;
    if (append_params(&params, source, n, format) == 0)
        rc = connection_ask(client, "raw", params.data,
                            connection_deadline(client, 0), &result);
    else
        rc = connection_fail(client, rc, "out of memory");
    buffer_fini(&params);
    if (rc < 0)
        return rc;
    struct entropy_client_raw_info made = {.step_ticks = 0};
    if (read_result(result, format, bytes, n * width, &made) < 0)
        rc = connection_fail(client, ENTROPY_CLIENT_BAD_REPLY,
                             "reply does not match the request");
    json_decref(result);
    if (rc == 0 && info != NULL)
        *info = made;
    return rc;
}

int entropy_client_raw_ticks(struct entropy_client *client, const char *source,
                             uint64_t *ticks, size_t n,
                             struct entropy_client_raw_info *info)
{
    uint8_t *bytes = (uint8_t *)ticks;
    int rc = get_raw(client, source, RAW_TICKS, sizeof(*ticks), bytes, n, info);
    if (rc < 0) {
        if (ticks != NULL)
            wipe(ticks, n * sizeof(*ticks));
        return rc;
    }
    /* Little-endian on the wire, whatever it is here. */
    for (size_t i = 0; i < n; i++) {
        uint64_t value = 0;
        for (size_t k = sizeof(value); k-- > 0;)
            value = value << 8 | bytes[i * sizeof(value) + k];
        ticks[i] = value;
    }
    return 0;
}

int entropy_client_raw_symbols(struct entropy_client *client,
                               const char *source, uint8_t *symbols, size_t n,
                               struct entropy_client_raw_info *info)
{
    int rc = get_raw(client, source, RAW_SYMBOLS, 1, symbols, n, info);
    if (rc < 0 && symbols != NULL)
        wipe(symbols, n);
    return rc;
}
