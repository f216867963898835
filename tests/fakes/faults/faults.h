/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAKES_FAULTS_FAULTS_H
#define ENTROPYD_TESTS_FAKES_FAULTS_FAULTS_H

/*
 * Sources that fail in a known way, behind the interface of real collectors,
 * and good ones beside them.
 *
 *   good        no fault
 *   stuck       always the same sample
 *   biased_80   one value 80 % of the time
 *   biased_95   one value 95 % of the time
 *   periodic    `period` values in turn
 *   step        each sample longer than the last one by as much
 *   stalling    no samples
 *   dying       an error instead of samples
 *   erring      the same from the first call on
 *   open_fails  an error, and no opening it again
 *   coarse      good noise in whole microseconds
 *   rounded     8 steps of a 24 MHz clock rounded to nanoseconds
 *   slow        good, 100 samples a second
 *   sequence    a sequence of noise.h that has less entropy than it seems to
 *   hanging     collect() does not come back while it is faulty
 *   replay      good samples of a real collector, see `recording`
 *
 * Tunables: the first `onset` samples are good (-1: all, until the switch is
 * turned); after `heal` faulty samples or calls it is good again (0: never).
 * Both are counted over all opens of the process. `rate_hz` bounds the samples
 * a second, `delay_ms` is the time after an open until the first, `cost_ns` is
 * processor time used for each.
 *
 * A collector here aborts when it is not called as collectors/collector.h has
 * it: while paused, from a second thread, twice open.
 */

#include "collectors/collector.h"

#include <stdatomic.h>

extern const struct collector *const fault_registry[];
extern const size_t fault_registry_count;

/* The one called `name`; aborts where there is none. */
const struct collector *fault_find(const char *name);

/* Sets one of the tunables in values, which are in the order of c's table;
 * aborts where it has none of that name. */
void fault_tune(const struct collector *c, struct tunable_value *values,
                const char *name, int64_t value);

enum fault_switch {
    FAULTS_BY_COUNT, /* onset and heal decide; so it is at the start */
    FAULTS_ON,       /* every source but the good ones is faulty now */
    FAULTS_OFF,      /* none is */
};

/* Turns the switch of all sources. Any thread, and signal handlers. */
void fault_turn(enum fault_switch position);

/* What a source did since the process began; any thread may look. */
struct fault_history {
    atomic_uint_least64_t opens; /* asked for, also in vain */
    atomic_uint_least64_t closes;
    atomic_uint_least64_t pauses;
    atomic_uint_least64_t resumes;
    atomic_uint_least64_t collects; /* calls */
    atomic_uint_least64_t samples;  /* good and faulty ones */
    atomic_uint_least64_t faulty;   /* samples, or calls without any */
};

const struct fault_history *fault_history(const struct collector *c);

#endif
