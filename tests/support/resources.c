#include "tests/support/resources.h"

#include <time.h>

#define PATIENCE_MS 1000

struct resources resources_after(const struct resources *before)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    struct resources after = resources_now();
    for (int i = 0; i < PATIENCE_MS && after.threads > before->threads; i++) {
        (void)nanosleep(&pause, NULL);
        after = resources_now();
    }
    return after;
}
