/* The behaviour of an IPC collector, for either kernel. */

#include "tests/collectors/ipc_pair.h"

#include "tests/support/run.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define BATCH     256
#define NS_PER_MS 1000000L
#define NS_PER_S  1000000000L

/* Far beyond what anything here takes on a machine that is not stuck. */
#define PATIENCE_S 20

/* What a loaded machine may add to a call that is bounded. */
#define LOAD_MS 2000

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

void ipc_pair_values(const struct collector *c,
                     const struct ipc_setting *settings,
                     struct tunable_value *values)
{
    collector_defaults(c, values);
    for (const struct ipc_setting *s = settings;
         s != NULL && s->option != IPC_TUNABLES_COUNT; s++) {
        values[s->option] = (struct tunable_value){
            .values = {s->value}, .count = 1, .is_set = true};
    }
}

void *ipc_pair_open(const struct collector *c,
                    const struct ipc_setting *settings)
{
    struct tunable_value values[IPC_TUNABLES_COUNT];
    ipc_pair_values(c, settings, values);
    char why[COLLECTOR_WHY_MAX] = "";
    void *self = NULL;
    int result = c->open(&self, values, why, sizeof(why));
    ck_assert_msg(result == 0, "open: %d, %s", result, why);
    ck_assert_ptr_nonnull(self);
    return self;
}

void ipc_pair_refuses(const struct collector *c, int error, const char *words)
{
    struct tunable_value values[IPC_TUNABLES_COUNT];
    ipc_pair_values(c, NULL, values);
    char why[COLLECTOR_WHY_MAX] = "";
    void *self = values; /* anything but NULL */
    int result = c->open(&self, values, why, sizeof(why));
    ck_assert_int_eq(result, error);
    ck_assert_ptr_null(self);
    ck_assert_msg(strstr(why, words) != NULL, "no \"%s\" in \"%s\"", words,
                  why);
}

void ipc_pair_collect(const struct collector *c, void *self, long wanted)
{
    uint64_t ticks[BATCH];
    char why[COLLECTOR_WHY_MAX] = "";
    double begin = seconds(CLOCK_MONOTONIC);
    for (long have = 0; have < wanted;) {
        long left = wanted - have;
        size_t n = left < BATCH ? (size_t)left : BATCH;
        int got = c->collect(self, ticks, n, why, sizeof(why));
        ck_assert_msg(got >= 0, "collect: %d, %s", got, why);
        ck_assert_int_le(got, (int)n);
        have += got;
        if (got == 0)
            ck_assert(seconds(CLOCK_MONOTONIC) - begin < 3 * PATIENCE_S);
    }
}

void ipc_pair_ends(const struct collector *c, void *self, int error,
                   const char *words)
{
    uint64_t ticks[BATCH];
    char why[COLLECTOR_WHY_MAX] = "";
    double begin = seconds(CLOCK_MONOTONIC);
    int got = 0;
    while (got >= 0 && seconds(CLOCK_MONOTONIC) - begin < PATIENCE_S) {
        double before = seconds(CLOCK_MONOTONIC);
        got = c->collect(self, ticks, BATCH, why, sizeof(why));
        double took_ms = (seconds(CLOCK_MONOTONIC) - before) * 1e3;
        ck_assert(took_ms < COLLECT_MAX_MS + LOAD_MS);
    }
    ck_assert_int_eq(got, error);
    ck_assert_msg(strstr(why, words) != NULL, "no \"%s\" in \"%s\"", words,
                  why);
}

uint64_t ipc_pair_counter(const struct collector *c, void *self, int place)
{
    uint64_t counts[32];
    ck_assert_uint_le(collector_counter_count(c), 32);
    c->counters(self, counts);
    return counts[place];
}

bool ipc_pair_reaches(const struct collector *c, void *self, int place,
                      uint64_t least)
{
    double begin = seconds(CLOCK_MONOTONIC);
    while (ipc_pair_counter(c, self, place) < least) {
        if (seconds(CLOCK_MONOTONIC) - begin > PATIENCE_S)
            return false;
        sleep_ms(1);
    }
    return true;
}

