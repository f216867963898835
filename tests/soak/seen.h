/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SOAK_SEEN_H
#define ENTROPYD_TESTS_SOAK_SEEN_H

/*
 * Remembers all bytes that were ever served, by fingerprints of 64 bits: of the
 * first sixteen bytes of each reply, and of sixteen bytes at places that the
 * first eight of them choose, one in 256. Bytes that come again choose the same
 * places, wherever they are in a reply; so what repeats for a kilobyte is
 * found for certain, so to speak, and a short reply that repeats whole always.
 *
 * An hour makes some 2^27 fingerprints: that two are equal by chance has a
 * probability of 2^-11. (Of the eight choosing bytes alone it would be an
 * eighth: their being chosen leaves them 56 bits.) Any thread.
 */

#include <stddef.h>
#include <stdint.h>

/* Bytes that a fingerprint is made of; shorter replies are not looked at. */
#define SEEN_WINDOW 16

/* Adds n bytes of one reply; those were never served before, or the soak
 * ends here. */
void seen_add(const uint8_t *bytes, size_t n);

/* Fingerprints so far, and the bytes that they cover. */
void seen_count(uint64_t *fingerprints, uint64_t *bytes);

#endif
