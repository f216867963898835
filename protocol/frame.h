/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_FRAME_H
#define ENTROPYD_PROTOCOL_FRAME_H

/*
 * Messages out of a stream of bytes, and into one. A connection has one
 * framing, which its first byte decides:
 *
 *   lines    a message ends with a newline. The first byte is one that a JSON
 *            text may begin with, or white space
 *   headers  a message is preceded by header lines, of which Content-Length is
 *            required (protocol/header_block.h). The first byte is a C or c
 *
 * Any thread; no state but struct framing.
 */

#include "base/buffer.h"
#include "protocol/protocol_error.h"

enum frame_kind {
    FRAME_KIND_UNKNOWN, /* no byte has arrived yet, or too few */
    FRAME_KIND_LINES,
    FRAME_KIND_HEADERS
};

/* The state of one connection; zeroed before its first byte. */
struct framing {
    uint32_t skip;    /* how many bytes of content; of a line: any number */
    uint8_t kind;     /* enum frame_kind */
    bool is_skipping; /* the rest of a refused message is still to come */
};

enum frame_result {
    FRAME_MESSAGE, /* a whole message */
    FRAME_PARTIAL, /* the beginning of one, which is not too long so far */
    FRAME_REFUSED, /* a message that cannot be served, for frame.error; the
                    * next one can */
    FRAME_SKIPPED, /* more bytes of such a message */
    FRAME_BROKEN   /* frame.error; where the next message begins is unknown */
};

struct frame {
    const char *message; /* FRAME_MESSAGE: `length` of the bytes; without its
                          * newline, and without one carriage return before
                          * it */
    size_t length;
    size_t used; /* bytes that are dealt with; 0 with FRAME_PARTIAL */
    struct protocol_error error; /* FRAME_REFUSED, FRAME_BROKEN */
};

/*
 * Looks for the next message in `length` (>= 1) bytes. One of exactly `max`
 * (<= PROTOCOL_LINE_MAX) bytes is not too long. With is_end nothing follows
 * them: a last line needs no newline then, and what is not whole with headers
 * is FRAME_BROKEN. Not to be called again after FRAME_BROKEN.
 */
enum frame_result frame_next(struct framing *f, const char *bytes,
                             size_t length, size_t max, bool is_end,
                             struct frame *frame);

/* Makes the last message of out, which begins at `begin`, a frame: as a line
 * while the framing is unknown. */
void frame_end(const struct framing *f, struct buffer *out, size_t begin);

#endif
