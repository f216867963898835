/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_TEXT_H
#define ENTROPYD_BASE_TEXT_H

/* Text into an array of fixed size. Any thread; no state. */

#include <stdarg.h>
#include <stddef.h>

/*
 * snprintf(), but a text that does not fit ends in "..." after a whole UTF-8
 * character. out is always terminated; size is at least 4. Text that printf
 * cannot convert becomes "".
 */
void text_format(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void text_vformat(char *out, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
