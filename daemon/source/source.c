/* SPDX-License-Identifier: MIT */
/* A source between its two threads. Whatever both of them change at once is
 * under park_lock or in the ring; the rest are facts of their own. */

#include "daemon/source/source.h"

#include "base/monotonic.h"
#include "daemon/source/ring.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Locking an initialised mutex that its own thread does not hold cannot fail;
 * anything else is a bug of ours. */
static void lock(struct source *s)
{
    int rc = pthread_mutex_lock(&s->park_lock);
    assert(rc == 0);
    (void)rc;
}

static void unlock(struct source *s)
{
    int rc = pthread_mutex_unlock(&s->park_lock);
    assert(rc == 0);
    (void)rc;
}

static void count(atomic_uint_least64_t *counter, uint64_t n)
{
    (void)atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static void copy_reason(char *to, size_t size, const char *reason)
{
    (void)snprintf(to, size, "%s", reason != NULL ? reason : "");
}

static bool is_valid(const struct collector *collector,
                     unsigned claim_millibits, enum source_state state)
{
    return collector != NULL && claim_millibits >= 1 &&
           claim_millibits <= 1000 &&
           (state == SOURCE_STARTING || state == SOURCE_UNAVAILABLE ||
            state == SOURCE_DISABLED);
}

int source_init(struct source *s, const struct collector *collector,
                unsigned claim_millibits, size_t ring_samples,
                enum source_state state, const char *reason,
                bool *memory_locked)
{
    memset(s, 0, sizeof(*s));
    if (!is_valid(collector, claim_millibits, state))
        return -EINVAL;
    int rc = -pthread_mutex_init(&s->park_lock, NULL);
    if (rc != 0)
        return rc;
    rc = monotonic_cond_init(&s->park_wake);
    if (rc != 0)
        goto fail_cond;
    if (state == SOURCE_STARTING)
        rc = ring_create(&s->ring, ring_samples, memory_locked);
    if (rc != 0)
        goto fail_ring;

    s->collector = collector;
    s->claim_millibits = claim_millibits;
    s->low_water = s->ring != NULL ? ring_samples / 2 : 0;
    atomic_init(&s->state, (int)state);
    s->told = state;
    atomic_init(&s->since_ms, monotonic_now_ms());
    atomic_init(&s->step_q16, SOURCE_STEP_ONE);
    copy_reason(s->reason, sizeof(s->reason), reason);
    return 0;

fail_ring:
    (void)pthread_cond_destroy(&s->park_wake);
fail_cond:
    (void)pthread_mutex_destroy(&s->park_lock);
    memset(s, 0, sizeof(*s));
    return rc;
}

void source_fini(struct source *s)
{
    if (s->collector == NULL)
        return;
    ring_destroy(s->ring);
    (void)pthread_cond_destroy(&s->park_wake);
    (void)pthread_mutex_destroy(&s->park_lock);
    memset(s, 0, sizeof(*s));
}

/* The worker's side. */

/* Notes a move for the loop, from the state that was told last. Under the
 * lock. */
static void note(struct source *s, enum source_state to, const char *reason)
{
    enum source_state from = s->told;
    s->told = to;
    copy_reason(s->reason, sizeof(s->reason), reason);
    if (s->move_count == SOURCE_MOVE_MAX) {
        s->moves_lost++;
        return;
    }
    struct source_move *move = &s->moves[s->move_count++];
    *move = (struct source_move){
        .from = from, .to = to, .at_ms = monotonic_now_ms()};
    copy_reason(move->reason, sizeof(move->reason), reason);
}

static enum source_state own_state(const struct source *s)
{
    return (enum source_state)atomic_load_explicit(&s->state,
                                                   memory_order_relaxed);
}

static void set_starved(struct source *s, bool is_starved)
{
    atomic_store_explicit(&s->is_starved, is_starved, memory_order_relaxed);
    atomic_store_explicit(&s->since_ms, monotonic_now_ms(),
                          memory_order_relaxed);
}

void source_move(struct source *s, enum source_state to, const char *reason)
{
    assert(source_move_is_legal(own_state(s), to));
    lock(s);
    atomic_store_explicit(&s->state, (int)to, memory_order_relaxed);
    set_starved(s, false); /* its worker runs */
    note(s, to, reason);
    unlock(s);
}

void source_remark(struct source *s, const char *reason)
{
    lock(s);
    if (atomic_load_explicit(&s->is_starved, memory_order_relaxed))
        set_starved(s, false);
    note(s, own_state(s), reason);
    unlock(s);
}

void source_idle(struct source *s, uint64_t ms)
{
    atomic_store_explicit(&s->idle_until_ms,
                          ms > 0 ? monotonic_now_ms() + ms : 0,
                          memory_order_relaxed);
}

void source_alarm(struct source *s, enum alarm_test test,
                  enum alarm_level level)
{
    count(&s->alarms[test].raised[level], 1);
    atomic_store_explicit(&s->alarms[test].last_ms, monotonic_now_ms(),
                          memory_order_relaxed);
}

unsigned source_take_commands(struct source *s)
{
    lock(s);
    unsigned commands = s->commands;
    s->commands = 0;
    unlock(s);
    return commands;
}

size_t source_space(const struct source *s)
{
    return s->ring != NULL ? ring_space(s->ring) : 0;
}

bool source_is_low(const struct source *s)
{
    return s->ring != NULL &&
           ring_size(s->ring) - ring_space(s->ring) <= s->low_water;
}

int source_wait(struct source *s, uint64_t timeout_ms)
{
    uint64_t start = monotonic_now_ms();
    uint64_t passed = 0;
    lock(s);
    while (s->commands == 0 && passed < timeout_ms) {
        uint64_t left = timeout_ms == SOURCE_WAIT_FOREVER ? timeout_ms
                                                          : timeout_ms - passed;
        (void)monotonic_wait(&s->park_wake, &s->park_lock, left);
        passed = monotonic_now_ms() - start;
    }

    bool is_command = s->commands != 0;
    unlock(s);
    return is_command ? 0 : -ETIMEDOUT;
}

void source_park(struct source *s)
{
    lock(s);
    atomic_store_explicit(&s->is_parked, true, memory_order_relaxed);
    while (s->commands == 0 && !source_is_low(s))
        (void)monotonic_wait(&s->park_wake, &s->park_lock, SOURCE_WAIT_FOREVER);
    atomic_store_explicit(&s->is_parked, false, memory_order_relaxed);
    unlock(s);
}

/* The judge's side, in the worker's thread. */

size_t source_publish(struct source *s, const uint64_t *ticks, size_t n)
{
    size_t fitted = s->ring != NULL ? ring_push(s->ring, ticks, n) : 0;
    if (fitted < n)
        source_discard(s, n - fitted);
    return fitted;
}

void source_flush(struct source *s)
{
    if (s->ring != NULL)
        ring_flush(s->ring);
}

void source_discard(struct source *s, size_t n)
{
    count(&s->discarded_total, n);
}

/* The loop's side. */

static void wake(struct source *s)
{
    lock(s);
    (void)pthread_cond_signal(&s->park_wake); /* cannot fail */
    unlock(s);
}

void source_command(struct source *s, unsigned command)
{
    lock(s);
    s->commands |= command;
    (void)pthread_cond_signal(&s->park_wake);
    unlock(s);
}

bool source_next_move(struct source *s, struct source_move *move,
                      uint64_t *lost)
{
    source_sweep(s);
    *lost = 0;
    lock(s);
    bool is_there = s->move_count > 0;
    if (is_there) {
        *move = s->moves[0];
        *lost = s->moves_lost;
        s->moves_lost = 0;
        s->move_count--;
        memmove(s->moves, s->moves + 1, s->move_count * sizeof(*s->moves));
    }
    unlock(s);
    return is_there;
}

bool source_needs_samples(const struct source *s)
{
    enum source_state own = own_state(s);
    return (own == SOURCE_STARTING || own == SOURCE_HEALTHY ||
            own == SOURCE_SUSPECT) &&
           ring_available(s->ring) <= s->low_water;
}

/* Should the worker give samples right now? Whether it shows that it is parked
 * does not matter: with the ring low it has been woken, and a thread that does
 * not run cannot say that it goes on. */
static bool is_expected(const struct source *s)
{
    return source_needs_samples(s) &&
           monotonic_now_ms() >=
               atomic_load_explicit(&s->idle_until_ms, memory_order_relaxed);
}

static void starve(struct source *s, uint64_t limit_ms)
{
    char reason[SOURCE_REASON_MAX];
    (void)snprintf(reason, sizeof(reason),
                   "no sample for %" PRIu64 " ms: its thread does not run",
                   limit_ms);
    source_alarm(s, ALARM_STALL, ALARM_INTERMITTENT);
    lock(s);
    set_starved(s, true);
    note(s, SOURCE_STALLED, reason);
    unlock(s);
}

/* Samples come again, or need not come; the worker may have told so itself. */
static void recover(struct source *s)
{
    lock(s);
    if (atomic_load_explicit(&s->is_starved, memory_order_relaxed)) {
        set_starved(s, false);
        note(s, own_state(s), NULL);
    }
    unlock(s);
}

bool source_watch(struct source *s, uint64_t elapsed_ms, uint64_t limit_ms)
{
    bool is_starved =
        atomic_load_explicit(&s->is_starved, memory_order_relaxed);
    uint64_t total =
        atomic_load_explicit(&s->samples_total, memory_order_relaxed);
    if (total != s->watched_total || !is_expected(s)) {
        s->watched_total = total;
        s->unseen_ms = 0;
        if (is_starved)
            recover(s);
        return source_needs_samples(s);
    }
    s->unseen_ms += elapsed_ms;
    if (s->unseen_ms >= limit_ms && !is_starved)
        starve(s, limit_ms);
    return true;
}

void source_reason(struct source *s, char *reason, size_t size)
{
    lock(s);
    copy_reason(reason, size, s->reason);
    unlock(s);
}

unsigned source_credit_millibits(const struct source *s)
{
    /* Acquires judge_publish_estimate(). */
    unsigned estimate =
        atomic_load_explicit(&s->estimate_millibits, memory_order_acquire);
    return estimate != 0 && estimate < s->claim_millibits ? estimate
                                                          : s->claim_millibits;
}

size_t source_available(const struct source *s)
{
    return s->ring != NULL ? ring_available(s->ring) : 0;
}

/*
 * Places became free: wakes the worker where the ring is low now. Every time,
 * not only as the mark is crossed: our view of the producer's index may lag
 * behind, and a crossing seen too early would be a wake-up lost. A lagging view
 * makes the ring look emptier than it is, never fuller, and the worker looks at
 * the ring under the lock before it sleeps, so no wake-up is missed.
 */
static void after_freeing(struct source *s)
{
    if (ring_available(s->ring) <= s->low_water)
        wake(s);
}

void source_sweep(struct source *s)
{
    if (s->ring == NULL)
        return;
    size_t swept = ring_sweep(s->ring);
    if (swept == 0)
        return;
    source_discard(s, swept);
    after_freeing(s);
}

size_t source_take(struct source *s, uint64_t *ticks, size_t n)
{
    if (s->ring == NULL)
        return 0;
    size_t lost = 0;
    size_t taken = ring_take(s->ring, ticks, n, &lost);
    if (lost > 0)
        source_discard(s, lost);
    if (taken + lost > 0)
        after_freeing(s);
    return taken;
}

uint64_t source_flush_mark(const struct source *s)
{
    return s->ring != NULL ? ring_flush_mark(s->ring) : 0;
}

/* The health word. */

bool health_may_recover(const struct source *sources, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum source_state state = source_state(&sources[i]);
        if (state == SOURCE_STARTING || state == SOURCE_HEALTHY ||
            state == SOURCE_SUSPECT || state == SOURCE_STALLED)
            return true;
    }
    return false;
}

enum health_word health_of(const struct source *sources, size_t count,
                           bool is_seeded, bool last_reseed_credited)
{
    size_t healthy = 0;
    bool is_degraded = !last_reseed_credited;
    if (!is_seeded && health_may_recover(sources, count))
        return HEALTH_STARTING;
    for (size_t i = 0; i < count; i++) {
        enum source_state state = source_state(&sources[i]);
        if (state == SOURCE_UNAVAILABLE || state == SOURCE_DISABLED)
            continue;
        healthy += state == SOURCE_HEALTHY;
        if (state != SOURCE_HEALTHY || source_is_below_claim(&sources[i]))
            is_degraded = true;
    }
    if (healthy == 0)
        return HEALTH_FAILED;
    return is_degraded ? HEALTH_DEGRADED : HEALTH_OK;
}

const char *health_word_name(enum health_word word)
{
    static const char *const names[] = {
        [HEALTH_STARTING] = "starting",
        [HEALTH_OK] = "ok",
        [HEALTH_DEGRADED] = "degraded",
        [HEALTH_FAILED] = "failed",
    };

    assert((unsigned)word < sizeof(names) / sizeof(names[0]));
    return names[word];
}
