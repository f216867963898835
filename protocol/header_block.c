/* SPDX-License-Identifier: MIT */
#include "protocol/header_block.h"

#include "base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* A part of a header line; not terminated. */
struct span {
    const char *at;
    size_t length;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct span trim(struct span s)
{
    while (s.length > 0 && is_blank(s.at[0]))
        s.at++, s.length--;
    while (s.length > 0 && is_blank(s.at[s.length - 1]))
        s.length--;
    return s;
}

static bool equals(struct span s, const char *text)
{
    return s.length == strlen(text) && strncasecmp(s.at, text, s.length) == 0;
}

static bool begins_with(struct span s, const char *text)
{
    return s.length >= strlen(text) &&
           strncasecmp(s.at, text, strlen(text)) == 0;
}

/* What is before the first `c` of *rest, which becomes what is behind it. */
static struct span cut(struct span *rest, char c)
{
    struct span first = *rest;
    const char *at = memchr(rest->at, c, rest->length);
    if (at != NULL)
        first.length = (size_t)(at - rest->at);
    size_t used = first.length + (at != NULL);
    rest->at += used;
    rest->length -= used;
    return first;
}

static int refuse(struct protocol_error *error, const char *message,
                  const char *header)
{
    protocol_error_set(error, ERROR_PARSE, "%s", message);
    if (header != NULL)
        protocol_error_add_string(error, "header", header);
    return -EINVAL;
}

/* The same, naming what the client sent: printable ASCII. */
static int refuse_got(struct protocol_error *error, const char *must_be,
                      const char *header, struct span got)
{
    char text[PROTOCOL_HEADER_MAX + 1];
    char excerpt[ERROR_EXCERPT_MAX];
    memcpy(text, got.at, got.length);
    text[got.length] = '\0';
    protocol_error_set(error, ERROR_PARSE, "%s, not \"%s\"", must_be,
                       protocol_error_excerpt(text, excerpt));
    protocol_error_add_string(error, "header", header);
    protocol_error_add_string(error, "got", text);
    return -EINVAL;
}

/* Most digits of a number below 2^32, and so many that it does not overflow. */
#define DIGITS_MAX 10

static int read_content_length(struct span value, size_t max,
                               struct header_block *block,
                               struct protocol_error *error)
{
    char must_be[80];
    uint64_t n = 0;
    size_t digits = 0;
    while (digits < value.length && digits < DIGITS_MAX &&
           value.at[digits] >= '0' && value.at[digits] <= '9')
        n = n * 10 + (uint64_t)(value.at[digits++] - '0');
    if (digits == value.length && digits > 0 && n <= UINT32_MAX) {
        block->content_length = (uint32_t)n;
        return 0;
    }
    text_format(must_be, sizeof(must_be),
                "Content-Length must be an integer from 1 to %zu", max);
    refuse_got(error, must_be, "Content-Length", value);
    protocol_error_add_range(error, "range", 1, (int64_t)max);
    return -EINVAL;
}

static int check_content_type(struct span value, struct protocol_error *error)
{
    (void)cut(&value, ';'); /* the media type is the client's to choose */
    while (value.length > 0) {
        struct span charset = cut(&value, ';');
        struct span name = trim(cut(&charset, '='));
        charset = trim(charset);
        if (!equals(name, "charset"))
            continue;
        if (charset.length >= 2 && charset.at[0] == '"' &&
            charset.at[charset.length - 1] == '"')
            charset = (struct span){charset.at + 1, charset.length - 2};
        if (!equals(charset, "utf-8") && !equals(charset, "utf8"))
            return refuse_got(error, "the charset must be utf-8",
                              "Content-Type", charset);
    }
    return 0;
}

/* One line without its end. */
static int read_line(struct span line, size_t max, bool *has_length,
                     struct header_block *block, struct protocol_error *error)
{
    for (size_t i = 0; i < line.length; i++) {
        if ((line.at[i] < ' ' && line.at[i] != '\t') || line.at[i] > '~')
            return refuse(error,
                          "a header line has a byte that is no printable ASCII",
                          NULL);
    }
    if (memchr(line.at, ':', line.length) == NULL)
        return refuse(error, "a header line has no colon", NULL);
    struct span value = line;
    struct span name = cut(&value, ':');
    value = trim(value);
    if (name.length == 0 || memchr(name.at, ' ', name.length) != NULL ||
        memchr(name.at, '\t', name.length) != NULL)
        return refuse(error, "a header name is empty or has a blank in it",
                      NULL);
    if (equals(name, "Content-Type"))
        return check_content_type(value, error);
    if (!equals(name, "Content-Length"))
        return begins_with(name, "Content-")
                   ? refuse_got(error,
                                "the only headers about the content are "
                                "Content-Length and Content-Type",
                                "Content-", name)
                   : 0;
    if (*has_length)
        return refuse(error, "Content-Length appears twice", "Content-Length");
    *has_length = true;
    return read_content_length(value, max, block, error);
}

int header_block_read(const char *bytes, size_t length, size_t max,
                      struct header_block *block, struct protocol_error *error)
{
    bool has_length = false;
    size_t look = length < PROTOCOL_HEADER_MAX ? length : PROTOCOL_HEADER_MAX;
    *block = (struct header_block){0};
    while (block->length < look) {
        const char *line = bytes + block->length;
        const char *newline = memchr(line, '\n', look - block->length);
        if (newline == NULL)
            break;
        size_t n = (size_t)(newline - line);
        if (n == 0 || line[n - 1] != '\r')
            return refuse(error, "a header line must end with CR LF", NULL);
        block->length += n + 1;
        if (n == 1 && !has_length)
            return refuse(error, "the header has no Content-Length",
                          "Content-Length");
        if (n == 1)
            return 1;
        int rc = read_line((struct span){line, n - 1}, max, &has_length, block,
                           error);
        if (rc < 0)
            return rc;
    }
    if (look < PROTOCOL_HEADER_MAX)
        return 0;
    protocol_error_set(error, ERROR_TOO_LARGE,
                       "the header is longer than %d bytes",
                       PROTOCOL_HEADER_MAX);
    protocol_error_add_integer(error, "limit", PROTOCOL_HEADER_MAX);
    return -EINVAL;
}
