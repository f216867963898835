/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_WIPE_H
#define ENTROPYD_BASE_WIPE_H

#include <string.h>

/* Overwrites n bytes (0 is allowed, with NULL too) with zeros, also where
 * nothing reads them again: for the compiler, the assembly does. Any thread. */
static inline void wipe(void *bytes, size_t n)
{
    if (n == 0)
        return;
    memset(bytes, 0, n);
    __asm__ volatile("" : : "r"(bytes) : "memory");
}

#endif
