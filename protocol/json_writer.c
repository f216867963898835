/* SPDX-License-Identifier: MIT */
/* Members and elements, with commas where they are due. */

#include "protocol/json_writer.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* 2^53: doubles are exact integers up to here. */
#define EXACT_MAX 9007199254740992.0

static void comma(struct buffer *b)
{
    if (b->length == 0)
        return;
    char last = b->data[b->length - 1];
    if (last != '{' && last != '[' && last != ':')
        buffer_append(b, ",", 1);
}

void put_key(struct buffer *b, const char *key)
{
    comma(b);
    buffer_append(b, "\"", 1);
    buffer_append_text(b, key);
    buffer_append(b, "\":", 2);
}

void put_open(struct buffer *b, const char *key, char bracket)
{
    if (key != NULL)
        put_key(b, key);
    else
        comma(b);
    buffer_append(b, &bracket, 1);
}

void put_close(struct buffer *b, char bracket)
{
    buffer_append(b, &bracket, 1);
}

void put_text(struct buffer *b, const char *key, const char *text)
{
    if (text == NULL) {
        put_null(b, key);
        return;
    }
    put_key(b, key);
    buffer_append_json_string(b, text);
}

void put_bool(struct buffer *b, const char *key, bool value)
{
    put_key(b, key);
    buffer_append_text(b, value ? "true" : "false");
}

void put_digits(struct buffer *b, uint64_t value)
{
    char digits[20];
    size_t first = sizeof(digits);
    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buffer_append(b, digits + first, sizeof(digits) - first);
}

static void put_signed(struct buffer *b, int64_t value)
{
    if (value < 0)
        buffer_append(b, "-", 1);
    put_digits(b, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void put_unsigned(struct buffer *b, const char *key, uint64_t value)
{
    put_key(b, key);
    put_digits(b, value);
}

void put_integer(struct buffer *b, const char *key, int64_t value)
{
    put_key(b, key);
    put_signed(b, value);
}

void put_null(struct buffer *b, const char *key)
{
    put_key(b, key);
    buffer_append_text(b, "null");
}

void put_fixed(struct buffer *b, const char *key, double value,
               unsigned decimals)
{
    assert(decimals <= 6);
    uint64_t unit = 1;
    for (unsigned i = 0; i < decimals; i++)
        unit *= 10;
    if (!isfinite(value) || fabs(value) * (double)unit > EXACT_MAX) {
        put_null(b, key);
        return;
    }
    put_key(b, key);
    uint64_t scaled = (uint64_t)(fabs(value) * (double)unit + 0.5);
    if (value < 0 && scaled > 0)
        buffer_append(b, "-", 1);
    put_digits(b, scaled / unit);
    uint64_t rest = scaled % unit;
    if (rest == 0)
        return;
    buffer_append(b, ".", 1);
    while (rest > 0) {
        unit /= 10;
        char digit = (char)('0' + rest / unit);
        buffer_append(b, &digit, 1);
        rest %= unit;
    }
}

void put_text_element(struct buffer *b, const char *text)
{
    comma(b);
    buffer_append_json_string(b, text);
}

void put_integer_element(struct buffer *b, int64_t value)
{
    comma(b);
    put_signed(b, value);
}
