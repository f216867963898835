/* SPDX-License-Identifier: MIT */
/* Memory for secrets on macOS: mlock(). Pages cannot be left out of a core
 * dump; the system writes none unless RLIMIT_CORE is raised. */

#include "base/secret.h"

#include "base/wipe.h"

#include <sys/mman.h>

void *secret_alloc(size_t bytes, bool *is_locked)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANON, -1, 0);

    if (memory == MAP_FAILED)
        return NULL;
    if (mlock(memory, bytes) != 0)
        *is_locked = false;
    return memory;
}

void secret_free(void *memory, size_t bytes)
{
    if (!memory)
        return;
    wipe(memory, bytes);
    (void)munmap(memory, bytes); /* unlocks as well */
}
