#ifndef ENTROPYD_DAEMON_POOL_DRBG_H
#define ENTROPYD_DAEMON_POOL_DRBG_H

/*
 * The generator: ChaCha20 with fast key erasure, as in Linux and OpenBSD. A key
 * is used once: its stream gives the next key first, then output, and it is
 * gone before the output leaves. So what was handed out before cannot be
 * computed from what the memory holds now. Not an approved mechanism of
 * SP 800-90A.
 *
 * A small request comes out of a buffer that one key filled; a large one is
 * generated straight into the caller's memory. A struct drbg belongs into
 * locked memory.
 */

#include <stddef.h>
#include <stdint.h>

#define DRBG_KEY_BYTES    32
#define DRBG_BUFFER_BYTES 1024

/* Requests above this go past the buffer: there a key of their own costs less
 * than copying and wiping (it takes some 0.1 us). */
#define DRBG_SMALL_MAX 256

struct drbg {
    uint8_t key[DRBG_KEY_BYTES];
    uint8_t buffer[DRBG_BUFFER_BYTES];
    size_t used; /* bytes of the buffer that are gone, and wiped */
};

/* Gives it a key, at first and at each reseed; what the buffer holds is wiped.
 * The key is copied. */
void drbg_rekey(struct drbg *d, const uint8_t key[DRBG_KEY_BYTES]);

/* n bytes of output, n < 2^38. */
void drbg_generate(struct drbg *d, void *out, size_t n);

/* Wipes everything. */
void drbg_fini(struct drbg *d);

#endif