static void check_option(const struct collector *c, const char *name,
                         int64_t min, int64_t max, int64_t standard)
{
    int index = collector_tunable_index(c, name);
    ck_assert_msg(index >= 0, "no option %s", name);
    const struct tunable *t = &c->tunables[index];
    ck_assert_int_eq(t->min, min);
    ck_assert_int_eq(t->max, max);
    ck_assert_int_eq(t->standard.values[0], standard);
    ck_assert(!t->standard.is_set);
}

/* Waits until the receiver has taken everything and is blocked again. */
static void settle(const struct collector *c, void *self, long sent)
{
    ck_assert(ipc_pair_reaches(c, self, IPC_PAIR_RECEIVED, (uint64_t)sent));
    sleep_ms(50);
}

void ipc_pair_describes_its_options(const struct collector *c)
{
    check_option(c, "num_ports", 1, 64, 8);
    check_option(c, "ool_size", 1, 1048576, 4096);
    check_option(c, "ool_sizes", 1, 1048576, 4096);
    check_option(c, "use_complex_messages", 0, 1, 1);
    ck_assert_uint_eq(collector_tunable_count(c), IPC_TUNABLES_COUNT);
    const struct tunable_value *sizes = &c->tunables[IPC_OOL_SIZES].standard;
    ck_assert_uint_eq(sizes->count, 3);
    ck_assert_int_eq(sizes->values[1], 16384);
    ck_assert_int_eq(sizes->values[2], 49152);
    char why[COLLECTOR_WHY_MAX] = "";
    ck_assert_msg(c->probe(why, sizeof(why)) == 0, "probe: %s", why);
}

void ipc_pair_refuses_two_kinds_of_size(const struct collector *c)
{
    struct tunable_value values[IPC_TUNABLES_COUNT];
    char why[COLLECTOR_WHY_MAX] = "";
    ipc_pair_values(c, NULL, values);
    ck_assert_int_eq(c->check(values, why, sizeof(why)), 0);
    values[IPC_OOL_SIZE].is_set = true;
    ck_assert_int_eq(c->check(values, why, sizeof(why)), 0);
    values[IPC_OOL_SIZES].is_set = true;
    ck_assert_int_eq(c->check(values, why, sizeof(why)), -EINVAL);
    ck_assert_ptr_nonnull(strstr(why, "ool_sizes"));
}

void ipc_pair_receives_what_it_sends(const struct collector *c)
{
    void *self = ipc_pair_open(c, NULL);
    long wanted = scaled(20000);
    ipc_pair_collect(c, self, wanted);
    settle(c, self, wanted);
    uint64_t received = ipc_pair_counter(c, self, IPC_PAIR_RECEIVED);
    ck_assert_uint_eq(received, (uint64_t)wanted);
    ck_assert_uint_gt(c->helper_cpu_ns(self), 0);
    c->close(self);
}

void ipc_pair_works_at_the_ends_of_its_ranges(const struct collector *c)
{
    static const struct ipc_setting ends[][3] = {
        {{IPC_NUM_PORTS, 1}, {IPC_OOL_SIZE, 1}, {IPC_TUNABLES_COUNT, 0}},
        {{IPC_NUM_PORTS, 1}, {IPC_OOL_SIZE, 1048576}, {IPC_TUNABLES_COUNT, 0}},
        {{IPC_NUM_PORTS, 64}, {IPC_OOL_SIZE, 1}, {IPC_TUNABLES_COUNT, 0}},
        {{IPC_NUM_PORTS, 64}, {IPC_OOL_SIZE, 4097}, {IPC_TUNABLES_COUNT, 0}},
    };
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        void *self = ipc_pair_open(c, ends[i]);
        ipc_pair_collect(c, self, 1000);
        c->close(self);
    }
}

void ipc_pair_works_without_memory(const struct collector *c)
{
    static const struct ipc_setting simple[] = {{IPC_USE_COMPLEX_MESSAGES, 0},
                                                {IPC_TUNABLES_COUNT, 0}};
    struct resources before = ipc_pair_warm_resources(c);
    void *self = ipc_pair_open(c, simple);
    ipc_pair_collect(c, self, scaled(20000));
    c->pause(self);
    char why[COLLECTOR_WHY_MAX] = "";
    ck_assert_int_eq(c->resume(self, why, sizeof(why)), 0);
    ipc_pair_collect(c, self, 100);
    c->close(self);
    ipc_pair_holds_no_more_than(before);
}

