/* The client library and base/ do without libsodium. */

#include "base/wipe.h"

#include <string.h>

/* Called through a volatile pointer, memset cannot be known and left out. */
static void *(*const volatile fill)(void *, int, size_t) = memset;

void wipe(void *bytes, size_t n)
{
    if (n > 0)
        fill(bytes, 0, n);
}
