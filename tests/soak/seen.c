/* SPDX-License-Identifier: MIT */
#include "tests/soak/seen.h"

#include "tests/soak/wire.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Open addressing, doubled at half full; 0 is a free place. */
static struct {
    pthread_mutex_t lock;
    uint64_t *places;
    size_t size;
    uint64_t count;
    uint64_t bytes;
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t mix(uint64_t key)
{
    return key * UINT64_C(0x9e3779b97f4a7c15);
}

static bool put(uint64_t key)
{
    size_t at = (size_t)(mix(key) >> 20) & (seen.size - 1);
    for (; seen.places[at] != 0; at = (at + 1) & (seen.size - 1)) {
        if (seen.places[at] == key)
            return false;
    }
    seen.places[at] = key;
    return true;
}

static void grow(void)
{
    uint64_t *before = seen.places;
    size_t size = seen.size;
    if (seen.count < size / 2)
        return;
    seen.size = size > 0 ? 2 * size : 1 << 20;
    seen.places = calloc(seen.size, sizeof(*seen.places));
    if (seen.places == NULL)
        fail("no memory for %zu fingerprints", seen.size);
    for (size_t i = 0; i < size; i++) {
        if (before[i] != 0)
            (void)put(before[i]);
    }
    free(before);
}

void seen_add(const uint8_t *bytes, size_t n)
{
    (void)pthread_mutex_lock(&seen.lock);
    seen.bytes += n;
    for (size_t i = 0; i + SEEN_WINDOW <= n; i++) {
        uint64_t halves[2];
        memcpy(halves, bytes + i, sizeof(halves));
        if (i > 0 && mix(halves[0]) >> 56 != 0)
            continue;
        uint64_t key = mix(halves[0]) + halves[1];
        if (key == 0)
            continue;
        grow();
        if (!put(key))
            fail("bytes came a second time, at %zu of a reply of %zu", i, n);
        seen.count++;
    }
    (void)pthread_mutex_unlock(&seen.lock);
}

void seen_count(uint64_t *fingerprints, uint64_t *bytes)
{
    (void)pthread_mutex_lock(&seen.lock);
    *fingerprints = seen.count;
    *bytes = seen.bytes;
    (void)pthread_mutex_unlock(&seen.lock);
}
