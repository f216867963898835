/* SPDX-License-Identifier: MIT */
/* One memchr a line. */

#include "protocol/frame.h"

#include <string.h>

enum frame_result frame_next(const char *bytes, size_t length, size_t max,
                             size_t *line_length, size_t *used)
{
    *line_length = 0;
    *used = 0;
    /* No further than a longest line with its carriage return and newline. */
    size_t look = length < max + 2 ? length : max + 2;
    const char *newline = look > 0 ? memchr(bytes, '\n', look) : NULL;
    size_t line = newline != NULL ? (size_t)(newline - bytes) : look;
    /* Without a newline a last carriage return may still belong to one. */
    if (line > 0 && bytes[line - 1] == '\r')
        line--;
    if (line > max)
        return FRAME_TOO_LONG;
    if (newline == NULL)
        return FRAME_PARTIAL;
    *line_length = line;
    *used = (size_t)(newline - bytes) + 1;
    return FRAME_LINE;
}
