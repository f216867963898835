/* What is said about a request that went wrong. */

#include "base/buffer.h"
#include "protocol/request.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Takes a multibyte character that vsnprintf cut in two off the end. */
static void mend_end(char *text)
{
    size_t length = strlen(text);
    size_t start = length;
    while (start > 0 && (text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0 || (text[start - 1] & 0x80) == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t whole = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length - (start - 1) < whole)
        text[start - 1] = '\0';
}

void protocol_error_set(struct protocol_error *error, enum error_kind kind,
                        const char *format, ...)
{
    error->kind = kind;
    error->data[0] = '\0';
    va_list args;
    va_start(args, format);
    /* clang-tidy 14 does not see va_start(). */
    /* NOLINTBEGIN(clang-analyzer-valist.Uninitialized) */
    int length =
        vsnprintf(error->message, sizeof(error->message), format, args);
    va_end(args);
    /* NOLINTEND(clang-analyzer-valist.Uninitialized) */
    if (length < 0)
        snprintf(error->message, sizeof(error->message), "%s",
                 error_message(kind));
    else if ((size_t)length >= sizeof(error->message))
        mend_end(error->message);
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
