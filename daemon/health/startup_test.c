/* SPDX-License-Identifier: MIT */
/* The start-up and the on-demand test. */

#include "daemon/health/startup_test.h"

#include "base/reason.h"
#include "base/wipe.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

void startup_test_init(struct startup_test *t, unsigned claim_millibits,
                       unsigned period)
{
    memset(t, 0, sizeof(*t));
    health_init(&t->health, claim_millibits, period);
}

void startup_test_begin(struct startup_test *t)
{
    health_reset(&t->health);
    wipe(t->ticks, t->count * sizeof(*t->ticks));
    memset(t->is_seen, 0, sizeof(t->is_seen));
    t->distinct = 0;
    t->judged = 0;
    t->count = 0;
}

bool startup_test_keep(struct startup_test *t, uint64_t ticks)
{
    assert(t->count < STARTUP_TEST_SAMPLES);
    t->ticks[t->count++] = ticks;
    return t->count == STARTUP_TEST_SAMPLES;
}

unsigned startup_test_judge(struct startup_test *t, uint8_t symbol)
{
    assert(t->judged < t->count);
    t->judged++;
    t->distinct += !t->is_seen[symbol];
    t->is_seen[symbol] = true;
    return health_insert(&t->health, symbol);
}

bool startup_test_is_fine(const struct startup_test *t, uint64_t ns,
                          struct reason *why)
{
    assert(t->judged == STARTUP_TEST_SAMPLES);
    if (ns >= STARTUP_TEST_GRANULARITY_LIMIT_NS) {
        reason_set(why,
                   "clock granularity of %" PRIu64 " ns, must be below %d ns",
                   ns, STARTUP_TEST_GRANULARITY_LIMIT_NS);
        return false;
    }
    if (t->distinct < STARTUP_TEST_DISTINCT_MIN) {
        reason_set(why, "%u distinct symbols in %d samples, must be %d or more",
                   t->distinct, STARTUP_TEST_SAMPLES,
                   STARTUP_TEST_DISTINCT_MIN);
        return false;
    }
    return true;
}
