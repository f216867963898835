/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_COLLECTORS_EVENTS_EVENT_PAIR_H
#define ENTROPYD_TESTS_COLLECTORS_EVENTS_EVENT_PAIR_H

/* What epoll_events and kqueue_events must both do, through the interface of a
 * collector: tests that the program of either lists, and their tools. */

#include "base/reason.h"
#include "collectors/collector.h"
#include "tests/support/run.h"

/* The collector under test; each program defines it. */
extern const struct collector *const event_pair_collector;

/* event_pair_tests.c, event_pair_resources.c */
extern const struct test_entry event_pair_tests[];
extern const struct test_entry event_pair_resource_tests[];

/* Opens it with its defaults and the named integers changed: a list of name and
 * value pairs ended by NULL. Fails the test when open() does. */
void *event_pair_open(const char *name, ...);

/* What its check() says of the defaults so changed. */
int event_pair_check(struct reason *why, const char *name, ...);

/* One call of collect(); fails the test on an error. */
int event_pair_collect_once(void *self, uint64_t *ticks, size_t n);

/* Collects `wanted` samples, however many calls that takes, and fails the test
 * on an error. */
void event_pair_collect(void *self, long wanted);

/* Resumes it, and fails the test on an error. */
void event_pair_resume(void *self);

/* One counter by its name. */
uint64_t event_pair_counter(void *self, const char *name);

/* The events of all kinds that it has counted. */
uint64_t event_pair_events(void *self);

#endif
