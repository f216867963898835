/* SPDX-License-Identifier: MIT */
#include "tests/support/memory.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MASK 0x5a

/* More than any daemon of ours has; a sanitizer's shadow is far beyond. */
#define BYTES_MAX (UINT64_C(1) << 30)

/* How much is read at a time. */
#define CHUNK (UINT64_C(1) << 20)

static uint32_t slot_of(const struct memory_needles *needles,
                        const uint8_t *plain)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < needles->size; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, plain + i, sizeof(word));
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return (uint32_t)(hash & (needles->table_size - 1));
}

static void enter(struct memory_needles *needles, size_t index)
{
    uint8_t plain[MEMORY_NEEDLE_MAX];
    for (size_t i = 0; i < needles->size; i++)
        plain[i] = needles->masked[index][i] ^ MASK;
    uint32_t at = slot_of(needles, plain);
    while (needles->table[at] != 0)
        at = (at + 1) & (uint32_t)(needles->table_size - 1);
    needles->table[at] = (uint32_t)index + 1;
    explicit_bzero(plain, sizeof(plain));
}

static void grow(struct memory_needles *needles)
{
    if (needles->count < needles->capacity)
        return;
    size_t capacity = needles->capacity > 0 ? 2 * needles->capacity : 1024;
    needles->masked =
        realloc(needles->masked, capacity * sizeof(*needles->masked));
    needles->what = realloc(needles->what, capacity * sizeof(*needles->what));
    free(needles->table);
    needles->table_size = 4 * capacity;
    needles->table = calloc(needles->table_size, sizeof(*needles->table));
    ck_assert(needles->masked && needles->what && needles->table);
    needles->capacity = capacity;
    for (size_t i = 0; i < needles->count; i++)
        enter(needles, i);
}

static bool is_plain(const uint8_t *bytes, size_t size)
{
    unsigned different = 0;
    for (size_t i = 0; i < size; i++)
        different += memchr(bytes, bytes[i], i) == NULL;
    return different < 6;
}

void memory_add(struct memory_needles *needles, const char *what,
                const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    if (needles->size == 0)
        needles->size = MEMORY_NEEDLE;
    for (; n >= needles->size; at += needles->size, n -= needles->size) {
        if (is_plain(at, needles->size))
            continue;
        grow(needles);
        for (size_t i = 0; i < needles->size; i++)
            needles->masked[needles->count][i] = at[i] ^ MASK;
        needles->what[needles->count] = what;
        enter(needles, needles->count++);
    }
}

void memory_forget(struct memory_needles *needles)
{
    free(needles->masked);
    free(needles->what);
    free(needles->table);
    *needles = (struct memory_needles){0};
}

/* The needle at these bytes, or NULL. */
static const char *needle_at(const struct memory_needles *needles,
                             const uint8_t *bytes)
{
    uint32_t at = slot_of(needles, bytes);
    for (; needles->table[at] != 0;
         at = (at + 1) & (uint32_t)(needles->table_size - 1)) {
        const uint8_t *masked = needles->masked[needles->table[at] - 1];
        size_t i = 0;
        while (i < needles->size && (bytes[i] ^ MASK) == masked[i])
            i++;
        if (i == needles->size)
            return needles->what[needles->table[at] - 1];
    }
    return NULL;
}

static void note(struct memory_finds *finds, const char *what, uint64_t address,
                 const char *mapping)
{
    size_t length = strlen(finds->first);
    finds->count++;
    (void)snprintf(finds->first + length, sizeof(finds->first) - length,
                   "%s at %" PRIx64 " in %s; ", what, address, mapping);
}

static void search_chunk(const struct memory_needles *needles,
                         const uint8_t *bytes, size_t n, uint64_t address,
                         const char *mapping, struct memory_finds *finds)
{
    for (size_t i = 0; i + needles->size <= n; i++) {
        const char *what = needle_at(needles, bytes + i);
        if (what != NULL)
            note(finds, what, address + i, mapping);
    }
}

static int search_mapping(int memory, const struct memory_needles *needles,
                          uint64_t from, uint64_t to, const char *mapping,
                          struct memory_finds *finds)
{
    static uint8_t chunk[CHUNK];
    for (uint64_t at = from; at + needles->size <= to;
         at += CHUNK - needles->size + 1) {
        size_t n = to - at < CHUNK ? (size_t)(to - at) : (size_t)CHUNK;
        ssize_t got = pread(memory, chunk, n, (off_t)at);
        if (got < 0 && errno != EIO)
            return -errno;
        if (got > 0) {
            finds->bytes += (size_t)got;
            search_chunk(needles, chunk, (size_t)got, at, mapping, finds);
        }
        explicit_bzero(chunk, sizeof(chunk));
    }
    return 0;
}

int memory_search(pid_t pid, const struct memory_needles *needles,
                  struct memory_finds *finds)
{
    char path[64];
    char line[512];
    int rc = 0;
    *finds = (struct memory_finds){.count = 0};
    (void)snprintf(path, sizeof(path), "/proc/%ld/mem", (long)pid);
    int memory = open(path, O_RDONLY | O_CLOEXEC);
    if (memory < 0)
        return -errno;
    (void)snprintf(path, sizeof(path), "/proc/%ld/maps", (long)pid);
    FILE *maps = fopen(path, "re");
    ck_assert_ptr_nonnull(maps);
    while (rc == 0 && fgets(line, sizeof(line), maps) != NULL) {
        /* FROM-TO RIGHTS and more, at the end the name. */
        char *end;
        line[strcspn(line, "\n")] = '\0';
        uint64_t from = strtoull(line, &end, 16);
        uint64_t to = strtoull(end + 1, &end, 16);
        const char *rights = end + 1;
        const char *name = strpbrk(rights, "/[");
        if (to - from > BYTES_MAX)
            rc = -EFBIG;
        else if (rights[0] == 'r' && rights[1] == 'w')
            rc = search_mapping(memory, needles, from, to,
                                name != NULL ? name : "the heap", finds);
    }
    (void)fclose(maps);
    (void)close(memory);
    return rc;
}

void memory_locked(pid_t pid, size_t *kept_secret, size_t *locked)
{
    char path[64];
    char line[512];
    size_t here = 0;
    *kept_secret = *locked = 0;
    (void)snprintf(path, sizeof(path), "/proc/%ld/smaps", (long)pid);
    FILE *maps = fopen(path, "re");
    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof(line), maps) != NULL) {
        /* "Size:" comes before "VmFlags:" in each mapping's lines. */
        if (strncmp(line, "Size:", 5) == 0)
            here = strtoul(line + 5, NULL, 10);
        if (strncmp(line, "VmFlags:", 8) != 0 || strstr(line, " lo") == NULL)
            continue;
        *locked += here * 1024;
        if (strstr(line, " dd") != NULL)
            *kept_secret += here * 1024;
    }
    (void)fclose(maps);
}
