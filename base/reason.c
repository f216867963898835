/* One way to say what failed and why. */

#include "base/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int reason_errno(int error, char *why, size_t why_size, const char *what, ...)
{
    char text[128];
    va_list arguments;
    va_start(arguments, what);
    /* clang-tidy 14 forgets va_start() when it reads several files. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    (void)vsnprintf(text, sizeof(text), what, arguments);
    va_end(arguments);
    /* strerror() shares a buffer only for numbers that it does not know, and
     * strerror_r() has two signatures. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const char *words = strerror(error);
    (void)snprintf(why, why_size, "%s: %s", text, words);
    return -error;
}
