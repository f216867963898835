/* SPDX-License-Identifier: MIT */
/* Memory for secrets on Linux: mlock2() and MADV_DONTDUMP. A page is locked as
 * it is first touched, so that room which is not used costs no memory. */

#include "base/secret.h"

#include "base/wipe.h"

#include <sys/mman.h>

void *secret_alloc(size_t bytes, bool *is_locked)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return NULL;
    if (mlock2(memory, bytes, MLOCK_ONFAULT) != 0)
        *is_locked = false;
    /* A kernel built without core dumps refuses the advice, and needs none. */
    (void)madvise(memory, bytes, MADV_DONTDUMP);
    return memory;
}

void secret_free(void *memory, size_t bytes)
{
    if (!memory)
        return;
    wipe(memory, bytes);
    (void)munmap(memory, bytes); /* unlocks as well */
}
