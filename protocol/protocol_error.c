/* SPDX-License-Identifier: MIT */
#include "protocol/protocol_error.h"

#include "base/buffer.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void protocol_error_set(struct protocol_error *error, enum error_kind kind,
                        const char *format, ...)
{
    va_list args;
    error->kind = kind;
    error->data[0] = '\0';
    va_start(args, format);
    /* clang-tidy 14 does not see va_start() across files. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    text_vformat(error->message, sizeof(error->message), format, args);
    va_end(args);
}

const char *protocol_error_excerpt(const char *text,
                                   char out[ERROR_EXCERPT_MAX])
{
    text_format(out, ERROR_EXCERPT_MAX, "%s", text);
    return out;
}

void protocol_error_add_json(struct protocol_error *error, const char *key,
                             const char *json)
{
    size_t length = strlen(error->data);
    size_t room = sizeof(error->data) - length;
    int written = snprintf(error->data + length, room, "%s\"%s\":%s",
                           length > 0 ? "," : "", key, json);
    if (written < 0 || (size_t)written >= room)
        error->data[length] = '\0';
}

void protocol_error_add_string(struct protocol_error *error, const char *key,
                               const char *value)
{
    struct buffer json = {0};
    buffer_append_json_string(&json, value);
    buffer_append(&json, "", 1);
    if (!json.has_failed)
        protocol_error_add_json(error, key, json.data);
    buffer_fini(&json);
}

void protocol_error_add_integer(struct protocol_error *error, const char *key,
                                int64_t value)
{
    char json[24];
    snprintf(json, sizeof(json), "%" PRId64, value);
    protocol_error_add_json(error, key, json);
}

void protocol_error_add_range(struct protocol_error *error, const char *key,
                              int64_t min, int64_t max)
{
    char json[48];
    snprintf(json, sizeof(json), "[%" PRId64 ",%" PRId64 "]", min, max);
    protocol_error_add_json(error, key, json);
}

void protocol_error_add_names(struct protocol_error *error, const char *key,
                              const char *const *names)
{
    struct buffer json = {0};
    buffer_append_text(&json, "[");
    for (size_t i = 0; names[i] != NULL; i++) {
        if (i > 0)
            buffer_append_text(&json, ",");
        buffer_append_json_string(&json, names[i]);
    }
    buffer_append(&json, "]", 2);
    if (!json.has_failed)
        protocol_error_add_json(error, key, json.data);
    buffer_fini(&json);
}
