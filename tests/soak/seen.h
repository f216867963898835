#ifndef ENTROPYD_TESTS_SOAK_SEEN_H
#define ENTROPYD_TESTS_SOAK_SEEN_H

/*
 * Remembers all bytes that were ever served, by fingerprints: the first eight
 * bytes of each reply, and eight bytes at places that the bytes themselves
 * choose, one in 256. Bytes that come again choose the same places, wherever
 * in a reply they stand; so what repeats for a kilobyte is found for certain,
 * so to speak, and a short reply that repeats whole always. Any thread.
 */

#include <stddef.h>
#include <stdint.h>

/* Adds n bytes of one reply; those were never served before, or the soak
 * ends here. */
void seen_add(const uint8_t *bytes, size_t n);

/* Fingerprints so far, and bytes they stand for. */
void seen_count(uint64_t *fingerprints, uint64_t *bytes);

#endif
