/* SPDX-License-Identifier: MIT */
/* Growing by doubling; memory that is left behind is wiped first, because
 * replies hold random bytes. realloc() would leave a copy. */

#include "base/buffer.h"

#include "base/wipe.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 512

void buffer_use(struct buffer *b, void *memory, size_t capacity)
{
    *b = (struct buffer){.data = memory,
                         .capacity = capacity,
                         .base = memory,
                         .base_capacity = capacity};
}

static void give_back(struct buffer *b)
{
    if (b->data != b->base)
        free(b->data);
}

char *buffer_grow(struct buffer *b, size_t more)
{
    if (more > SIZE_MAX / 2 - b->length) {
        b->has_failed = true;
        return NULL;
    }
    size_t capacity = b->capacity > 0 ? b->capacity : CAPACITY_MIN;
    while (capacity < b->length + more)
        capacity *= 2;
    char *data = malloc(capacity);
    if (data == NULL) {
        b->has_failed = true;
        return NULL;
    }
    if (b->data != NULL) {
        memcpy(data, b->data, b->length);
        wipe(b->data, b->length);
        give_back(b);
    }
    b->data = data;
    b->capacity = capacity;
    return b->data + b->length;
}

void buffer_append(struct buffer *b, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    char *to = buffer_reserve(b, n);
    if (to == NULL)
        return;
    memcpy(to, bytes, n);
    b->length += n;
}

void buffer_append_text(struct buffer *b, const char *text)
{
    buffer_append(b, text, strlen(text));
}

void buffer_cut(struct buffer *b, size_t length)
{
    assert(length <= b->length);
    if (length == b->length)
        return;
    wipe(b->data + length, b->length - length);
    b->length = length;
}

void buffer_reset(struct buffer *b)
{
    buffer_cut(b, 0);
    b->has_failed = false;
}

void buffer_fini(struct buffer *b)
{
    buffer_reset(b);
    give_back(b);
    buffer_use(b, b->base, b->base_capacity);
}
