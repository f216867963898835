/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SUPPORT_MEMORY_H
#define ENTROPYD_TESTS_SUPPORT_MEMORY_H

/*
 * Looks for bytes in all writable memory of a process, as somebody would who
 * got hold of it. Linux only (/proc). What is looked for is kept masked, so
 * that the search does not find itself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes of a needle unless told, and at most. */
#define MEMORY_NEEDLE     16
#define MEMORY_NEEDLE_MAX 64

struct memory_needles {
    size_t size; /* of each; a multiple of 8. 0: MEMORY_NEEDLE */
    uint8_t (*masked)[MEMORY_NEEDLE_MAX];
    const char **what; /* of each: where it came from, constant */
    size_t count, capacity;
    uint32_t *table; /* by their hash; 0: free, else index + 1 */
    size_t table_size;
};

/* Cuts n bytes into needles, one behind the other; a shorter rest is left out,
 * and so is a needle of few different bytes, which is not a secret. `what` is
 * borrowed. */
void memory_add(struct memory_needles *needles, const char *what,
                const void *bytes, size_t n);

/* Frees. */
void memory_forget(struct memory_needles *needles);

/* What was found. */
struct memory_finds {
    size_t count;
    char first[512]; /* what, where and in which mapping, of the first few */
    size_t bytes;    /* looked through */
};

/*
 * Looks through the writable memory of process pid, which must be stopped (or
 * be this one). 0, or -errno where it may not be read; -EFBIG where there is
 * too much of it, as under a sanitizer.
 */
int memory_search(pid_t pid, const struct memory_needles *needles,
                  struct memory_finds *finds);

/* Memory of process pid that is both locked and left out of core dumps, and
 * memory that is locked at all, in bytes. */
void memory_locked(pid_t pid, size_t *kept_secret, size_t *locked);

#endif
