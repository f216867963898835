/* SPDX-License-Identifier: MIT */
/* For a line one memchr; where there are headers, they are read again with each
 * piece of their message, which is cheap because they are short. */

#include "protocol/frame.h"

#include "protocol/header_block.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* lines */

static size_t skip_line(struct framing *f, const char *bytes, size_t length)
{
    const char *newline = memchr(bytes, '\n', length);
    f->is_skipping = newline == NULL;
    return newline != NULL ? (size_t)(newline - bytes) + 1 : length;
}

static enum frame_result next_line(struct framing *f, const char *bytes,
                                   size_t length, size_t max, bool is_end,
                                   struct frame *frame)
{
    /* No further than a longest line with its carriage return and newline. */
    size_t look = length < max + 2 ? length : max + 2;
    const char *newline = memchr(bytes, '\n', look);
    size_t line = newline != NULL ? (size_t)(newline - bytes) : look;
    /* Without a newline a last carriage return may still belong to one. */
    if (line > 0 && bytes[line - 1] == '\r')
        line--;
    if (line > max) {
        protocol_error_set(&frame->error, ERROR_TOO_LARGE,
                           "the line is longer than one request may be");
        protocol_error_add_integer(&frame->error, "limit", (int64_t)max);
        frame->used = skip_line(f, bytes, length);
        return FRAME_REFUSED;
    }
    if (newline == NULL && !is_end)
        return FRAME_PARTIAL;
    frame->message = bytes;
    frame->length = newline != NULL ? line : length;
    frame->used = newline != NULL ? (size_t)(newline - bytes) + 1 : length;
    return FRAME_MESSAGE;
}

/* headers */

static enum frame_result not_whole(const struct header_block *block,
                                   size_t length, bool is_whole_block,
                                   bool is_end, struct frame *frame)
{
    if (!is_end)
        return FRAME_PARTIAL;
    if (is_whole_block)
        protocol_error_set(&frame->error, ERROR_PARSE,
                           "the input ends after %zu of %u bytes of content",
                           length - block->length, block->content_length);
    else
        protocol_error_set(&frame->error, ERROR_PARSE,
                           "the input ends within the header");
    return FRAME_BROKEN;
}

static enum frame_result refuse_content(struct framing *f,
                                        const struct header_block *block,
                                        size_t max, struct frame *frame)
{
    bool is_empty = block->content_length == 0;
    protocol_error_set(&frame->error, is_empty ? ERROR_PARSE : ERROR_TOO_LARGE,
                       "Content-Length must be from 1 to %zu, not %u", max,
                       block->content_length);
    protocol_error_add_string(&frame->error, "header", "Content-Length");
    protocol_error_add_integer(&frame->error, "got", block->content_length);
    protocol_error_add_range(&frame->error, "range", 1, (int64_t)max);
    f->is_skipping = !is_empty;
    f->skip = block->content_length;
    frame->used = block->length;
    return FRAME_REFUSED;
}

static enum frame_result next_content(struct framing *f, const char *bytes,
                                      size_t length, size_t max, bool is_end,
                                      struct frame *frame)
{
    struct header_block block;
    int rc = header_block_read(bytes, length, max, &block, &frame->error);
    if (rc < 0)
        return FRAME_BROKEN;
    if (rc > 0 && (block.content_length == 0 || block.content_length > max))
        return refuse_content(f, &block, max, frame);
    if (rc == 0 || length - block.length < block.content_length)
        return not_whole(&block, length, rc > 0, is_end, frame);
    frame->message = bytes + block.length;
    frame->length = block.content_length;
    frame->used = block.length + block.content_length;
    return FRAME_MESSAGE;
}

static size_t skip_content(struct framing *f, size_t length)
{
    uint32_t n = length < f->skip ? (uint32_t)length : f->skip;
    f->skip -= n;
    f->is_skipping = f->skip > 0;
    return n;
}

/* either */

/* What both headers that are known begin with. */
#define HEADER_BEGIN "Content-"

/* Decides which framing it is. False: neither. */
static bool detect(struct framing *f, const char *bytes, size_t length)
{
    size_t n = sizeof(HEADER_BEGIN) - 1;
    if (bytes[0] != '\0' &&
        strchr("{[\"-0123456789tfn \t\r\n", bytes[0]) != NULL) {
        f->kind = FRAME_KIND_LINES;
        return true;
    }
    if (length >= n && strncasecmp(bytes, HEADER_BEGIN, n) == 0)
        f->kind = FRAME_KIND_HEADERS;
    return strncasecmp(bytes, HEADER_BEGIN, length < n ? length : n) == 0;
}

static enum frame_result first_bytes(struct framing *f, const char *bytes,
                                     size_t length, bool is_end,
                                     struct frame *frame)
{
    bool is_either = detect(f, bytes, length);
    if (f->kind != FRAME_KIND_UNKNOWN || (is_either && !is_end))
        return FRAME_PARTIAL;
    protocol_error_set(&frame->error, ERROR_PARSE,
                       "the connection begins with neither a JSON text nor a "
                       "Content-Length header");
    protocol_error_add_integer(&frame->error, "first_byte",
                               (unsigned char)bytes[0]);
    return FRAME_BROKEN;
}

static enum frame_result next_of_any(struct framing *f, const char *bytes,
                                     size_t length, size_t max, bool is_end,
                                     struct frame *frame)
{
    bool is_lines = f->kind == FRAME_KIND_LINES;
    if (f->kind == FRAME_KIND_UNKNOWN) {
        enum frame_result result = first_bytes(f, bytes, length, is_end, frame);
        return f->kind == FRAME_KIND_UNKNOWN
                   ? result
                   : frame_next(f, bytes, length, max, is_end, frame);
    }
    if (!f->is_skipping)
        return next_content(f, bytes, length, max, is_end, frame);
    frame->used =
        is_lines ? skip_line(f, bytes, length) : skip_content(f, length);
    return FRAME_SKIPPED;
}

enum frame_result frame_next(struct framing *f, const char *bytes,
                             size_t length, size_t max, bool is_end,
                             struct frame *frame)
{
    frame->used = 0;
    /* The usual case first: it comes millions of times a second. */
    return f->kind == FRAME_KIND_LINES && !f->is_skipping
               ? next_line(f, bytes, length, max, is_end, frame)
               : next_of_any(f, bytes, length, max, is_end, frame);
}

void frame_end(const struct framing *f, struct buffer *out, size_t begin)
{
    if (f->kind != FRAME_KIND_HEADERS) {
        buffer_append_byte(out, '\n');
        return;
    }
    char header[48];
    size_t length = out->length - begin;
    size_t n = (size_t)snprintf(header, sizeof(header),
                                "Content-Length: %zu\r\n\r\n", length);
    if (buffer_reserve(out, n) == NULL)
        return;
    memmove(out->data + begin + n, out->data + begin, length);
    memcpy(out->data + begin, header, n);
    out->length += n;
}
