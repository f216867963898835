/* SPDX-License-Identifier: MIT */
/* Opening, collecting and counting, for the tests of an event collector. */

#include "tests/collectors/events/event_pair.h"

#include "base/reason.h"
#include "collectors/events/event_tunables.h"
#include "tests/support/run.h"
#include "tests/support/tunables.h"

#include <stdarg.h>
#include <string.h>

#define C     event_pair_collector
#define BATCH 256

/* Fills values with the defaults, then changes what is named. */
static void set(struct tunable_value *values, const char *name, va_list changes)
{
    tunable_defaults(C, values);
    while (name != NULL) {
        int index = tunable_index(C, name);
        ck_assert_msg(index >= 0, "no tunable %s", name);
        /* clang-tidy 14 forgets va_start() when it reads several files. */
        /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
        values[index].values[0] = va_arg(changes, int);
        values[index].is_set = true;
        name = va_arg(changes, const char *);
    }
}

void *event_pair_open(const char *name, ...)
{
    struct tunable_value values[EVENT_TUNABLE_COUNT];
    va_list changes;
    va_start(changes, name);
    set(values, name, changes);
    va_end(changes);
    struct reason why = {.text = ""};
    ck_assert_msg(C->check(values, &why) == 0, "%s", why.text);
    void *self = NULL;
    int result = C->open(&self, values, &why);
    ck_assert_msg(result == 0, "open: %d, %s", result, why.text);
    ck_assert_ptr_nonnull(self);
    return self;
}

int event_pair_check(struct reason *why, const char *name, ...)
{
    struct tunable_value values[EVENT_TUNABLE_COUNT];
    va_list changes;
    va_start(changes, name);
    set(values, name, changes);
    va_end(changes);
    return C->check(values, why);
}

int event_pair_collect_once(void *self, uint64_t *ticks, size_t n)
{
    struct reason why = {.text = ""};
    int count = C->collect(self, ticks, n, &why);
    ck_assert_msg(count >= 0, "collect: %d, %s", count, why.text);
    ck_assert_uint_le((unsigned)count, n);
    return count;
}

void event_pair_collect(void *self, long wanted)
{
    uint64_t ticks[BATCH];
    while (wanted > 0)
        wanted -= event_pair_collect_once(
            self, ticks, wanted < BATCH ? (size_t)wanted : BATCH);
}

void event_pair_resume(void *self)
{
    struct reason why = {.text = ""};
    int result = C->resume(self, &why);
    ck_assert_msg(result == 0, "resume: %d, %s", result, why.text);
}

uint64_t event_pair_counter(void *self, const char *name)
{
    uint64_t values[EVENT_COUNTER_COUNT];
    C->counters(self, values);
    for (size_t i = 0; C->info->counters[i] != NULL; i++) {
        if (strcmp(C->info->counters[i], name) == 0)
            return values[i];
    }
    ck_abort_msg("no counter %s", name);
    return 0;
}

uint64_t event_pair_events(void *self)
{
    return event_pair_counter(self, "timer_events") +
           event_pair_counter(self, "socket_events") +
           event_pair_counter(self, "file_events");
}
