#ifndef ENTROPYD_TESTS_COLLECTORS_EVENT_FAULTS_H
#define ENTROPYD_TESTS_COLLECTORS_EVENT_FAULTS_H

/* What an event collector must do when calls fail. */

#include "collectors/collector.h"
#include "tests/collectors/call_faults.h"

/* Makes each call of that kind that open() makes fail in turn: open() passes
 * the error on, in words, and keeps nothing. Fails the test if open() makes no
 * such call. */
void event_faults_fail_open(const struct collector *c, enum fault_call call);

/* The same for resume(), after which only close() is allowed. */
void event_faults_fail_resume(const struct collector *c, enum fault_call call);

void event_faults_interrupted_wait_is_no_sample(const struct collector *c,
                                                enum fault_call wait);
void event_faults_failed_wait_ends_it(const struct collector *c,
                                      enum fault_call wait);
void event_faults_unreadable_event_ends_it(const struct collector *c);
void event_faults_failed_poke_ends_it(const struct collector *c,
                                      enum fault_call poke);
void event_faults_hanging_poker_ends_it(const struct collector *c);
void event_faults_full_socket_is_no_failure(const struct collector *c);

#endif
