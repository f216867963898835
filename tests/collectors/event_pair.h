#ifndef ENTROPYD_TESTS_COLLECTORS_EVENT_PAIR_H
#define ENTROPYD_TESTS_COLLECTORS_EVENT_PAIR_H

/* What epoll_events and kqueue_events must both do, through the interface of a
 * collector. Each function is the body of a test whose name it bears. */

#include "collectors/collector.h"

/* Opens c with its defaults and the named integers changed: a list of name and
 * value pairs ended by NULL. Fails the test when open() does. */
void *event_pair_open(const struct collector *c, ...);

/* Collects `wanted` samples, however many calls that takes, and fails the test
 * on an error. */
void event_pair_collect(const struct collector *c, void *self, long wanted);

/* Resumes it, and fails the test on an error. */
void event_pair_resume(const struct collector *c, void *self);

/* One counter by its name. */
uint64_t event_pair_counter(const struct collector *c, void *self,
                            const char *name);

void event_pair_sees_every_kind_of_event(const struct collector *c);
void event_pair_counts_each_sample_once(const struct collector *c);
void event_pair_takes_no_sample_from_a_time_out(const struct collector *c);
void event_pair_times_the_wait_itself(const struct collector *c);
void event_pair_returns_without_events(const struct collector *c);
void event_pair_works_with_one_kind_alone(const struct collector *c);
void event_pair_works_at_the_ends_of_its_ranges(const struct collector *c);
void event_pair_refuses_nothing_to_wait_for(const struct collector *c);
void event_pair_refuses_crossed_periods(const struct collector *c);
void event_pair_costs_nothing_while_paused(const struct collector *c);
void event_pair_goes_on_after_a_pause(const struct collector *c);

/* event_pair_resources.c */
void event_pair_returns_all_after_open_and_close(const struct collector *c);
void event_pair_returns_all_after_pauses(const struct collector *c);
void event_pair_holds_no_more_after_a_million(const struct collector *c);
void event_pair_leaves_no_file_behind(const struct collector *c);
void event_pair_opens_private_descriptors(const struct collector *c);
void event_pair_names_a_missing_directory(const struct collector *c);

#endif
