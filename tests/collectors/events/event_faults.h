/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_COLLECTORS_EVENTS_EVENT_FAULTS_H
#define ENTROPYD_TESTS_COLLECTORS_EVENTS_EVENT_FAULTS_H

/* What an event collector must do when calls fail: tests of the collector that
 * tests/collectors/events/event_pair.h speaks of. */

#include "tests/collectors/call_faults.h"
#include "tests/support/run.h"

/* The call that it waits with; each program defines it. */
extern const enum fault_call event_faults_wait;

/* The calls that both collectors make. */
extern const struct test_entry event_faults_tests[];

/* A test of a call that open(), or resume(), makes: what##_survives... */
#define EVENT_FAULT(what, name, call)                                          \
    START_TEST(what##_survives_a_failed_##name)                                \
    {                                                                          \
        event_faults_fail_##what(call);                                        \
    }                                                                          \
    END_TEST

/* A test of a call that open() makes for its watched files. */
#define FILE_FAULT(name, call)                                                 \
    START_TEST(files_are_lost_by_a_failed_##name)                              \
    {                                                                          \
        event_faults_lose_files(call);                                         \
    }                                                                          \
    END_TEST

/* Makes each call of that kind that open() makes fail in turn: open() passes
 * the error on, with the reason, and keeps nothing; or it does without file
 * watchers and counts that. Fails the test if no such failure fails open(). */
void event_faults_fail_open(enum fault_call call);

/* The same for calls that only watched files need: open() always succeeds,
 * except where there are neither timers nor sockets. */
void event_faults_lose_files(enum fault_call call);

/* The same for resume(), after which only close() is allowed. */
void event_faults_fail_resume(enum fault_call call);

#endif
