/* SPDX-License-Identifier: MIT */
/* Members and elements, with commas where they are due. */

#include "protocol/json_writer.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* 2^53: doubles are exact integers up to here. */
#define EXACT_MAX 9007199254740992.0

#define DECIMALS_MAX 6

static bool is_comma_due(const struct buffer *b)
{
    if (b->length == 0)
        return false;
    char last = b->data[b->length - 1];
    return last != '{' && last != '[' && last != ':';
}

/* What precedes a value: a comma where one is due, and the key of a member
 * (NULL: an element). Returns where the value goes, with room for `room` bytes
 * and counted by end_value(), or NULL without memory. One look for room a
 * member halves the cost of a status. */
static char *begin_value(struct buffer *b, const char *key, size_t room)
{
    size_t length = key != NULL ? strlen(key) : 0;
    char *at = buffer_reserve(b, length + sizeof(",\"\":") + room);
    if (at == NULL)
        return NULL;
    if (is_comma_due(b))
        *at++ = ',';
    if (key == NULL)
        return at;
    *at++ = '"';
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
    memcpy(at, key, length);
    at += length;
    *at++ = '"';
    *at++ = ':';
    return at;
}

/* The value ends before `end`. */
static void end_value(struct buffer *b, const char *end)
{
    b->length = (size_t)(end - b->data);
}

char *write_digits(char *at, uint64_t value)
{
    size_t n = 1;
    for (uint64_t limit = 10; n < DIGITS_MAX && value >= limit; limit *= 10)
        n++;
    for (size_t i = n; i > 0; value /= 10)
        at[--i] = (char)('0' + value % 10);
    return at + n;
}

/* A value of words and signs of ours. */
static void put_plain(struct buffer *b, const char *key, const char *value)
{
    size_t n = strlen(value);
    char *at = begin_value(b, key, n);
    if (at == NULL)
        return;
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
    memcpy(at, value, n);
    end_value(b, at + n);
}

static void put_signed(struct buffer *b, const char *key, int64_t value)
{
    char *at = begin_value(b, key, 1 + DIGITS_MAX);
    if (at == NULL)
        return;
    if (value < 0)
        *at++ = '-';
    end_value(
        b, write_digits(at, value < 0 ? 0 - (uint64_t)value : (uint64_t)value));
}

void put_open(struct buffer *b, const char *key, char bracket)
{
    char *at = begin_value(b, key, 1);
    if (at == NULL)
        return;
    *at++ = bracket;
    end_value(b, at);
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
    char *at = begin_value(b, key, 0);
    if (at == NULL)
        return;
    end_value(b, at);
    buffer_append_json_string(b, text);
}

void put_bool(struct buffer *b, const char *key, bool value)
{
    put_plain(b, key, value ? "true" : "false");
}

void put_unsigned(struct buffer *b, const char *key, uint64_t value)
{
    char *at = begin_value(b, key, DIGITS_MAX);
    if (at != NULL)
        end_value(b, write_digits(at, value));
}

void put_integer(struct buffer *b, const char *key, int64_t value)
{
    put_signed(b, key, value);
}

void put_null(struct buffer *b, const char *key)
{
    put_plain(b, key, "null");
}

void put_fixed(struct buffer *b, const char *key, double value,
               unsigned decimals)
{
    assert(decimals <= DECIMALS_MAX);
    uint64_t unit = 1;
    for (unsigned i = 0; i < decimals; i++)
        unit *= 10;
    if (!isfinite(value) || fabs(value) * (double)unit > EXACT_MAX) {
        put_null(b, key);
        return;
    }
    uint64_t scaled = (uint64_t)(fabs(value) * (double)unit + 0.5);
    char *at = begin_value(b, key, 1 + DIGITS_MAX + 1 + DECIMALS_MAX);
    if (at == NULL)
        return;
    if (value < 0 && scaled > 0)
        *at++ = '-';
    at = write_digits(at, scaled / unit);
    uint64_t rest = scaled % unit;
    if (rest > 0)
        *at++ = '.';
    while (rest > 0) {
        unit /= 10;
        *at++ = (char)('0' + rest / unit);
        rest %= unit;
    }
    end_value(b, at);
}

void put_text_element(struct buffer *b, const char *text)
{
    put_text(b, NULL, text);
}

void put_integer_element(struct buffer *b, int64_t value)
{
    put_signed(b, NULL, value);
}
