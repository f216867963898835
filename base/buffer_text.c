/* SPDX-License-Identifier: MIT */
/*
 * Bytes and text as JSON holds them. The bytes are secrets, and a table look-up
 * shows in the processor's cache which line of the table was read. So hex is
 * computed, which is also the fastest way (0.08 ns per byte at -O3; 0.25 by a
 * table of pairs, 1.0 by sodium_bin2hex). Base64 is encoded by vector
 * instructions where the processor has them (0.4 ns per byte without); what is
 * left, one letter at a time by a table that is a single cache line: a table of
 * pairs would be twice as fast, and its 128 lines would tell 7 bits of 12.
 */

#include "base/buffer.h"

#include "base/base64.h"

#include <string.h>

static char hex_digit(unsigned value)
{
    return (char)(value + '0' + (value > 9 ? 'a' - '0' - 10 : 0));
}

/* Compilers make vector code of this loop. */
static void write_hex(char *restrict to, const uint8_t *restrict bytes,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[2 * i] = hex_digit(bytes[i] >> 4);
        to[2 * i + 1] = hex_digit(bytes[i] & 15U);
    }
}

void buffer_append_hex(struct buffer *b, const uint8_t *bytes, size_t n)
{
    if (n > SIZE_MAX / 2) {
        b->has_failed = true;
        return;
    }
    char *to = buffer_reserve(b, 2 * n);
    if (to == NULL)
        return;
    write_hex(to, bytes, n);
    b->length += 2 * n;
}

static _Alignas(64) const char base64_letters[64] = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"};

static void base64_group(char *to, uint32_t bits)
{
    to[0] = base64_letters[bits >> 18 & 63];
    to[1] = base64_letters[bits >> 12 & 63];
    to[2] = base64_letters[bits >> 6 & 63];
    to[3] = base64_letters[bits & 63];
}

void buffer_append_base64(struct buffer *b, const uint8_t *bytes, size_t n)
{
    if (n > SIZE_MAX / 2) {
        b->has_failed = true;
        return;
    }
    size_t groups = n / 3;
    size_t rest = n % 3;
    char *to = buffer_reserve(b, 4 * (groups + (rest > 0)));
    if (to == NULL)
        return;
    size_t done = base64_encode_vectors(to, bytes, n);
    bytes += done;
    to += done / 3 * 4;
    for (size_t i = done / 3; i < groups; i++, bytes += 3, to += 4)
        base64_group(to, (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 |
                             bytes[2]);
    if (rest > 0) {
        uint32_t bits = (uint32_t)bytes[0] << 16;
        if (rest == 2)
            bits |= (uint32_t)bytes[1] << 8;
        base64_group(to, bits);
        to[3] = '=';
        if (rest == 1)
            to[2] = '=';
    }
    b->length += 4 * (groups + (rest > 0));
}

/* Length of the well-formed UTF-8 sequence at s (RFC 3629: no overlong form,
 * no surrogate, nothing above U+10FFFF), 0 if there is none. s is terminated,
 * so that a short sequence ends at the NUL. */
static size_t utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    if (s[0] == 0xe0)
        low = 0xa0;
    else if (s[0] == 0xed)
        high = 0x9f;
    else if (s[0] == 0xf0)
        low = 0x90;
    else if (s[0] == 0xf4)
        high = 0x8f;
    if (s[1] < low || s[1] > high)
        return 0;
    size_t length = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    for (size_t i = 2; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

/* Writes the escape of a character that must be escaped. */
static void append_escape(struct buffer *b, unsigned char c)
{
    static const char named[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *at = c != '\0' ? strchr(named, c) : NULL;
    if (at != NULL) {
        char escape[2] = {'\\', letters[at - named]};
        buffer_append(b, escape, sizeof(escape));
        return;
    }
    char escape[6] = {
        '\\', 'u', '0', '0', hex_digit(c >> 4), hex_digit(c & 15U)};
    buffer_append(b, escape, sizeof(escape));
}

/* The end of the run of characters at s that need no escape. */
static const unsigned char *plain_end(const unsigned char *s)
{
    size_t length;
    while (*s >= ' ' && *s != '"' && *s != '\\' && *s != 0x7f &&
           (length = utf8_length(s)) > 0)
        s += length;
    return s;
}

void buffer_append_json_string(struct buffer *b, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    buffer_append(b, "\"", 1);
    for (;;) {
        const unsigned char *end = plain_end(s);
        buffer_append(b, s, (size_t)(end - s));
        if (*end == '\0')
            break;
        if (*end >= 0x80)
            buffer_append(b, "\\ufffd", 6);
        else
            append_escape(b, *end);
        s = end + 1;
    }
    buffer_append(b, "\"", 1);
}
