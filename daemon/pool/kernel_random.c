/* The kernel's generator. */

#include "daemon/pool/pool.h"

#include <errno.h>
#include <sys/random.h> /* getentropy() on macOS */
#include <unistd.h>

int pool_kernel_random(void *out, size_t n)
{
    return getentropy(out, n) == 0 ? 0 : -errno;
}
