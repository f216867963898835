/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FUZZ_FUZZ_H
#define ENTROPYD_TESTS_FUZZ_FUZZ_H

/*
 * What fuzz targets share. A target is one function over bytes; a build with
 * ENTROPYD_FUZZ drives it with libFuzzer, every other build with replay.c over
 * the corpus in the tree. Targets print nothing and end the process by abort()
 * where a claim does not hold.
 */

#include "tests/support/must.h"

#include <stddef.h>
#include <stdint.h>

/* One input; 0. Called again and again in one process and thread. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes of an input, taken from the front; zeros where none are left. */
struct bytes {
    const uint8_t *at;
    size_t left;
};

static inline uint8_t take_byte(struct bytes *b)
{
    if (b->left == 0)
        return 0;
    b->left--;
    return *b->at++;
}

/* A copy of exactly n bytes, so that a sanitizer sees a read behind its end.
 * New, for free(). */
void *exact_copy(const void *bytes, size_t n);

#endif
