/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void must_fail(const char *file, int line, const char *claim)
{
    (void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
    abort();
}

void *exact_copy(const void *bytes, size_t n)
{
    void *copy = malloc(n > 0 ? n : 1);
    MUST(copy != NULL);
    if (n > 0)
        memcpy(copy, bytes, n);
    return copy;
}
