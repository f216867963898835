/* The words and tables of a source: names of states, tests and levels, the
 * legal moves, and the daemon's health in one word. */

#include "daemon/source/source.h"

#include <assert.h>

const char *source_state_name(enum source_state state)
{
    static const char *const names[SOURCE_STATE_COUNT] = {
        [SOURCE_UNAVAILABLE] = "unavailable", [SOURCE_DISABLED] = "disabled",
        [SOURCE_STARTING] = "starting",       [SOURCE_HEALTHY] = "healthy",
        [SOURCE_SUSPECT] = "suspect",         [SOURCE_FAILED] = "failed",
    };

    assert((unsigned)state < SOURCE_STATE_COUNT);
    return names[state];
}

bool source_move_is_legal(enum source_state from, enum source_state to)
{
    /* What is unavailable or disabled has no worker, and nothing becomes so
     * later. Only a test that was passed makes healthy. A failed source comes
     * back by way of a new start. */
    static const bool legal[SOURCE_STATE_COUNT][SOURCE_STATE_COUNT] = {
        [SOURCE_STARTING] = {[SOURCE_HEALTHY] = true,
                             [SOURCE_SUSPECT] = true,
                             [SOURCE_FAILED] = true},
        [SOURCE_HEALTHY] = {[SOURCE_STARTING] = true,
                            [SOURCE_SUSPECT] = true,
                            [SOURCE_FAILED] = true},
        [SOURCE_SUSPECT] = {[SOURCE_STARTING] = true,
                            [SOURCE_HEALTHY] = true,
                            [SOURCE_FAILED] = true},
        [SOURCE_FAILED] = {[SOURCE_STARTING] = true},
    };

    assert((unsigned)from < SOURCE_STATE_COUNT);
    assert((unsigned)to < SOURCE_STATE_COUNT);
    return legal[from][to];
}

const char *alarm_test_name(enum alarm_test test)
{
    static const char *const names[ALARM_TEST_COUNT] = {
        [ALARM_RCT] = "rct",
        [ALARM_APT] = "apt",
        [ALARM_LAG] = "lag",
        [ALARM_STALL] = "stall",
    };

    assert((unsigned)test < ALARM_TEST_COUNT);
    return names[test];
}

const char *alarm_level_name(enum alarm_level level)
{
    static const char *const names[ALARM_LEVEL_COUNT] = {
        [ALARM_INTERMITTENT] = "intermittent",
        [ALARM_PERMANENT] = "permanent",
    };

    assert((unsigned)level < ALARM_LEVEL_COUNT);
    return names[level];
}

bool health_may_recover(const struct source *sources, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum source_state state = source_state(&sources[i]);

        if (state == SOURCE_STARTING || state == SOURCE_HEALTHY ||
            state == SOURCE_SUSPECT)
            return true;
    }
    return false;
}

enum health_word health_of(const struct source *sources, size_t count,
                           bool is_seeded, bool last_reseed_credited)
{
    size_t counted = 0;
    size_t healthy = 0;

    if (!is_seeded && health_may_recover(sources, count))
        return HEALTH_STARTING;
    for (size_t i = 0; i < count; i++) {
        enum source_state state = source_state(&sources[i]);

        if (state == SOURCE_UNAVAILABLE || state == SOURCE_DISABLED)
            continue;
        counted++;
        healthy += state == SOURCE_HEALTHY;
    }
    if (healthy == 0)
        return HEALTH_FAILED;
    if (healthy < counted || !last_reseed_credited)
        return HEALTH_DEGRADED;
    return HEALTH_OK;
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
