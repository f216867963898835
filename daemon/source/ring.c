/* SPDX-License-Identifier: MIT */
/*
 * Indices run freely and are cut to the ring's size only to find a place, so
 * full and empty differ and no place is wasted. They start just below the
 * largest number: the wrap that would take centuries to come happens in the
 * first seconds of every run and in every test.
 */

#include "daemon/source/ring.h"

#include "base/secret.h"
#include "base/wipe.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Apple Silicon's line; other machines have 64. */
#define CACHE_LINE 128

/* Padded on purpose: the threads' indices must not share a cache line. */
struct ring { // NOLINT(clang-analyzer-optin.performance.Padding)
    uint64_t *places;
    size_t size;

    /* worker */
    _Alignas(CACHE_LINE) atomic_uint_least64_t write; /* next to be filled */
    atomic_uint_least64_t flush_to; /* what lies before is worthless */

    /* loop */
    _Alignas(CACHE_LINE) atomic_uint_least64_t read; /* next to be taken */
};

int ring_create(struct ring **ring, size_t samples, bool *is_locked)
{
    *ring = NULL;
    if (samples < RING_SAMPLES_MIN || samples > RING_SAMPLES_MAX ||
        (samples & (samples - 1)) != 0)
        return -EINVAL;

    /* A multiple of its own alignment, as aligned_alloc() wants it. */
    struct ring *r = aligned_alloc(CACHE_LINE, sizeof(*r));
    if (r == NULL)
        return -ENOMEM;
    r->size = samples;
    r->places = secret_alloc(samples * sizeof(*r->places), is_locked);
    if (r->places == NULL) {
        free(r);
        return -ENOMEM;
    }

    uint64_t start = UINT64_MAX - samples / 2;
    atomic_init(&r->write, start);
    atomic_init(&r->flush_to, start);
    atomic_init(&r->read, start);
    *ring = r;
    return 0;
}

void ring_destroy(struct ring *r)
{
    if (r == NULL)
        return;
    secret_free(r->places, r->size * sizeof(*r->places));
    free(r);
}

size_t ring_size(const struct ring *r)
{
    return r->size;
}

/* The n places from index on: up to two stretches, for the end of the memory is
 * not the end of the ring. Returns the first one's length. */
static size_t stretch(const struct ring *r, uint64_t index, size_t n)
{
    size_t to_end = r->size - (size_t)(index & (r->size - 1));
    return n < to_end ? n : to_end;
}

static uint64_t *place(const struct ring *r, uint64_t index)
{
    return r->places + (index & (r->size - 1));
}

static void wipe_samples(struct ring *r, uint64_t index, size_t n)
{
    size_t first = stretch(r, index, n);
    wipe(place(r, index), first * sizeof(*r->places));
    wipe(r->places, (n - first) * sizeof(*r->places));
}

size_t ring_space(const struct ring *r)
{
    /* Own index. */
    uint64_t write = atomic_load_explicit(&r->write, memory_order_relaxed);
    /* Acquires what take() and ring_sweep() released: their copying and wiping
     * is over before we fill the place again. */
    uint64_t read = atomic_load_explicit(&r->read, memory_order_acquire);
    return r->size - (size_t)(write - read);
}

size_t ring_push(struct ring *r, const uint64_t *samples, size_t n)
{
    uint64_t write = atomic_load_explicit(&r->write, memory_order_relaxed);
    size_t space = ring_space(r);
    if (n > space)
        n = space;
    size_t first = stretch(r, write, n);
    memcpy(place(r, write), samples, first * sizeof(*samples));
    memcpy(r->places, samples + first, (n - first) * sizeof(*samples));
    /* Releases the samples to ring_take() and ring_available(). */
    atomic_store_explicit(&r->write, write + n, memory_order_release);
    return n;
}

void ring_flush(struct ring *r)
{
    uint64_t write = atomic_load_explicit(&r->write, memory_order_relaxed);
    /* Releases the write index: bounds(), which acquires flush_to, then sees a
     * write index at least as new. */
    atomic_store_explicit(&r->flush_to, write, memory_order_release);
}

/* How far flush_to lies ahead of read; 0 where it lies behind. Indices are 64
 * bits wide, so that no distance ever comes near the half of them. */
static uint64_t ahead_of(uint64_t read, uint64_t flush_to)
{
    uint64_t distance = flush_to - read;
    return distance <= UINT64_MAX / 2 ? distance : 0;
}

/* Where the good samples begin and end, as the consumer sees it now. */
static uint64_t bounds(const struct ring *r, uint64_t *begin)
{
    uint64_t read =
        atomic_load_explicit(&r->read, memory_order_relaxed); /* own */
    /* Acquires ring_flush(), and comes before the load of write, which is
     * therefore never behind flush_to. */
    uint64_t flush_to =
        atomic_load_explicit(&r->flush_to, memory_order_acquire);
    /* Acquires the samples that ring_push() released. */
    uint64_t write = atomic_load_explicit(&r->write, memory_order_acquire);
    *begin = read + ahead_of(read, flush_to);
    return write;
}

size_t ring_sweep(struct ring *r)
{
    uint64_t read = atomic_load_explicit(&r->read, memory_order_relaxed);
    uint64_t begin;
    (void)bounds(r, &begin);
    if (begin == read)
        return 0;
    size_t swept = (size_t)(begin - read);
    wipe_samples(r, read, swept);
    /* Releases the wiped places to ring_space(). */
    atomic_store_explicit(&r->read, begin, memory_order_release);
    return swept;
}

size_t ring_available(const struct ring *r)
{
    uint64_t begin;
    uint64_t write = bounds(r, &begin);
    return (size_t)(write - begin);
}

size_t ring_take(struct ring *r, uint64_t *samples, size_t n, size_t *lost)
{
    *lost += ring_sweep(r);
    uint64_t read = atomic_load_explicit(&r->read, memory_order_relaxed);
    uint64_t begin;
    uint64_t write = bounds(r, &begin);
    /* A flush since the sweep shows below, when we look again. */
    if (n > write - read)
        n = (size_t)(write - read);
    size_t first = stretch(r, read, n);
    memcpy(samples, place(r, read), first * sizeof(*samples));
    memcpy(samples + first, r->places, (n - first) * sizeof(*samples));
    wipe_samples(r, read, n);
    /* Releases the wiped places to ring_space(). */
    atomic_store_explicit(&r->read, read + n, memory_order_release);

    /* Look again: acquires a ring_flush() that came while we copied. */
    uint64_t flush_to =
        atomic_load_explicit(&r->flush_to, memory_order_acquire);
    uint64_t ahead = ahead_of(read, flush_to);
    size_t overtaken = ahead < n ? (size_t)ahead : n;
    if (overtaken == 0)
        return n;
    *lost += overtaken;
    memmove(samples, samples + overtaken, (n - overtaken) * sizeof(*samples));
    wipe(samples + (n - overtaken), overtaken * sizeof(*samples));
    return n - overtaken;
}

uint64_t ring_flush_mark(const struct ring *r)
{
    /* Acquires ring_flush(). */
    return atomic_load_explicit(&r->flush_to, memory_order_acquire);
}
