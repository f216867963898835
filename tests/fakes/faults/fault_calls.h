/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAKES_FAULTS_FAULT_CALLS_H
#define ENTROPYD_TESTS_FAKES_FAULTS_FAULT_CALLS_H

/* The one collector behind all fault sources: its functions, and what makes it
 * one of them. As collectors/collector.h has it, but for fault_open(). */

#include "base/reason.h"
#include "tests/fakes/faults/faults.h"
#include "tests/fakes/faults/noise.h"

/* Places of the tunables, OWN being a kind's own one, and of the counters. */
enum { ONSET, HEAL, RATE_HZ, DELAY_MS, COST_NS, OWN, TUNABLES_MAX };
enum { FAULTY, PAUSES, RESUMES, COUNTERS };

/* What a call of a faulty source does. */
enum fault_conduct {
    GIVES,      /* gives what `faulty` draws */
    STALLS,     /* gives nothing and takes its time */
    HANGS,      /* comes back when it is good again, and not before */
    ERRS,       /* fails; only a new open helps */
    ERRS_OPENS, /* the same, and open() fails too */
};

/* A row of the table. */
struct fault_kind {
    const char *name;
    uint64_t (*faulty)(struct noise *n); /* GIVES; NULL: it has no fault */
    uint64_t seed;                       /* no two kinds give the same */
    struct fault_history *history;       /* outlives every open */
    enum fault_conduct conduct;
    bool is_periodic; /* its own tunable is the period */
    bool is_sequence; /* its own tunable is the sequence */
    bool is_replay;   /* its own tunable is the recording */
};

/* Aborts with `what` unless is_so. */
void fault_must(bool is_so, const char *what);

/* open() of one kind. */
int fault_open(const struct fault_kind *kind, void **self,
               const struct tunable_value *values, struct reason *why);

int fault_check(const struct tunable_value *values, struct reason *why);
int fault_probe(struct reason *why);
int fault_collect(void *self, uint64_t *ticks, size_t n, struct reason *why);
void fault_pause(void *self);
int fault_resume(void *self, struct reason *why);
uint64_t fault_helper_cpu_ns(void *self);
void fault_counters(void *self, uint64_t *out);
void fault_close(void *self);

#endif