void ipc_pair_works_twice_at_a_time(const struct collector *c)
{
    void *one = ipc_pair_open(c, NULL);
    void *two = ipc_pair_open(c, NULL);
    ipc_pair_collect(c, one, 1000);
    ipc_pair_collect(c, two, 1000);
    c->close(one);
    ipc_pair_collect(c, two, 1000);
    c->close(two);
    c->close(NULL);
}

void ipc_pair_costs_nothing_while_paused(const struct collector *c)
{
    void *self = ipc_pair_open(c, NULL);
    ipc_pair_collect(c, self, 1000);
    c->pause(self);
    c->pause(self);
    settle(c, self, 1000);
    uint64_t helper_ns = c->helper_cpu_ns(self);
    sleep_ms(300);
    ck_assert_uint_eq(c->helper_cpu_ns(self), helper_ns);
    c->close(self);
}

void ipc_pair_goes_on_after_a_pause(const struct collector *c)
{
    void *self = ipc_pair_open(c, NULL);
    char why[COLLECTOR_WHY_MAX] = "";
    ck_assert_int_eq(c->resume(self, why, sizeof(why)), 0);
    uint64_t helper_ns = 0;
    for (int i = 0; i < 10; i++) {
        ipc_pair_collect(c, self, 300);
        c->pause(self);
        ck_assert_int_eq(c->resume(self, why, sizeof(why)), 0);
        uint64_t now_ns = c->helper_cpu_ns(self);
        ck_assert_uint_ge(now_ns, helper_ns);
        helper_ns = now_ns;
    }
    c->close(self);
}

void ipc_pair_closes_with_messages_on_the_way(const struct collector *c)
{
    for (long i = 0; i < scaled(200); i++) {
        void *self = ipc_pair_open(c, NULL);
        ipc_pair_collect(c, self, 1 + i % 20);
        c->close(self);
    }
}

/* What an allocator, above all a sanitizer's, may map for itself meanwhile. A
 * leak of ours shows once a round. */
#define FOREIGN_MAPPINGS 64

struct resources ipc_pair_warm_resources(const struct collector *c)
{
    c->close(ipc_pair_open(c, NULL));
    return resources_now();
}

void ipc_pair_holds_no_more_than(struct resources before)
{
    struct resources after = resources_after(&before);
    ck_assert_int_eq(after.descriptors, before.descriptors);
    ck_assert_int_eq(after.threads, before.threads);
    ck_assert_int_le(after.mappings, before.mappings + FOREIGN_MAPPINGS);
}

void ipc_pair_returns_all_after_open_and_close(const struct collector *c)
{
    for (int i = 0; i < 5; i++)
        c->close(ipc_pair_open(c, NULL));
    struct resources before = resources_now();
    for (long i = 0; i < scaled(1000); i++) {
        void *self = ipc_pair_open(c, NULL);
        if (i % 10 == 0)
            ipc_pair_collect(c, self, 20);
        c->close(self);
    }
    ipc_pair_holds_no_more_than(before);
}

void ipc_pair_returns_all_after_pauses(const struct collector *c)
{
    char why[COLLECTOR_WHY_MAX] = "";
    void *self = ipc_pair_open(c, NULL);
    ipc_pair_collect(c, self, 100);
    c->pause(self);
    settle(c, self, 100);
    struct resources before = resources_now();
    long rounds = scaled(1000);
    for (long i = 0; i < rounds; i++) {
        ck_assert_int_eq(c->resume(self, why, sizeof(why)), 0);
        ipc_pair_collect(c, self, 20);
        c->pause(self);
    }
    settle(c, self, 100 + 20 * rounds);
    ipc_pair_holds_no_more_than(before);
    c->close(self);
}

void ipc_pair_holds_no_more_after_a_million(const struct collector *c)
{
    void *self = ipc_pair_open(c, NULL);
    ipc_pair_collect(c, self, 100);
    settle(c, self, 100);
    struct resources before = resources_now();
    long samples = scaled(1000000);
    ipc_pair_collect(c, self, samples);
    settle(c, self, 100 + samples);
    ipc_pair_holds_no_more_than(before);
    c->close(self);
}
