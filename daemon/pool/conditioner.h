/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_POOL_CONDITIONER_H
#define ENTROPYD_DAEMON_POOL_CONDITIONER_H

/*
 * Conditioning: SHA-512 over what it is for, a counter, and any number of named
 * pieces; 256 bits come out. A vetted conditioning component of SP 800-90B
 * (3.1.5.1.1) as long as the pieces carry 320 bits of entropy or more. What is
 * hashed:
 *
 *     "entropyd conditioner 1" 00  purpose 00  counter
 *     and for each piece: length of name (1 byte)  name  length  bytes
 *
 * counter and length in 8 bytes, little-endian; so no two inputs that differ
 * are hashed alike.
 */

#include <sodium.h>
#include <stddef.h>
#include <stdint.h>

#define CONDITIONER_BYTES 32

struct conditioner {
    crypto_hash_sha512_state hash;
};

/* Begins, for a purpose ("seed", "block") and a counter that never repeats for
 * it. */
void conditioner_begin(struct conditioner *c, const char *purpose,
                       uint64_t counter);

/* Adds a piece; the name has at most 255 bytes. */
void conditioner_add(struct conditioner *c, const char *name, const void *bytes,
                     size_t n);

/* Writes the first 256 bits of the hash and wipes c. */
void conditioner_end(struct conditioner *c, uint8_t out[CONDITIONER_BYTES]);

/* Wipes c without a result. */
void conditioner_abandon(struct conditioner *c);

/*
 * A small store of conditioned blocks that are ready and not yet handed out:
 * first in, first out, each handed out once and wiped. Belongs in locked
 * memory; zeroed is empty.
 */

/* The largest conditioned request, POOL_CONDITIONED_MAX bytes. */
#define BLOCKS_MAX 128

struct blocks {
    uint8_t bytes[BLOCKS_MAX][CONDITIONER_BYTES];
    uint32_t sources[BLOCKS_MAX]; /* bit i: source i had a part in it */
    size_t first;                 /* the oldest */
    size_t count;
};

/* Puts a block in, copied; there are fewer than BLOCKS_MAX. */
void blocks_put(struct blocks *b, const uint8_t block[CONDITIONER_BYTES],
                uint32_t sources);

/* XORs the first n (1..CONDITIONER_BYTES) bytes of the oldest block into out,
 * wipes all of it, and returns its sources; there is one. */
uint32_t blocks_take(struct blocks *b, uint8_t *out, size_t n);

/* Wipes all of them. */
void blocks_clear(struct blocks *b);

#endif
