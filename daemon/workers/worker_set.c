/* SPDX-License-Identifier: MIT */
#include "daemon/workers/worker_set.h"

#include "base/monotonic.h"
#include "base/reason.h"

#include <time.h>

static int make_source(struct source *s, const struct config *config,
                       size_t index, const struct collector *collector,
                       bool *memory_locked)
{
    const struct source_config *own = &config->sources[index];
    struct reason why = {.text = ""};
    enum source_state state = SOURCE_STARTING;
    if (!collector_can_run(collector, &why))
        state = SOURCE_UNAVAILABLE;
    else if (!own->enabled)
        state = SOURCE_DISABLED;
    int rc =
        source_init(s, collector, own->claim_millibits,
                    config->pool.ring_samples, state, why.text, memory_locked);
    if (rc == 0 && state == SOURCE_STARTING && collector->period != NULL)
        s->period = collector->period(own->tunables);
    return rc;
}

int worker_set_init(struct worker_set *set, const struct config *config,
                    const struct config_collectors *collectors)
{
    *set = (struct worker_set){.memory_locked = true};
    for (size_t i = 0; i < collectors->count; i++) {
        int rc = make_source(&set->sources[i], config, i, collectors->list[i],
                             &set->memory_locked);
        if (rc < 0)
            return rc;
        set->count++;
    }
    return 0;
}

int worker_set_start(struct worker_set *set, const struct config *config,
                     struct worker_wakeup *wakeup)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct worker_options options = {
            .stall_ms = config->pool.stall_ms,
            .duty_percent = config->sources[i].duty_percent,
            .retry_min_ms = WORKER_RETRY_MIN_MS,
            .retry_max_ms = WORKER_RETRY_MAX_MS,
            .tunables = config->sources[i].tunables,
        };
        if (source_state(&set->sources[i]) != SOURCE_STARTING)
            continue;
        int rc =
            worker_start(&set->workers[i], &set->sources[i], &options, wakeup);
        if (rc < 0)
            return rc;
        if (!worker_memory_locked(set->workers[i]))
            set->memory_locked = false;
    }
    return 0;
}

void worker_set_reload(struct worker_set *set, const struct config *config)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->workers[i] != NULL)
            worker_change_duty(set->workers[i],
                               config->sources[i].duty_percent);
    }
}

bool worker_set_needs_watch(const struct worker_set *set)
{
    for (size_t i = 0; i < set->count && set->stop_ms == 0; i++) {
        if (source_needs_samples(&set->sources[i]))
            return true;
    }
    return false;
}

bool worker_set_watch(struct worker_set *set)
{
    uint64_t now = monotonic_now_ms();
    uint64_t elapsed = set->watched_ms != 0 ? now - set->watched_ms : 0;
    bool is_needed = false;
    if (elapsed > 2 * (uint64_t)WORKER_SET_WATCH_MS)
        elapsed = 2 * (uint64_t)WORKER_SET_WATCH_MS;
    for (size_t i = 0; i < set->count && set->stop_ms == 0; i++) {
        if (source_watch(&set->sources[i], elapsed, WORKER_SET_STARVED_MS))
            is_needed = true;
    }
    set->watched_ms = is_needed ? now : 0;
    return is_needed;
}

static bool have_all_ended(const struct worker_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!worker_has_ended(set->workers[i]))
            return false;
    }
    return true;
}

void worker_set_tell_stop(struct worker_set *set)
{
    set->stop_ms = monotonic_now_ms();
    for (size_t i = 0; i < set->count; i++)
        worker_stop(set->workers[i]);
}

bool worker_set_stop(struct worker_set *set)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    bool is_empty = true;
    if (set->stop_ms == 0)
        worker_set_tell_stop(set);
    while (!have_all_ended(set) &&
           monotonic_now_ms() - set->stop_ms < WORKER_SET_STOP_MS)
        (void)nanosleep(&pause, NULL);
    set->stop_ms = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (worker_has_ended(set->workers[i])) {
            worker_join(set->workers[i]);
            set->workers[i] = NULL;
        } else {
            is_empty = false;
        }
    }
    return is_empty;
}

void worker_set_fini(struct worker_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->workers[i] == NULL)
            source_fini(&set->sources[i]);
    }
    set->count = 0;
}
