/* Counting and finding in the constant tables of a collector. */

#include "collectors/collector.h"

#include <string.h>

size_t collector_tunable_count(const struct collector *c)
{
    size_t count = 0;
    while (c->tunables[count].name != NULL)
        count++;
    return count;
}

size_t collector_counter_count(const struct collector *c)
{
    size_t count = 0;
    while (c->info->counters[count] != NULL)
        count++;
    return count;
}

int collector_tunable_index(const struct collector *c, const char *name)
{
    for (int i = 0; c->tunables[i].name != NULL; i++) {
        if (strcmp(c->tunables[i].name, name) == 0)
            return i;
    }
    return -1;
}

void collector_defaults(const struct collector *c, struct tunable_value *values)
{
    for (size_t i = 0; c->tunables[i].name != NULL; i++)
        values[i] = c->tunables[i].standard;
}
