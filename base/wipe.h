/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_WIPE_H
#define ENTROPYD_BASE_WIPE_H

#include <string.h>

/* Overwrites n bytes with zeros, also where nothing reads them again: the
 * compiler must take it that the assembly does. Any thread. */
static inline void wipe(void *bytes, size_t n)
{
    memset(bytes, 0, n);
    __asm__ volatile("" : : "r"(bytes) : "memory");
}

#endif
