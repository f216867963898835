/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_E2E_MANY_BLOCKS_H
#define ENTROPYD_TESTS_E2E_MANY_BLOCKS_H

/* Replies laid end to end, and whether any 16 bytes of them come again. */

#include <stddef.h>
#include <stdint.h>

#define BLOCK_BYTES 16

struct blocks;

/* Room for n bytes in all. New. */
struct blocks *blocks_create(size_t n);
void blocks_destroy(struct blocks *b);

/* Room for the next n bytes, which count once they are asked for; the same
 * place until then, so that a reply that is not whole yet may be tried. */
uint8_t *blocks_room(struct blocks *b, size_t n);
void blocks_take(struct blocks *b, size_t n);

/* Bytes so far. */
size_t blocks_count(const struct blocks *b);

/* How often one of the blocks (at each multiple of 16) occurs somewhere else
 * as well, at any offset: finds every repetition of 31 bytes or more, and of
 * 16 where one of them is such a block. */
size_t blocks_repeats(const struct blocks *b);

#endif
