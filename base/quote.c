/* SPDX-License-Identifier: MIT */
#include "base/quote.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* One byte as it is written; 1 to 4 characters and a NUL. */
static size_t escape(unsigned char c, char out[5])
{
    if (c == '"' || c == '\\')
        return (size_t)snprintf(out, 5, "\\%c", c);
    if (c == '\n')
        return (size_t)snprintf(out, 5, "\\n");
    if (c < 0x20 || c == 0x7f)
        return (size_t)snprintf(out, 5, "\\x%02x", c);
    return (size_t)snprintf(out, 5, "%c", c);
}

const char *quote_text(const char *text, char *out, size_t size)
{
    static const char ending[] = "...\"";
    size_t n = 0;
    size_t cut = 1; /* the last length at which the ending still fits */

    out[n++] = '"';
    for (const char *p = text; *p != '\0'; p++) {
        char escaped[5];
        size_t length = escape((unsigned char)*p, escaped);

        if (n + length + 2 > size) {
            memcpy(out + cut, ending, sizeof(ending));
            return out;
        }
        memcpy(out + n, escaped, length);
        n += length;
        /* Never within a UTF-8 character. */
        if (n + sizeof(ending) <= size && ((unsigned char)p[1] & 0xc0) != 0x80)
            cut = n;
    }
    memcpy(out + n, "\"", 2);
    return out;
}

const char *quote_label(const char *text, char *out, size_t size)
{
    size_t n = 0;
    size_t cut = 0; /* the last end of a whole character */

    for (const char *p = text; *p != '\0'; p++) {
        bool is_escaped = *p == '"' || *p == '\\' || *p == '\n';

        if (n + is_escaped + 2 > size) {
            out[cut] = '\0';
            return out;
        }
        if (is_escaped)
            out[n++] = '\\';
        memcpy(out + n++, *p == '\n' ? "n" : p, 1);
        if (((unsigned char)p[1] & 0xc0) != 0x80)
            cut = n;
    }
    out[n] = '\0';
    return out;
}
