/* SPDX-License-Identifier: MIT */
/* Tables only: names of states, tests and levels, and the legal moves. */

#include "daemon/source/states.h"

#include <assert.h>

const char *source_state_name(enum source_state state)
{
    static const char *const names[SOURCE_STATE_COUNT] = {
        [SOURCE_UNAVAILABLE] = "unavailable", [SOURCE_DISABLED] = "disabled",
        [SOURCE_STARTING] = "starting",       [SOURCE_HEALTHY] = "healthy",
        [SOURCE_SUSPECT] = "suspect",         [SOURCE_STALLED] = "stalled",
        [SOURCE_FAILED] = "failed",
    };

    assert((unsigned)state < SOURCE_STATE_COUNT);
    return names[state];
}

bool source_move_is_legal(enum source_state from, enum source_state to)
{
    /* What is unavailable or disabled has no worker, and nothing becomes so
     * later. Only a test that was passed makes healthy. What is stalled or
     * failed comes back by way of a new start. */
    static const bool legal[SOURCE_STATE_COUNT][SOURCE_STATE_COUNT] = {
        [SOURCE_STARTING] = {[SOURCE_STALLED] = true,
                             [SOURCE_HEALTHY] = true,
                             [SOURCE_SUSPECT] = true,
                             [SOURCE_FAILED] = true},
        [SOURCE_HEALTHY] = {[SOURCE_STALLED] = true,
                            [SOURCE_STARTING] = true,
                            [SOURCE_SUSPECT] = true,
                            [SOURCE_FAILED] = true},
        [SOURCE_SUSPECT] = {[SOURCE_STALLED] = true,
                            [SOURCE_STARTING] = true,
                            [SOURCE_HEALTHY] = true,
                            [SOURCE_FAILED] = true},
        [SOURCE_STALLED] = {[SOURCE_STARTING] = true},
        [SOURCE_FAILED] = {[SOURCE_STARTING] = true},
    };

    assert((unsigned)from < SOURCE_STATE_COUNT);
    assert((unsigned)to < SOURCE_STATE_COUNT);
    return legal[from][to];
}

const char *alarm_test_name(enum alarm_test test)
{
    static const char *const names[ALARM_TEST_COUNT] = {
        [ALARM_RCT] = "rct",       [ALARM_APT] = "apt",     [ALARM_LAG] = "lag",
        [ALARM_MARKOV] = "markov", [ALARM_STALL] = "stall",
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
