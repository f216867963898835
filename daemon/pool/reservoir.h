/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_POOL_RESERVOIR_H
#define ENTROPYD_DAEMON_POOL_RESERVOIR_H

/*
 * The rings of all sources, seen as credit. A seed's or a block's credit comes
 * whole from one source; samples of the others are mixed in without credit,
 * for the sources share a scheduler and may not be added up. Only a healthy
 * source has credit. Loop thread.
 */

#include "daemon/pool/conditioner.h"
#include "daemon/source/source.h"

/* Samples that are moved at a time. */
#define RESERVOIR_PORTION 1024

struct reservoir {
    struct source *sources;
    size_t count;
    uint64_t ticks[RESERVOIR_PORTION]; /* in passing; wiped */
    uint8_t symbols[RESERVOIR_PORTION];
};

/* Credit that waits in source i, in whole bits; 0 unless it is healthy. */
uint64_t reservoir_bits(const struct reservoir *r, size_t i);

/* The same of all sources together, for status. */
uint64_t reservoir_total_bits(const struct reservoir *r);

/* Wipes what was flushed, in every ring. */
void reservoir_sweep(struct reservoir *r);

/* Wipes everything that waits, unused, in every ring. */
void reservoir_drop(struct reservoir *r);

/*
 * The source with the most credit among those that can give `bits` and leave a
 * reserve of reserve_bits, in itself or in one other; -1: none can.
 */
int reservoir_find(const struct reservoir *r, uint64_t bits,
                   uint64_t reserve_bits);

/* Does some source other than i hold reserve_bits? */
bool reservoir_other_holds(const struct reservoir *r, size_t i,
                           uint64_t reserve_bits);

/*
 * Moves samples worth `bits` from source i into c. False if that failed: too
 * few were left, or a flush made them worthless; then what c holds is not
 * credited.
 */
bool reservoir_take(struct reservoir *r, size_t i, uint64_t bits,
                    struct conditioner *c);

/*
 * Moves up to n samples of each source but i into c, without credit, as far as
 * they keep keep_bits. i may be SOURCE_MAX: of every source. Returns the
 * sources that gave some, as a bit mask.
 */
uint32_t reservoir_mix(struct reservoir *r, size_t i, size_t n,
                       uint64_t keep_bits, struct conditioner *c);

#endif
