/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_COLLECTORS_IPC_IPC_PAIR_H
#define ENTROPYD_TESTS_COLLECTORS_IPC_IPC_PAIR_H

/* What mach_ipc and unix_ipc must both do, through the interface of a
 * collector: tests that the program of either lists, and their tools. */

#include "collectors/collector.h"
#include "collectors/ipc/ipc_tunables.h"
#include "tests/support/resources.h"
#include "tests/support/run.h"

#include <stdbool.h>

/* The collector under test; each program defines it. */
extern const struct collector *const ipc_pair_collector;

/* ipc_pair_tests.c */
extern const struct test_entry ipc_pair_tests[];

/* Place of the counter of messages that the receiver took, in both. */
#define IPC_PAIR_RECEIVED 0

/* A setting by hand: one value for the option at this place. */
struct ipc_setting {
    enum ipc_tunable option;
    int64_t value;
};

/* Fills values with its defaults and the settings, ended by the option
 * IPC_TUNABLES_COUNT. */
void ipc_pair_values(const struct ipc_setting *settings,
                     struct tunable_value *values);

/* Opens it so; settings may be NULL. Fails the test when open() does. */
void *ipc_pair_open(const struct ipc_setting *settings);

/* Opens it with its defaults; open() must fail, with this error and a reason
 * that contains words. */
void ipc_pair_refuses(int error, const char *words);

/* Collects `wanted` samples; fails the test on an error. */
void ipc_pair_collect(void *self, long wanted);

/* The same one by one, each received before the next is sent: whatever else the
 * machine does, no send finds a full queue, times out and loses its turn. */
void ipc_pair_collect_in_step(void *self, long wanted);

/* Collects until an error comes, which must be this one with these words, or
 * until some seconds have passed, which fails the test. Each call must be back
 * in COLLECT_MAX_MS and what a loaded machine adds. */
void ipc_pair_ends(void *self, int error, const char *words);

/* One counter by its place. */
uint64_t ipc_pair_counter(void *self, int place);

/* Waits until the counter has reached `least`; false after some seconds. */
bool ipc_pair_reaches(void *self, int place, uint64_t least);

/* Waits until the receiver has taken all that was sent and is blocked again. */
void ipc_pair_settle(void *self, long sent);

/* What the process holds after an open and close, which may leave caches
 * of the C library and a sanitizer's own thread behind. */
struct resources ipc_pair_warm_resources(void);

/* Fails the test unless the process holds what it held before; temporary files
 * aside, of which these collectors have none. */
void ipc_pair_holds_no_more_than(struct resources before);

#endif
