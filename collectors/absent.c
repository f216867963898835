/* A collector that this platform does not have. */

#include "collectors/absent.h"

#include "base/reason.h"

#include <errno.h>
#include <stdio.h>

int absent_refuse(const char *needs, struct reason *why)
{
    reason_set(why, "%s", needs);
    return -ENOTSUP;
}

/* The signatures are those of struct collector. */
/* NOLINTNEXTLINE(readability-non-const-parameter) */
int absent_collect(void *self, uint64_t *ticks, size_t n, struct reason *why)
{
    (void)self;
    (void)ticks;
    (void)n;
    return absent_refuse("never opened on this platform", why);
}

void absent_pause(void *self)
{
    (void)self;
}

int absent_resume(void *self, struct reason *why)
{
    (void)self;
    return absent_refuse("never opened on this platform", why);
}

uint64_t absent_helper_cpu_ns(void *self)
{
    (void)self;
    return 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): as above. */
void absent_counters(void *self, uint64_t *out)
{
    (void)self;
    (void)out;
}

void absent_close(void *self)
{
    (void)self;
}
