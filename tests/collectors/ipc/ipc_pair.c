/* SPDX-License-Identifier: MIT */
/* Opening, collecting and counting, for the tests of an IPC collector. */

#include "tests/collectors/ipc/ipc_pair.h"
#include "tests/support/tunables.h"

#include "base/reason.h"
#include "tests/support/patience.h"

#include <string.h>
#include <time.h>

#define C         ipc_pair_collector
#define BATCH     256
#define NS_PER_MS 1000000L
#define NS_PER_S  1000000000L

/* Far beyond what anything here takes on a machine that is not stuck. */
#define PATIENCE_S (PATIENCE_MS / 1000.0)

/* What a loaded machine may add to a call that is bounded. */
#define LOAD_MS 30000

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / (double)NS_PER_S;
}

static void sleep_ms(long ms)
{
    struct timespec time = {.tv_nsec = ms * NS_PER_MS};
    nanosleep(&time, NULL);
}

void ipc_pair_values(const struct ipc_setting *settings,
                     struct tunable_value *values)
{
    tunable_defaults(C, values);
    for (const struct ipc_setting *s = settings;
         s != NULL && s->option != IPC_TUNABLES_COUNT; s++) {
        values[s->option] = (struct tunable_value){
            .values = {s->value}, .count = 1, .is_set = true};
    }
}

void *ipc_pair_open(const struct ipc_setting *settings)
{
    struct tunable_value values[IPC_TUNABLES_COUNT];
    ipc_pair_values(settings, values);
    struct reason why = {.text = ""};
    void *self = NULL;
    int result = C->open(&self, values, &why);
    ck_assert_msg(result == 0, "open: %d, %s", result, why.text);
    ck_assert_ptr_nonnull(self);
    return self;
}

void ipc_pair_refuses(int error, const char *words)
{
    struct tunable_value values[IPC_TUNABLES_COUNT];
    ipc_pair_values(NULL, values);
    struct reason why = {.text = ""};
    void *self = values; /* anything but NULL */
    int result = C->open(&self, values, &why);
    ck_assert_int_eq(result, error);
    ck_assert_ptr_null(self);
    ck_assert_msg(strstr(why.text, words) != NULL, "no \"%s\" in \"%s\"", words,
                  why.text);
}

void ipc_pair_collect(void *self, long wanted)
{
    uint64_t ticks[BATCH];
    struct reason why = {.text = ""};
    double begin = seconds(CLOCK_MONOTONIC);
    for (long have = 0; have < wanted;) {
        long left = wanted - have;
        size_t n = left < BATCH ? (size_t)left : BATCH;
        int got = C->collect(self, ticks, n, &why);
        ck_assert_msg(got >= 0, "collect: %d, %s", got, why.text);
        ck_assert_int_le(got, (int)n);
        have += got;
        if (got > 0)
            begin = seconds(CLOCK_MONOTONIC);
        ck_assert(seconds(CLOCK_MONOTONIC) - begin < PATIENCE_S);
    }
}

void ipc_pair_ends(void *self, int error, const char *words)
{
    uint64_t ticks[BATCH];
    struct reason why = {.text = ""};
    double begin = seconds(CLOCK_MONOTONIC);
    int got = 0;
    while (got >= 0 && seconds(CLOCK_MONOTONIC) - begin < PATIENCE_S) {
        double before = seconds(CLOCK_MONOTONIC);
        got = C->collect(self, ticks, BATCH, &why);
        double took_ms = (seconds(CLOCK_MONOTONIC) - before) * 1e3;
        ck_assert(took_ms < COLLECT_MAX_MS + LOAD_MS);
    }
    ck_assert_int_eq(got, error);
    ck_assert_msg(strstr(why.text, words) != NULL, "no \"%s\" in \"%s\"", words,
                  why.text);
}

uint64_t ipc_pair_counter(void *self, int place)
{
    uint64_t counts[32];
    ck_assert_uint_le(collector_counter_count(C), 32);
    C->counters(self, counts);
    return counts[place];
}

bool ipc_pair_reaches(void *self, int place, uint64_t least)
{
    double begin = seconds(CLOCK_MONOTONIC);
    while (ipc_pair_counter(self, place) < least) {
        if (seconds(CLOCK_MONOTONIC) - begin > PATIENCE_S)
            return false;
        sleep_ms(1);
    }
    return true;
}

void ipc_pair_collect_in_step(void *self, long wanted)
{
    uint64_t received = ipc_pair_counter(self, IPC_PAIR_RECEIVED);
    for (long i = 0; i < wanted; i++) {
        ipc_pair_collect(self, 1);
        ck_assert(ipc_pair_reaches(self, IPC_PAIR_RECEIVED, ++received));
    }
}

void ipc_pair_settle(void *self, long sent)
{
    ck_assert(ipc_pair_reaches(self, IPC_PAIR_RECEIVED, (uint64_t)sent));
    sleep_ms(50);
}

/* What an allocator, above all a sanitizer's, may map for itself meanwhile. A
 * leak of ours shows once a round. */
#define FOREIGN_MAPPINGS 64

struct resources ipc_pair_warm_resources(void)
{
    C->close(ipc_pair_open(NULL));
    return resources_now();
}

void ipc_pair_holds_no_more_than(struct resources before)
{
    struct resources after = resources_after(&before);
    ck_assert_int_eq(after.descriptors, before.descriptors);
    ck_assert_int_eq(after.threads, before.threads);
    ck_assert_int_le(after.mappings, before.mappings + FOREIGN_MAPPINGS);
}
