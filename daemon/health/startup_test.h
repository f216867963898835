/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HEALTH_STARTUP_TEST_H
#define ENTROPYD_DAEMON_HEALTH_STARTUP_TEST_H

/*
 * The start-up test: 1,024 consecutive samples go through the health tests, and
 * then the clock and the symbols must be fine enough. The on-demand test is the
 * same, on other samples. Pure; it holds the samples, which are the caller's to
 * publish or to drop. One thread.
 */

#include "base/reason.h"
#include "daemon/health/health.h"

#include <stddef.h>

/* SP 800-90B 4.3, requirement 10: at least 1,024 consecutive samples. */
#define STARTUP_TEST_SAMPLES 1024

/* Fewer distinct symbols than this among them refuse the source. */
#define STARTUP_TEST_DISTINCT_MIN 16

/* A clock whose granularity is this many nanoseconds or more refuses it. */
#define STARTUP_TEST_GRANULARITY_LIMIT_NS 1000

struct startup_test {
    struct health health;
    unsigned judged; /* symbols so far */
    unsigned distinct;
    bool is_seen[256];
    size_t count; /* samples so far */
    uint64_t ticks[STARTUP_TEST_SAMPLES];
};

/* Makes one, as health_init() has it. */
void startup_test_init(struct startup_test *t, unsigned claim_millibits,
                       unsigned period);

/* Begins, or begins again: forgets and wipes everything. */
void startup_test_begin(struct startup_test *t);

/* Keeps one more sample, of which there are fewer than STARTUP_TEST_SAMPLES.
 * True: it is the last. */
bool startup_test_keep(struct startup_test *t, uint64_t ticks);

/* Judges the symbol of the next sample that was kept; bits of enum note. */
unsigned startup_test_judge(struct startup_test *t, uint8_t symbol);

/* Once all symbols were judged without an alarm: are they, and `ns` nanoseconds
 * of granularity, fine enough? If not, says why. */
bool startup_test_is_fine(const struct startup_test *t, uint64_t ns,
                          struct reason *why);

#endif
