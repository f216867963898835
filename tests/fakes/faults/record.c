/* SPDX-License-Identifier: MIT */
/*
 * record_24mhz COLLECTOR SAMPLES FILE: records a collector of this machine as a
 * clock of 24 MHz would see it, for tests/data.
 */

#include "base/ticks.h"

#include "base/reason.h"
#include "collectors/collector.h"
#include "tests/fakes/faults/recording.h"
#include "tests/support/tunables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As the daemon drops them after an open. */
#define WARM_UP 64

#define SAMPLES_MAX 65536
#define BATCH       256
#define TUNABLES    16

static const struct collector *find(const char *name)
{
    for (size_t i = 0; i < collector_registry_count; i++) {
        if (strcmp(collector_registry[i]->name, name) == 0)
            return collector_registry[i];
    }
    return NULL;
}

/* n samples behind the warm-up, in nanoseconds. 0 or -errno. */
static int collect(const struct collector *c, uint64_t *ns, size_t n,
                   struct reason *why)
{
    struct tunable_value values[TUNABLES];
    uint64_t ticks[BATCH];
    void *self;
    tunable_defaults(c, values);
    int rc = c->open(&self, values, why);
    if (rc < 0)
        return rc;
    for (size_t seen = 0; rc >= 0 && seen < n + WARM_UP;) {
        size_t wanted = n + WARM_UP - seen;
        rc = c->collect(self, ticks, wanted < BATCH ? wanted : BATCH, why);
        for (int i = 0; i < rc; i++, seen++) {
            if (seen >= WARM_UP)
                ns[seen - WARM_UP] = ticks_to_ns(ticks[i]);
        }
    }
    c->close(self);
    return rc < 0 ? rc : 0;
}

int main(int argc, char *argv[])
{
    static uint64_t ns[SAMPLES_MAX];
    struct reason why = {.text = ""};
    const struct collector *c = argc == 4 ? find(argv[1]) : NULL;
    unsigned long n = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
    if (c == NULL || n < 1 || n > SAMPLES_MAX) {
        (void)fprintf(
            stderr, "usage: record_24mhz COLLECTOR SAMPLES FILE, at most %d\n",
            SAMPLES_MAX);
        return EXIT_FAILURE;
    }
    if (collect(c, ns, n, &why) < 0 ||
        recording_write(argv[3], ns, n, &why) < 0) {
        (void)fprintf(stderr, "record: %s\n", why.text);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
