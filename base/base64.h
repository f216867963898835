/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_BASE64_H
#define ENTROPYD_BASE_BASE64_H

/* Base64 by the processor's vector instructions, without a table in memory. */

#include <stddef.h>
#include <stdint.h>

/* Encodes as many of the n bytes, from the first one on, as fit into whole
 * vectors: 4 characters for 3 bytes, without padding. Returns their number, a
 * multiple of 3; 0 where the processor has no such instructions. Any thread. */
size_t base64_encode_vectors(char *to, const uint8_t *bytes, size_t n);

#endif
