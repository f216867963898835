/* SPDX-License-Identifier: MIT */
/* All sources of a configuration: who gets a worker, and that all stop. */

#include "daemon/workers/worker_set.h"

#include "base/monotonic.h"
#include "base/reason.h"
#include "tests/fakes/faults/faults.h"
#include "tests/support/patience.h"
#include "tests/support/resources.h"
#include "tests/support/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Places of the fault sources in use here. */
enum { GOOD, STUCK, ABSENT, COUNT };

static int absent_probe(struct reason *why)
{
    reason_set(why, "it needs another kernel");
    return -ENOSYS;
}

/* What a daemon has around its worker set. */
struct stage {
    struct collector absent; /* one that cannot run here */
    const struct collector *list[COUNT];
    struct config_collectors collectors;
    struct config config;
    struct worker_wakeup wakeup;
    struct worker_set set;
};

static void wake(void *context)
{
    (void)context;
}

static void prepare(struct stage *stage)
{
    struct config_origins origins;
    memset(stage, 0, sizeof(*stage));
    stage->absent = *fault_find("slow");
    stage->absent.probe = absent_probe;
    stage->list[GOOD] = fault_find("good");
    stage->list[STUCK] = fault_find("stuck");
    stage->list[ABSENT] = &stage->absent;
    stage->collectors =
        (struct config_collectors){.list = stage->list, .count = COUNT};
    config_defaults(&stage->config, &origins, &stage->collectors);
    stage->config.pool.ring_samples = 4096;
    stage->wakeup.send = wake;
}

static void start(struct stage *stage)
{
    ck_assert_int_eq(
        worker_set_init(&stage->set, &stage->config, &stage->collectors), 0);
    ck_assert_int_eq(
        worker_set_start(&stage->set, &stage->config, &stage->wakeup), 0);
}

static void stop(struct stage *stage)
{
    ck_assert(worker_set_stop(&stage->set));
    worker_set_fini(&stage->set);
}

static enum source_state state(const struct stage *stage, int place)
{
    return source_state(&stage->set.sources[place]);
}

static void rest(void)
{
    const struct timespec time = {.tv_nsec = 1000000};
    (void)nanosleep(&time, NULL);
}

static void await_state(const struct stage *stage, int place,
                        enum source_state wanted)
{
    uint64_t until = monotonic_now_ms() + PATIENCE_MS;
    while (state(stage, place) != wanted) {
        ck_assert_uint_lt(monotonic_now_ms(), until);
        rest();
    }
}

START_TEST(a_source_is_starting_disabled_or_unavailable_with_its_reason)
{
    struct stage stage;
    char reason[SOURCE_REASON_MAX];
    prepare(&stage);
    stage.config.sources[STUCK].enabled = false;
    ck_assert_int_eq(
        worker_set_init(&stage.set, &stage.config, &stage.collectors), 0);
    ck_assert_uint_eq(stage.set.count, COUNT);
    ck_assert_int_eq(state(&stage, GOOD), SOURCE_STARTING);
    ck_assert_int_eq(state(&stage, STUCK), SOURCE_DISABLED);
    ck_assert_int_eq(state(&stage, ABSENT), SOURCE_UNAVAILABLE);
    source_reason(&stage.set.sources[ABSENT], reason, sizeof(reason));
    ck_assert_str_eq(reason, "it needs another kernel");
    worker_set_fini(&stage.set);
}
END_TEST

START_TEST(one_that_cannot_run_is_unavailable_though_it_is_disabled)
{
    struct stage stage;
    prepare(&stage);
    stage.config.sources[ABSENT].enabled = false;
    ck_assert_int_eq(
        worker_set_init(&stage.set, &stage.config, &stage.collectors), 0);
    ck_assert_int_eq(state(&stage, ABSENT), SOURCE_UNAVAILABLE);
    worker_set_fini(&stage.set);
}
END_TEST

static int short_probe(struct reason *why)
{
    return reason_errno(EMFILE, why, "cannot make a thing");
}

