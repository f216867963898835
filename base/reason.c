/* SPDX-License-Identifier: MIT */
#include "base/reason.h"

#include "base/text.h"

#include <stdarg.h>
#include <string.h>

void reason_clear(struct reason *why)
{
    why->text[0] = '\0';
}

void reason_set(struct reason *why, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    text_vformat(why->text, sizeof(why->text), format, arguments);
    va_end(arguments);
}

int reason_errno(int error, struct reason *why, const char *what, ...)
{
    char text[REASON_MAX / 2];
    va_list arguments;

    va_start(arguments, what);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    text_vformat(text, sizeof(text), what, arguments);
    va_end(arguments);
    /* strerror() shares a buffer only for numbers that it does not know, and
     * strerror_r() has two signatures. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    reason_set(why, "%s: %s", text, strerror(error));
    return -error;
}
