/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_FRAME_H
#define ENTROPYD_PROTOCOL_FRAME_H

/* Lines out of a stream of bytes: the only framing there is. */

#include <stddef.h>

enum frame_result {
    FRAME_LINE,     /* a whole line */
    FRAME_PARTIAL,  /* no newline yet, and not too long so far */
    FRAME_TOO_LONG, /* more than max bytes without a newline */
};

/*
 * Looks for the first line in `length` bytes. FRAME_LINE: *line_length bytes
 * of it without its newline (and without one carriage return before it), and
 * *used bytes with it. Otherwise both are 0. A line of exactly max bytes is
 * not too long.
 */
enum frame_result frame_next(const char *bytes, size_t length, size_t max,
                             size_t *line_length, size_t *used);

#endif