START_TEST(a_shortage_at_the_start_only_delays_a_source)
{
    struct stage stage;
    struct collector lacking = *fault_find("open_fails");
    prepare(&stage);
    lacking.probe = short_probe;
    stage.list[ABSENT] = &lacking;
    stage.config.sources[STUCK].enabled = false;
    fault_tune(&lacking, stage.config.sources[ABSENT].tunables, "onset", 0);
    fault_tune(&lacking, stage.config.sources[ABSENT].tunables, "heal", 1);
    start(&stage);
    await_state(&stage, ABSENT, SOURCE_HEALTHY);
    ck_assert_uint_eq(atomic_load(&stage.set.sources[ABSENT]
                                       .alarms[ALARM_STALL]
                                       .raised[ALARM_INTERMITTENT]),
                      1);
    stop(&stage);
}
END_TEST

START_TEST(claims_and_tunables_are_the_configurations)
{
    struct stage stage;
    prepare(&stage);
    stage.config.sources[GOOD].claim_millibits = 250;
    stage.config.sources[STUCK].enabled = false;
    fault_tune(stage.list[GOOD], stage.config.sources[GOOD].tunables,
               "delay_ms", 200);
    uint64_t before = monotonic_now_ms();
    start(&stage);
    ck_assert_uint_eq(stage.set.sources[GOOD].claim_millibits, 250);
    await_state(&stage, GOOD, SOURCE_HEALTHY);
    ck_assert_uint_ge(monotonic_now_ms() - before, 200);
    stop(&stage);
}
END_TEST

START_TEST(only_sources_that_start_have_a_worker)
{
    struct stage stage;
    prepare(&stage);
    stage.config.sources[STUCK].enabled = false;
    start(&stage);
    ck_assert_ptr_nonnull(stage.set.workers[GOOD]);
    ck_assert_ptr_null(stage.set.workers[STUCK]);
    ck_assert_ptr_null(stage.set.workers[ABSENT]);
    stop(&stage);
}
END_TEST

static void await_first_collect(const struct collector *c)
{
    uint64_t until = monotonic_now_ms() + PATIENCE_MS;
    while (atomic_load_explicit(&fault_history(c)->collects,
                                memory_order_relaxed) == 0) {
        ck_assert_uint_lt(monotonic_now_ms(), until);
        rest();
    }
}

static void start_with_a_stuck_worker(struct stage *stage)
{
    prepare(stage);
    stage->list[STUCK] = fault_find("hanging");
    fault_tune(stage->list[STUCK], stage->config.sources[STUCK].tunables,
               "onset", 0);
    start(stage);
    await_first_collect(stage->list[STUCK]);
}

START_TEST(a_worker_in_a_call_that_does_not_return_is_left)
{
    struct stage stage;
    start_with_a_stuck_worker(&stage);
    ck_assert(!worker_set_stop(&stage.set));
    ck_assert_ptr_null(stage.set.workers[GOOD]);
    ck_assert_ptr_nonnull(stage.set.workers[STUCK]);
    fault_turn(FAULTS_OFF);
    stop(&stage);
}
END_TEST

START_TEST(told_to_stop_they_end_though_no_one_waits_and_none_is_watched)
{
    struct stage stage;
    start_with_a_stuck_worker(&stage);
    ck_assert(worker_set_needs_watch(&stage.set));
    worker_set_tell_stop(&stage.set);
    uint64_t until = monotonic_now_ms() + PATIENCE_MS;
    while (!worker_has_ended(stage.set.workers[GOOD])) {
        ck_assert_uint_lt(monotonic_now_ms(), until);
        rest();
    }
    ck_assert(!worker_has_ended(stage.set.workers[STUCK]));
    ck_assert(!worker_set_needs_watch(&stage.set));
    ck_assert(!worker_set_watch(&stage.set));
    fault_turn(FAULTS_OFF);
    stage.set.stop_ms = 0; /* stop() waits for the stuck one from now on */
    stop(&stage);
}
END_TEST

