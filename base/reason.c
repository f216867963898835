#include "base/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Marks a text that was too long, and leaves no half of a UTF-8 character in
 * front of the mark. */
static void mark_cut(struct reason *why)
{
    static const char mark[] = "...";
    char *end = why->text + sizeof(why->text) - sizeof(mark);

    while (end > why->text && ((unsigned char)*end & 0xC0) == 0x80)
        end--;
    memcpy(end, mark, sizeof(mark));
}

void reason_clear(struct reason *why)
{
    why->text[0] = '\0';
}

static void set(struct reason *why, const char *format, va_list arguments)
{
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    int length = vsnprintf(why->text, sizeof(why->text), format, arguments);

    if (length < 0)
        reason_clear(why);
    else if ((size_t)length >= sizeof(why->text))
        mark_cut(why);
}

void reason_set(struct reason *why, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(why, format, arguments);
    va_end(arguments);
}

int reason_errno(int error, struct reason *why, const char *what, ...)
{
    struct reason text;
    va_list arguments;

    va_start(arguments, what);
    set(&text, what, arguments);
    va_end(arguments);
    /* strerror() shares a buffer only for numbers that it does not know, and
     * strerror_r() has two signatures. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    reason_set(why, "%s: %s", text.text, strerror(error));
    return -error;
}
