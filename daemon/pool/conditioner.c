/* SPDX-License-Identifier: MIT */
/* Conditioning with SHA-512 (libsodium's hash functions cannot fail), and the
 * store of conditioned blocks. */

#include "daemon/pool/conditioner.h"

#include <assert.h>
#include <string.h>

static const char domain[] = "entropyd conditioner 1";

static void hash(struct conditioner *c, const void *bytes, size_t n)
{
    (void)crypto_hash_sha512_update(&c->hash, bytes, n);
}

static void hash_number(struct conditioner *c, uint64_t number)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
    hash(c, bytes, sizeof(bytes));
}

void conditioner_begin(struct conditioner *c, const char *purpose,
                       uint64_t counter)
{
    (void)crypto_hash_sha512_init(&c->hash);
    hash(c, domain, sizeof(domain)); /* with its NUL */
    hash(c, purpose, strlen(purpose) + 1);
    hash_number(c, counter);
}

void conditioner_add(struct conditioner *c, const char *name, const void *bytes,
                     size_t n)
{
    size_t length = strlen(name);
    uint8_t length_byte = (uint8_t)length;
    assert(length <= UINT8_MAX);
    hash(c, &length_byte, 1);
    hash(c, name, length);
    hash_number(c, n);
    hash(c, bytes, n);
}

void conditioner_end(struct conditioner *c, uint8_t out[CONDITIONER_BYTES])
{
    uint8_t whole[crypto_hash_sha512_BYTES];
    (void)crypto_hash_sha512_final(&c->hash, whole);
    memcpy(out, whole, CONDITIONER_BYTES);
    sodium_memzero(whole, sizeof(whole));
    conditioner_abandon(c);
}

void conditioner_abandon(struct conditioner *c)
{
    sodium_memzero(c, sizeof(*c));
}

void blocks_put(struct blocks *b, const uint8_t block[CONDITIONER_BYTES],
                uint32_t sources)
{
    assert(b->count < BLOCKS_MAX);
    size_t at = (b->first + b->count++) % BLOCKS_MAX;
    memcpy(b->bytes[at], block, CONDITIONER_BYTES);
    b->sources[at] = sources;
}

uint32_t blocks_take(struct blocks *b, uint8_t *out, size_t n)
{
    assert(b->count > 0 && n <= CONDITIONER_BYTES);
    size_t at = b->first;
    for (size_t i = 0; i < n; i++)
        out[i] ^= b->bytes[at][i];
    sodium_memzero(b->bytes[at], CONDITIONER_BYTES);
    b->first = (b->first + 1) % BLOCKS_MAX;
    b->count--;
    return b->sources[at];
}

void blocks_clear(struct blocks *b)
{
    sodium_memzero(b, sizeof(*b));
}
