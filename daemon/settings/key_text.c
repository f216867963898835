/* Between values and what people write. */

#include "daemon/settings/key_text.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define LEVEL_COUNT (LOG_LEVEL_DEBUG + 1)

const char *key_allows(const struct key *key, char *out, size_t size)
{
    switch (key->type) {
    case KEY_INTEGER:
        (void)snprintf(out, size, "a whole number from %" PRId64 " to %" PRId64,
                       key->min, key->max);
        break;
    case KEY_POWER:
        (void)snprintf(out, size, "a power of two from %" PRId64 " to %" PRId64,
                       key->min, key->max);
        break;
    case KEY_BOOLEAN:
        (void)snprintf(out, size, "true or false");
        break;
    case KEY_LIST:
        (void)snprintf(out, size,
                       "a list of 1 to %d whole numbers from %" PRId64
                       " to %" PRId64,
                       TUNABLE_LIST_MAX, key->min, key->max);
        break;
    case KEY_BITS:
        (void)snprintf(out, size,
                       "a number from %" PRId64 ".%03" PRId64 " to %" PRId64
                       " with at most three decimals",
                       key->min / 1000, key->min % 1000, key->max / 1000);
        break;
    case KEY_MODE:
        (void)snprintf(out, size,
                       "a string of octal digits from \"%04o\" to \"%04o\"",
                       (unsigned)key->min, (unsigned)key->max);
        break;
    case KEY_LEVEL:
        (void)snprintf(out, size,
                       "\"error\", \"warning\", \"info\" or "
                       "\"debug\"");
        break;
    case KEY_PATH:
        (void)snprintf(out, size,
                       "an absolute path of at most %" PRId64
                       " bytes of UTF-8, or \"\"",
                       key->max);
        break;
    case KEY_GROUP:
        (void)snprintf(out, size,
                       "a group's name of at most %" PRId64
                       " bytes of UTF-8, or \"\"",
                       key->max);
        break;
    case KEY_USER:
        (void)snprintf(out, size,
                       "a user's name of at most %" PRId64
                       " bytes of UTF-8, or \"\"",
                       key->max);
        break;
    }
    return out;
}

/* A whole number at text, digits with an optional minus, in `base`. Returns
 * what follows it, or NULL where there is none or it does not fit. */
static const char *scan_number(const char *text, int base, int64_t *number)
{
    bool is_negative = base == 10 && *text == '-';
    const char *p = text + is_negative;
    int64_t n = 0;
    const char *start = p;
    for (; *p >= '0' && *p < '0' + base; p++) {
        if (n > (INT64_MAX - 9) / base)
            return NULL;
        n = n * base + (*p - '0');
    }
    *number = is_negative ? -n : n;
    return p == start ? NULL : p;
}

/* "0.5" to 500: digits, and at most three behind the point. */
static const char *scan_thousandths(const char *text, int64_t *number)
{
    const char *p = scan_number(text, 10, number);
    if (p == NULL || *number > INT64_MAX / 1000 || *number < 0 || *text == '-')
        return NULL;
    *number *= 1000;
    if (*p != '.')
        return p;
    int64_t weight = 100;
    const char *start = ++p;
    for (; *p >= '0' && *p <= '9'; p++, weight /= 10) {
        if (weight == 0)
            return NULL;
        *number += (*p - '0') * weight;
    }
    return p == start ? NULL : p;
}

static bool in_range(const struct key *key, int64_t number)
{
    if (number < key->min || number > key->max)
        return false;
    return key->type != KEY_POWER || (number & (number - 1)) == 0;
}

static bool parse_number(const struct key *key, const char *text,
                         int64_t *number)
{
    const char *end =
        key->type == KEY_BITS
            ? scan_thousandths(text, number)
            : scan_number(text, key->type == KEY_MODE ? 8 : 10, number);
    return end != NULL && *end == '\0' && in_range(key, *number);
}

static bool parse_list(const struct key *key, const char *text,
                       struct key_value *value)
{
    value->count = 0;
    for (const char *p = text;; p++) {
        int64_t number;
        p = scan_number(p, 10, &number);
        if (p == NULL || !in_range(key, number) ||
            value->count == TUNABLE_LIST_MAX)
            return false;
        value->numbers[value->count++] = number;
        if (*p == '\0')
            return true;
        if (*p != ',')
            return false;
    }
}

