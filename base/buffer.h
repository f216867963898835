/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_BUFFER_H
#define ENTROPYD_BASE_BUFFER_H

/* A growing run of bytes that replies are written into. Appending never fails
 * half-way: without memory the buffer remembers it and stays as it was. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    char *data; /* NULL while nothing was appended */
    size_t length;
    size_t capacity;
    bool has_failed; /* an append found no memory since buffer_reset() */
    char *base;      /* memory that is not the buffer's own; NULL: none */
    size_t base_capacity;
};

/* Makes an empty buffer that uses `memory` (borrowed for life) while what is in
 * it fits, and memory of its own only beyond that, until buffer_fini(). */
void buffer_use(struct buffer *b, void *memory, size_t capacity);

/* What buffer_reserve() does where there is no room yet. */
char *buffer_grow(struct buffer *b, size_t more);

/* Room for `more` bytes at the end, or NULL (and has_failed) without memory.
 * Valid until the next append; add what was written to length. */
static inline char *buffer_reserve(struct buffer *b, size_t more)
{
    return b->data != NULL && b->capacity - b->length >= more
               ? b->data + b->length
               : buffer_grow(b, more);
}

void buffer_append(struct buffer *b, const void *bytes, size_t n);

/* One byte; where there is room for it, without a call. */
static inline void buffer_append_byte(struct buffer *b, char byte)
{
    char *to =
        b->length < b->capacity ? b->data + b->length : buffer_reserve(b, 1);
    if (to == NULL)
        return;
    *to = byte;
    b->length++;
}

void buffer_append_text(struct buffer *b, const char *text);

/* Appends n bytes as lower-case hex, or as base64 with padding. */
void buffer_append_hex(struct buffer *b, const uint8_t *bytes, size_t n);
void buffer_append_base64(struct buffer *b, const uint8_t *bytes, size_t n);

/* Appends text as a JSON string with its quotes, escaped. */
void buffer_append_json_string(struct buffer *b, const char *text);

/* Wipes what is beyond `length` and cuts to it. */
void buffer_cut(struct buffer *b, size_t length);

/* Wipes the contents, keeps the memory. */
void buffer_reset(struct buffer *b);

/* Wipes and frees; a zeroed buffer is allowed. One with memory from
 * buffer_use() is empty then and may be used on. */
void buffer_fini(struct buffer *b);

#endif
