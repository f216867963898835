/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_SECRET_H
#define ENTROPYD_BASE_SECRET_H

/*
 * Memory for secrets: whole pages of their own, locked against swapping and
 * left out of core dumps where the system has a way, wiped before they are
 * given back. Any thread.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * bytes (>= 1) of zeroed memory, aligned to a page. New, the caller's; NULL
 * without memory. Memory that cannot be locked (RLIMIT_MEMLOCK) is still given
 * out: then *is_locked becomes false, and it is left alone otherwise.
 */
void *secret_alloc(size_t bytes, bool *is_locked);

/* Wipes and gives back what secret_alloc(bytes) made; NULL is allowed. */
void secret_free(void *memory, size_t bytes);

#endif
