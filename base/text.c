/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* Puts "..." at the end of a full array, in place of whole characters. */
static void mark_cut(char *out, size_t size)
{
    static const char mark[] = "...";
    char *end = out + size - sizeof(mark);

    while (end > out && ((unsigned char)*end & 0xC0) == 0x80)
        end--;
    memcpy(end, mark, sizeof(mark));
}

void text_vformat(char *out, size_t size, const char *format, va_list arguments)
{
    int length = vsnprintf(out, size, format, arguments);

    if (length < 0)
        out[0] = '\0';
    else if ((size_t)length >= size)
        mark_cut(out, size);
}

void text_format(char *out, size_t size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    /* clang-tidy 14 does not see va_start() across files. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    text_vformat(out, size, format, arguments);
    va_end(arguments);
}
