/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SUPPORT_TUNABLES_H
#define ENTROPYD_TESTS_SUPPORT_TUNABLES_H

/* The tunables of a collector, by name and by default. */

#include "collectors/collector.h"

#include <string.h>

/* Index of the tunable `name`, or -1. */
static inline int tunable_index(const struct collector *c, const char *name)
{
    for (int i = 0; c->tunables[i].name != NULL; i++) {
        if (strcmp(c->tunables[i].name, name) == 0)
            return i;
    }
    return -1;
}

/* Fills values (collector_tunable_count() entries) with the defaults. */
static inline void tunable_defaults(const struct collector *c,
                                    struct tunable_value *values)
{
    for (size_t i = 0; c->tunables[i].name != NULL; i++)
        values[i] = c->tunables[i].default_value;
}

#endif
