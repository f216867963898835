/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_SYMBOLS_H
#define ENTROPYD_LAB_SYMBOLS_H

/* Samples as symbols of 1 to 8 bits, in the two forms that SP 800-90B
 * assesses: as they are, and as a string of bits (3.1.3). One thread. */

#include "base/reason.h"
#include "lab/estimate.h"

#define SYMBOL_BITS_MAX 8u

struct symbols {
    unsigned width;          /* bits of a symbol, 1 to SYMBOL_BITS_MAX */
    struct sequence literal; /* translated to 0, 1, 2 ... in their order */
    struct sequence bits;    /* of the symbols before they were translated,
                              * most significant first; n 0: those of the
                              * literal ones are all there is to assess */
    bool is_translated;      /* values between 0 and the largest are missing */
    uint8_t *literal_values, *bit_values; /* owned */
};

/*
 * Takes n symbols, one a byte (copied). width 0: as many bits as the largest
 * needs, at least 1. 0; -EINVAL for too few or too many or for symbols that do
 * not fit the width, -ENOMEM, with the reason in `why`. symbols_fini() comes
 * after a success.
 */
int symbols_init(struct symbols *s, const uint8_t *values, size_t n,
                 unsigned width, struct reason *why);

/* Frees. A zeroed one is allowed. */
void symbols_fini(struct symbols *s);

#endif
