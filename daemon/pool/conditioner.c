/* Conditioning with SHA-512. libsodium's hash functions cannot fail. */

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