START_TEST(the_good_source_beside_a_faulty_one_goes_on)
{
    struct stage stage;
    prepare(&stage);
    start(&stage);
    await_state(&stage, GOOD, SOURCE_HEALTHY);
    await_state(&stage, STUCK, SOURCE_FAILED);
    for (int i = 0; i < 20; i++) {
        uint64_t ticks[256];
        uint64_t until = monotonic_now_ms() + PATIENCE_MS;
        while (source_take(&stage.set.sources[GOOD], ticks, 256) == 0) {
            ck_assert_uint_lt(monotonic_now_ms(), until);
            rest();
        }
    }
    ck_assert_int_eq(state(&stage, GOOD), SOURCE_HEALTHY);
    ck_assert_uint_eq(source_available(&stage.set.sources[STUCK]), 0);
    stop(&stage);
}
END_TEST

START_TEST(a_reload_changes_the_duty)
{
    struct stage stage;
    prepare(&stage);
    stage.config.sources[STUCK].enabled = false;
    stage.config.pool.ring_samples = 1048576; /* 10 s: it does not fill */
    stage.config.sources[GOOD].duty_percent = 100;
    fault_tune(stage.list[GOOD], stage.config.sources[GOOD].tunables, "cost_ns",
               10000);
    atomic_store(&stage.wakeup.is_seeded, true);
    start(&stage);
    await_state(&stage, GOOD, SOURCE_HEALTHY);
    const struct fault_history *h = fault_history(stage.list[GOOD]);
    uint64_t until = monotonic_now_ms() + PATIENCE_MS;
    stage.config.sources[GOOD].duty_percent = 1;
    worker_set_reload(&stage.set, &stage.config);
    while (atomic_load(&h->pauses) == 0) {
        uint64_t ticks[256];
        /* All there is: a full ring would park it, which is not a nap. */
        while (source_take(&stage.set.sources[GOOD], ticks, 256) > 0)
            continue;
        ck_assert_uint_lt(monotonic_now_ms(), until);
        rest();
    }
    ck_assert(!atomic_load(&stage.set.sources[GOOD].is_parked));
    stop(&stage);
}
END_TEST

START_TEST(a_stopped_worker_set_leaves_nothing_behind)
{
    struct stage stage;
    prepare(&stage);
    start(&stage);
    stop(&stage); /* what libraries keep is there from here on */
    struct resources before = resources_now();
    for (long i = 0; i < scaled(50); i++) {
        prepare(&stage);
        start(&stage);
        stop(&stage);
    }
    struct resources after = resources_after(&before);
    ck_assert_int_eq(after.threads, before.threads);
    ck_assert_int_eq(after.descriptors, before.descriptors);
    for (int i = 0; i < COUNT; i++)
        ck_assert_ptr_null(stage.set.workers[i]);
    const struct fault_history *h = fault_history(fault_find("good"));
    ck_assert_uint_eq(atomic_load(&h->opens), atomic_load(&h->closes));
}
END_TEST

START_TEST(stopping_without_workers_is_allowed)
{
    struct stage stage;
    prepare(&stage);
    ck_assert_int_eq(
        worker_set_init(&stage.set, &stage.config, &stage.collectors), 0);
    stop(&stage);
    ck_assert_uint_eq(stage.set.count, 0);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_source_is_starting_disabled_or_unavailable_with_its_reason),
        TEST(one_that_cannot_run_is_unavailable_though_it_is_disabled),
        TEST(a_shortage_at_the_start_only_delays_a_source),
        TEST(claims_and_tunables_are_the_configurations),
        TEST(only_sources_that_start_have_a_worker),
        TEST(a_worker_in_a_call_that_does_not_return_is_left),
        TEST(told_to_stop_they_end_though_no_one_waits_and_none_is_watched),
        TEST(the_good_source_beside_a_faulty_one_goes_on),
        TEST(a_reload_changes_the_duty),
        TEST(a_stopped_worker_set_leaves_nothing_behind),
        TEST(stopping_without_workers_is_allowed),
        {0},
    };
    return run_tests("worker_set", tests);
}
