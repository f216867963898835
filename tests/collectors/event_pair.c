/* The behaviour of an event collector, for either kernel. */

#include "tests/collectors/event_pair.h"
#include "tests/support/run.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#define BATCH     256
#define MAX_COUNT 32

static void defaults(const struct collector *c, struct tunable_value *values,
                     va_list changes)
{
    collector_defaults(c, values);
    /* clang-tidy 14 forgets va_start() when it reads several files. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    for (const char *name; (name = va_arg(changes, const char *)) != NULL;) {
        int index = collector_tunable_index(c, name);
        ck_assert_msg(index >= 0, "no tunable %s", name);
        values[index].values[0] = va_arg(changes, int);
        values[index].is_set = true;
    }
}

void *event_pair_open(const struct collector *c, ...)
{
    struct tunable_value values[MAX_COUNT];
    va_list changes;
    va_start(changes, c);
    defaults(c, values, changes);
    va_end(changes);
    char why[COLLECTOR_WHY_MAX] = "";
    ck_assert_msg(c->check(values, why, sizeof(why)) == 0, "%s", why);
    void *self = NULL;
    int result = c->open(&self, values, why, sizeof(why));
    ck_assert_msg(result == 0, "open: %d, %s", result, why);
    ck_assert_ptr_nonnull(self);
    return self;
}

static int check_values(const struct collector *c, char *why, size_t why_size,
                        ...)
{
    struct tunable_value values[MAX_COUNT];
    va_list changes;
    va_start(changes, why_size);
    defaults(c, values, changes);
    va_end(changes);
    return c->check(values, why, why_size);
}

static int collect_batch(const struct collector *c, void *self, uint64_t *ticks,
                         size_t n)
{
    char why[COLLECTOR_WHY_MAX] = "";
    int count = c->collect(self, ticks, n, why, sizeof(why));
    ck_assert_msg(count >= 0, "collect: %d, %s", count, why);
    ck_assert_uint_le((unsigned)count, n);
    return count;
}

void event_pair_collect(const struct collector *c, void *self, long wanted)
{
    uint64_t ticks[BATCH];
    while (wanted > 0)
        wanted -= collect_batch(c, self, ticks,
                                wanted < BATCH ? (size_t)wanted : BATCH);
}

uint64_t event_pair_counter(const struct collector *c, void *self,
                            const char *name)
{
    uint64_t values[MAX_COUNT];
    c->counters(self, values);
    for (size_t i = 0; c->info->counters[i] != NULL; i++) {
        if (strcmp(c->info->counters[i], name) == 0)
            return values[i];
    }
    ck_abort_msg("no counter %s", name);
    return 0;
}

static uint64_t events(const struct collector *c, void *self)
{
    return event_pair_counter(c, self, "timer_events") +
           event_pair_counter(c, self, "socket_events") +
           event_pair_counter(c, self, "file_events");
}

void event_pair_resume(const struct collector *c, void *self)
{
    char why[COLLECTOR_WHY_MAX] = "";
    int result = c->resume(self, why, sizeof(why));
    ck_assert_msg(result == 0, "resume: %d, %s", result, why);
}

static void sleep_ms(long ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000,
                                   .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

/* Waits until the poker has found its way to the condition variable: until it
 * has used no time for 50 ms, on a loaded machine too. A poker that never parks
 * is found out by what the caller asserts then. */
static void let_poker_park(const struct collector *c, void *self)
{
    for (int i = 0; i < 100; i++) {
        uint64_t before_ns = c->helper_cpu_ns(self);
        sleep_ms(50);
        if (c->helper_cpu_ns(self) == before_ns)
            return;
    }
}

void event_pair_sees_every_kind_of_event(const struct collector *c)
{
    void *self = event_pair_open(c, NULL);
    while (event_pair_counter(c, self, "file_events") < 3)
        event_pair_collect(c, self, BATCH);
    ck_assert_uint_gt(event_pair_counter(c, self, "timer_events"), 0);
    ck_assert_uint_gt(event_pair_counter(c, self, "socket_events"), 0);
    ck_assert_uint_gt(event_pair_counter(c, self, "pokes"), 0);
    ck_assert_uint_eq(event_pair_counter(c, self, "wait_errors"), 0);
    c->close(self);
}

void event_pair_counts_each_sample_once(const struct collector *c)
{
    void *self = event_pair_open(c, NULL);
    event_pair_collect(c, self, scaled(20000));
    ck_assert_uint_eq(events(c, self), (uint64_t)scaled(20000));
    c->close(self);
}

void event_pair_takes_no_sample_from_a_time_out(const struct collector *c)
{
    /* A timer each 49 to 50 ms: most waits of 1 ms end in nothing. */
    void *self = event_pair_open(c, "num_timers", 1, "num_sockets", 0,
                                 "num_file_watchers", 0, "timer_min_us", 49000,
                                 "timer_max_us", 50000, NULL);
    event_pair_collect(c, self, 5);
    ck_assert_uint_eq(events(c, self), 5);
    ck_assert_uint_gt(event_pair_counter(c, self, "timeouts"), 50);
    c->close(self);
}

void event_pair_times_the_wait_itself(const struct collector *c)
{
    /* One timer each 10 ms and room to wait: each sample but the first, which
     * ends at a random phase, is about a period less the time in between. The
     * bound is what a millisecond wait could never reach. */
    void *self = event_pair_open(c, "num_timers", 1, "num_sockets", 0,
                                 "num_file_watchers", 0, "timer_min_us", 10000,
                                 "timer_max_us", 10010, "timeout_ms", 90, NULL);
    uint64_t ticks[20];
    int count = 0;
    while (count < 20)
        count += collect_batch(c, self, ticks + count, (size_t)(20 - count));
    uint64_t longest = 0;
    for (int i = 1; i < 20; i++)
        longest = ticks[i] > longest ? ticks[i] : longest;
    ck_assert_uint_gt(longest, 2000000 / 42); /* 2 ms at 24 MHz */
    c->close(self);
}

void event_pair_returns_without_events(const struct collector *c)
{
    void *self = event_pair_open(c, NULL);
    c->pause(self);
    let_poker_park(c, self);
    uint64_t ticks[BATCH];
    /* What had happened before the pause may still be reported. */
    collect_batch(c, self, ticks, BATCH);
    ck_assert_int_eq(collect_batch(c, self, ticks, BATCH), 0);
    ck_assert_uint_gt(event_pair_counter(c, self, "timeouts"), 0);
    c->close(self);
}

void event_pair_works_with_one_kind_alone(const struct collector *c)
{
    void *timers = event_pair_open(c, "num_timers", 1, "num_sockets", 0,
                                   "num_file_watchers", 0, NULL);
    event_pair_collect(c, timers, 20);
    ck_assert_uint_eq(event_pair_counter(c, timers, "timer_events"), 20);
    ck_assert_uint_eq(c->helper_cpu_ns(timers), 0);
    c->close(timers);
    void *sockets = event_pair_open(c, "num_timers", 0, "num_sockets", 1,
                                    "num_file_watchers", 0, NULL);
    event_pair_collect(c, sockets, 20);
    ck_assert_uint_eq(event_pair_counter(c, sockets, "socket_events"), 20);
    ck_assert_uint_gt(c->helper_cpu_ns(sockets), 0);
    c->close(sockets);
    void *files = event_pair_open(c, "num_timers", 0, "num_sockets", 0,
                                  "num_file_watchers", 1, NULL);
    event_pair_collect(c, files, 5);
    ck_assert_uint_eq(event_pair_counter(c, files, "file_events"), 5);
    c->close(files);
}

void event_pair_works_at_the_ends_of_its_ranges(const struct collector *c)
{
    void *most = event_pair_open(c, "num_timers", 64, "num_sockets", 64,
                                 "num_file_watchers", 64, "timeout_ms", 100,
                                 "timer_min_us", 20, "timer_max_us", 30,
                                 "poke_us", 50, NULL);
    event_pair_collect(c, most, scaled(20000));
    c->close(most);
    void *least =
        event_pair_open(c, "num_timers", 1, "num_sockets", 1,
                        "num_file_watchers", 1, "timeout_ms", 1, "timer_min_us",
                        49990, "timer_max_us", 50000, "poke_us", 10000, NULL);
    event_pair_collect(c, least, 20);
    c->close(least);
}

void event_pair_refuses_nothing_to_wait_for(const struct collector *c)
{
    char why[COLLECTOR_WHY_MAX] = "";
    ck_assert_int_eq(check_values(c, why, sizeof(why), "num_timers", 0,
                                  "num_sockets", 0, "num_file_watchers", 0,
                                  NULL),
                     -EINVAL);
    ck_assert_ptr_nonnull(strstr(why, "num_timers"));
    ck_assert_ptr_nonnull(strstr(why, "num_sockets"));
    ck_assert_ptr_nonnull(strstr(why, "num_file_watchers"));
    ck_assert_ptr_nonnull(strstr(why, "1 to 64"));
}

void event_pair_refuses_crossed_periods(const struct collector *c)
{
    char why[COLLECTOR_WHY_MAX] = "";
    ck_assert_int_eq(check_values(c, why, sizeof(why), "timer_min_us", 500,
                                  "timer_max_us", 509, NULL),
                     -EINVAL);
    ck_assert_ptr_nonnull(strstr(why, "timer_max_us"));
    ck_assert_ptr_nonnull(strstr(why, "509"));
    ck_assert_int_eq(check_values(c, why, sizeof(why), "timer_min_us", 500,
                                  "timer_max_us", 510, NULL),
                     0);
}

void event_pair_costs_nothing_while_paused(const struct collector *c)
{
    void *self = event_pair_open(c, NULL);
    event_pair_collect(c, self, BATCH);
    c->pause(self);
    c->pause(self);
    let_poker_park(c, self);
    uint64_t helper_ns = c->helper_cpu_ns(self);
    uint64_t pokes = event_pair_counter(c, self, "pokes");
    sleep_ms(100);
    ck_assert_uint_eq(c->helper_cpu_ns(self), helper_ns);
    ck_assert_uint_eq(event_pair_counter(c, self, "pokes"), pokes);
    c->close(self);
}

void event_pair_goes_on_after_a_pause(const struct collector *c)
{
    void *self = event_pair_open(c, NULL);
    event_pair_collect(c, self, BATCH);
    c->pause(self);
    sleep_ms(20);
    uint64_t before[3] = {event_pair_counter(c, self, "timer_events"),
                          event_pair_counter(c, self, "socket_events"),
                          event_pair_counter(c, self, "file_events")};
    event_pair_resume(c, self);
    event_pair_resume(c, self);
    while (event_pair_counter(c, self, "timer_events") == before[0] ||
           event_pair_counter(c, self, "socket_events") == before[1] ||
           event_pair_counter(c, self, "file_events") == before[2])
        event_pair_collect(c, self, BATCH);
    c->close(self);
}
