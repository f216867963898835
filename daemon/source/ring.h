/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SOURCE_RING_H
#define ENTROPYD_DAEMON_SOURCE_RING_H

/*
 * A ring of samples between two threads: one producer, one consumer, no lock.
 * Samples are wiped as they are taken, and none is handed out twice. The
 * producer can flush: what lies in the ring then is worthless, and the consumer
 * wipes it unused. Memory is locked and left out of dumps (secret.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_SAMPLES_MIN (1u << 10)
#define RING_SAMPLES_MAX (1u << 24)

struct ring;

/*
 * A ring of `samples` places, a power of two in RING_SAMPLES_MIN..MAX. *ring is
 * new, the caller's. 0, -EINVAL or -ENOMEM. *is_locked as secret_alloc() has
 * it.
 */
int ring_create(struct ring **ring, size_t samples, bool *is_locked);

/* Wipes and frees; both threads are done with it. NULL is allowed. */
void ring_destroy(struct ring *r);

/* Places in all. Any thread. */
size_t ring_size(const struct ring *r);

/* The producer's side. */

/* Free places. Flushed samples keep theirs until the consumer has looked. */
size_t ring_space(const struct ring *r);

/* Puts in n samples, oldest first, or as many as fit; returns how many. */
size_t ring_push(struct ring *r, const uint64_t *samples, size_t n);

/* Makes everything in the ring worthless. */
void ring_flush(struct ring *r);

/* The consumer's side. */

/* Wipes what was flushed and frees its places; returns how many samples. */
size_t ring_sweep(struct ring *r);

/* Samples to be had now, flushed ones not counted. */
size_t ring_available(const struct ring *r);

/*
 * Takes up to n samples, oldest first. Returns how many of them are good: those
 * that a flush overtook while they were copied are wiped and missing. *lost
 * grows by the samples that a flush took, before or while taking.
 */
size_t ring_take(struct ring *r, uint64_t *samples, size_t n, size_t *lost);

/* A number that changes with every flush that made samples worthless. */
uint64_t ring_flush_mark(const struct ring *r);

#endif
