/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SOURCE_STATES_H
#define ENTROPYD_DAEMON_SOURCE_STATES_H

/* The states of a source and the legal moves between them, the tests that it
 * goes through and the levels of their alarms. Constant tables; any thread. */

#include <stdbool.h>

enum source_state {
    SOURCE_UNAVAILABLE, /* its collector cannot run here */
    SOURCE_DISABLED,    /* switched off in the configuration */
    SOURCE_STARTING,    /* opened; its start-up test is not passed yet */
    SOURCE_HEALTHY,     /* tested; its samples count */
    SOURCE_SUSPECT,     /* an intermittent alarm: start-up test once more */
    SOURCE_STALLED,     /* gives no samples; it is retried automatically */
    SOURCE_FAILED,      /* a test failed its noise: it gives nothing
                         * until an on-demand test or a restart */
    SOURCE_STATE_COUNT
};

/* The state's name in the protocol: "healthy". */
const char *source_state_name(enum source_state state);

/* Is from -> to in the table of legal moves? Staying is never a move. */
bool source_move_is_legal(enum source_state from, enum source_state to);

/* The tests that can raise an alarm, as named in status. */
enum alarm_test {
    ALARM_RCT,    /* repetition count, SP 800-90B 4.4.1 */
    ALARM_APT,    /* adaptive proportion, SP 800-90B 4.4.2 */
    ALARM_LAG,    /* lag predictor */
    ALARM_MARKOV, /* first-order predictor */
    ALARM_STALL,  /* no sample, or an error, while collecting */
    ALARM_TEST_COUNT
};

/* How sure an alarm is: its false-positive probability is 2^-30 or 2^-60. */
enum alarm_level { ALARM_INTERMITTENT, ALARM_PERMANENT, ALARM_LEVEL_COUNT };

/* "rct", "apt", "lag", "markov", "stall"; "intermittent", "permanent". */
const char *alarm_test_name(enum alarm_test test);
const char *alarm_level_name(enum alarm_level level);

#endif
