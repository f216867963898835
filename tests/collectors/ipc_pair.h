#ifndef ENTROPYD_TESTS_COLLECTORS_IPC_PAIR_H
#define ENTROPYD_TESTS_COLLECTORS_IPC_PAIR_H

/* What mach_ipc and unix_ipc must both do, through the interface of a
 * collector. The functions below the first group are the bodies of tests whose
 * names they bear. */

#include "collectors/collector.h"
#include "collectors/round_robin.h"
#include "tests/support/resources.h"

#include <stdbool.h>

/* Place of the counter of messages that the receiver took, in both. */
#define IPC_PAIR_RECEIVED 0

/* A setting by hand: one value for the option at this place. */
struct ipc_setting {
    enum ipc_tunable option;
    int64_t value;
};

/* Fills values with c's defaults and the settings, ended by the option
 * IPC_TUNABLES_COUNT. */
void ipc_pair_values(const struct collector *c,
                     const struct ipc_setting *settings,
                     struct tunable_value *values);

/* Opens c so; settings may be NULL. Fails the test when open() does. */
void *ipc_pair_open(const struct collector *c,
                    const struct ipc_setting *settings);

/* Opens c with its defaults; open() must fail, with this error and a reason
 * that contains words. */
void ipc_pair_refuses(const struct collector *c, int error, const char *words);

/* Collects `wanted` samples; fails the test on an error. */
void ipc_pair_collect(const struct collector *c, void *self, long wanted);

/* Collects until an error comes, which must be this one with these words, or
 * until some seconds have passed, which fails the test. Each call must be back
 * in COLLECT_MAX_MS and what a loaded machine adds. */
void ipc_pair_ends(const struct collector *c, void *self, int error,
                   const char *words);

/* One counter by its place. */
uint64_t ipc_pair_counter(const struct collector *c, void *self, int place);

/* Waits until the counter has reached `least`; false after some seconds. */
bool ipc_pair_reaches(const struct collector *c, void *self, int place,
                      uint64_t least);

/* What the process holds after an open and close of c, which may leave caches
 * of the C library and a sanitizer's own thread behind. */
struct resources ipc_pair_warm_resources(const struct collector *c);

/* Fails the test unless the process holds what it held before; temporary files
 * aside, of which these collectors have none. */
void ipc_pair_holds_no_more_than(struct resources before);

void ipc_pair_describes_its_options(const struct collector *c);
void ipc_pair_refuses_two_kinds_of_size(const struct collector *c);
void ipc_pair_receives_what_it_sends(const struct collector *c);
void ipc_pair_works_at_the_ends_of_its_ranges(const struct collector *c);
void ipc_pair_works_without_memory(const struct collector *c);
void ipc_pair_works_twice_at_a_time(const struct collector *c);
void ipc_pair_costs_nothing_while_paused(const struct collector *c);
void ipc_pair_goes_on_after_a_pause(const struct collector *c);
void ipc_pair_closes_with_messages_on_the_way(const struct collector *c);
void ipc_pair_returns_all_after_open_and_close(const struct collector *c);
void ipc_pair_returns_all_after_pauses(const struct collector *c);
void ipc_pair_holds_no_more_after_a_million(const struct collector *c);

#endif
