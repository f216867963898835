/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_HEADER_BLOCK_H
#define ENTROPYD_PROTOCOL_HEADER_BLOCK_H

/* The header lines before a message, as the Language Server Protocol has them.
 * Any thread; no state. */

#include "protocol/protocol_error.h"

#include <stddef.h>
#include <stdint.h>

struct header_block {
    size_t length;           /* bytes, with the empty line at its end */
    uint32_t content_length; /* as it says */
};

/*
 * Reads the header block that `length` bytes begin with: lines "Name: value" of
 * printable ASCII that end with CR LF, then an empty one, together at most
 * PROTOCOL_HEADER_MAX bytes. 1, or 0 where it is not whole yet, or -EINVAL with
 * *error set where it is none:
 *
 *   Content-Length   must be there, once: digits, less than 2^32. `max`, the
 *                    longest content, is only told in the error
 *   Content-Type     its charset, if it has one, must be utf-8 (or utf8)
 *   Content-...      others are refused: without knowing them the content
 * cannot be understood
 *
 * All other names are ignored. Case does not matter in any name.
 */
int header_block_read(const char *bytes, size_t length, size_t max,
                      struct header_block *block, struct protocol_error *error);

#endif
