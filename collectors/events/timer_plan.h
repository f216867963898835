/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_COLLECTORS_EVENTS_TIMER_PLAN_H
#define ENTROPYD_COLLECTORS_EVENTS_TIMER_PLAN_H

/*
 * When the timers of the event collectors fire. Their periods have no common
 * divisor, so that their pattern does not repeat within any observation, and
 * each starts at a random point of its period: timers that start together
 * replay the same start-up pattern after every restart, which failed the
 * restart test of SP 800-90B (111 equal symbols in 1000 restarts, 45 with
 * random phases). Any thread.
 */

#include "base/reason.h"

#include <stddef.h>
#include <stdint.h>

/* Most timers of a plan. */
#define TIMER_PLAN_MAX 64

/* Least distance of the shortest and the longest period: 10000 ns hold more
 * than 500 primes anywhere below 50 ms, ample for 64 different ones. */
#define TIMER_PLAN_MIN_SPAN_US 10

struct timer_plan {
    unsigned count;
    uint64_t period_ns[TIMER_PLAN_MAX]; /* different primes, rising */
    uint64_t phase_ns[TIMER_PLAN_MAX];  /* first firing after the start, from 1
                                         * to the timer's period */
};

/* Plans the periods of `count` (0..TIMER_PLAN_MAX) timers, evenly spread on a
 * logarithmic scale from min_us to max_us (20..50000 each, max_us at least
 * min_us + TIMER_PLAN_MIN_SPAN_US), and zeroes the phases. */
void timer_plan_periods(struct timer_plan *plan, unsigned count,
                        unsigned min_us, unsigned max_us);

/* Draws new phases from the kernel's generator. 0, or -errno with the reason
 * in why when that does not answer. */
int timer_plan_draw_phases(struct timer_plan *plan, struct reason *why);

#endif
