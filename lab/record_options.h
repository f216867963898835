/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_RECORD_OPTIONS_H
#define ENTROPYD_LAB_RECORD_OPTIONS_H

/* What is to be recorded. Pure functions; text is borrowed from the caller. */

#include "base/reason.h"
#include "collectors/collector.h"
#include "daemon/settings/config.h"

#include <stddef.h>
#include <stdint.h>

/* Samples of a recording: what a start-up test takes, to as many as can be
 * assessed (lab/estimate.h). */
#define RECORD_SAMPLES_MIN 1024u
#define RECORD_SAMPLES_MAX 100000000u

/* What SP 800-90B 3.1.1 wants at least. */
#define RECORD_SAMPLES_STANDARD 1000000u

/* Restarts, and samples after each. */
#define RECORD_RESTARTS_MIN 2u
#define RECORD_RESTARTS_MAX 100000u
#define RECORD_ROW_MIN      32u
#define RECORD_ROW_MAX      100000u

/* Collecting time without a sample after which a recording ends. Ten times the
 * daemon's default: its samples are not urgent, and on a machine with much else
 * to do the thread that takes them may go without a processor for a second. */
#define RECORD_STALL_MS 10000u

struct record_request {
    const struct collector *collector;
    const char *directory; /* NULL: not given yet */
    uint32_t samples;      /* restarts x row_samples; 0: not given yet */
    uint32_t restarts;     /* 0: one sequence */
    uint32_t row_samples;
    unsigned claim_millibits; /* what the daemon's tests judge by */
    unsigned stall_ms;
    struct tunable_value tunables[CONFIG_TUNABLE_MAX];
};

/* A recording of c with all that has a default. */
void record_request_init(struct record_request *request,
                         const struct collector *c);

/* -n N and --restarts RxC. 0, or -EINVAL with the reason in `why`. */
int record_take_samples(struct record_request *request, const char *text,
                        struct reason *why);
int record_take_restarts(struct record_request *request, const char *text,
                         struct reason *why);

/* --set KEY=VALUE: a tunable of the collector or claim_bits, also by the name
 * that the daemon's configuration has for it. The same errors, or -ENOMEM. */
int record_take_setting(struct record_request *request, const char *text,
                        struct reason *why);

/* Does it all fit together? Fills in what was left out. The same errors. */
int record_check(struct record_request *request, struct reason *why);

#endif