static bool parse_boolean(const char *text, int64_t *number)
{
    *number = strcmp(text, "true") == 0;
    return *number == 1 || strcmp(text, "false") == 0;
}

static bool parse_level(const char *text, int64_t *number)
{
    for (int level = 0; level < LEVEL_COUNT; level++) {
        if (strcmp(text, log_level_name((enum log_level)level)) == 0) {
            *number = level;
            return true;
        }
    }
    return false;
}

/* A configuration is JSON: what it cannot say in a file it does not take from
 * the command line, or it could not print what is in force. */
static bool is_utf8(const char *text)
{
    json_t *string = json_string(text);
    json_decref(string);
    return string != NULL;
}

static bool parse_text(const struct key *key, const char *text,
                       struct key_value *value)
{
    size_t length = strlen(text);
    if (length > (size_t)key->max || !is_utf8(text))
        return false;
    if (key->type == KEY_PATH && length > 0 && text[0] != '/')
        return false;
    memcpy(value->text, text, length + 1);
    return true;
}

int key_parse(const struct key *key, const char *text, struct key_value *value)
{
    *value = (struct key_value){.count = 1, .is_set = key->tunable >= 0};
    bool is_good = false;
    switch (key->type) {
    case KEY_INTEGER:
    case KEY_POWER:
    case KEY_BITS:
    case KEY_MODE:
        is_good = parse_number(key, text, &value->numbers[0]);
        break;
    case KEY_BOOLEAN:
        is_good = parse_boolean(text, &value->numbers[0]);
        break;
    case KEY_LIST:
        is_good = parse_list(key, text, value);
        break;
    case KEY_LEVEL:
        is_good = parse_level(text, &value->numbers[0]);
        break;
    case KEY_PATH:
    case KEY_GROUP:
    case KEY_USER:
        is_good = parse_text(key, text, value);
        break;
    }
    return is_good ? 0 : -EINVAL;
}

const char *key_quote(const char *text, char *out, size_t size)
{
    size_t n = 0;
    out[n++] = '"';
    /* Six for the longest escape, one for the quote, one for the NUL. */
    for (const char *p = text; *p != '\0' && n + 8 <= size; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x20) {
            n += (size_t)snprintf(out + n, size - n, "\\u%04x", c);
            continue;
        }
        if (c == '"' || c == '\\')
            out[n++] = '\\';
        out[n++] = *p;
    }
    memcpy(out + n, "\"", 2);
    return out;
}

static void format_list(const struct key_value *value, char out[KEY_TEXT_MAX])
{
    size_t n = 0;
    for (unsigned i = 0; i < value->count; i++)
        n += (size_t)snprintf(out + n, KEY_TEXT_MAX - n, "%s%" PRId64,
                              i == 0 ? "[" : ", ", value->numbers[i]);
    (void)snprintf(out + n, KEY_TEXT_MAX - n, "]");
}

/* 500 to "0.5": no more decimals than there are. */
static void format_thousandths(int64_t number, char out[KEY_TEXT_MAX])
{
    int n = snprintf(out, KEY_TEXT_MAX, "%" PRId64 ".%03" PRId64, number / 1000,
                     number % 1000);
    while (out[n - 1] == '0')
        out[--n] = '\0';
    if (out[n - 1] == '.')
        out[--n] = '\0';
}

const char *key_format(const struct key *key, const struct key_value *value,
                       char out[KEY_TEXT_MAX])
{
    int64_t number = value->numbers[0];
    switch (key->type) {
    case KEY_INTEGER:
    case KEY_POWER:
        (void)snprintf(out, KEY_TEXT_MAX, "%" PRId64, number);
        break;
    case KEY_BOOLEAN:
        (void)snprintf(out, KEY_TEXT_MAX, "%s", number ? "true" : "false");
        break;
    case KEY_LIST:
        format_list(value, out);
        break;
    case KEY_BITS:
        format_thousandths(number, out);
        break;
    case KEY_MODE:
        (void)snprintf(out, KEY_TEXT_MAX, "\"%04o\"", (unsigned)number);
        break;
    case KEY_LEVEL:
        key_quote(log_level_name((enum log_level)number), out, KEY_TEXT_MAX);
        break;
    case KEY_PATH:
    case KEY_GROUP:
    case KEY_USER:
        key_quote(value->text, out, KEY_TEXT_MAX);
        break;
    }
    return out;
}
