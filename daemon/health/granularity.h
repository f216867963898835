/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HEALTH_GRANULARITY_H
#define ENTROPYD_DAEMON_HEALTH_GRANULARITY_H

/*
 * How fine is the clock that took some samples? The greatest common divisor of
 * the samples, or a step that a divisor does not show (a clock of 24 MHz
 * rounded to nanoseconds moves by 41 or 42). Any thread.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * The step of the clock that took n samples, in ticks, at least 1: their
 * greatest common divisor, times the step on whose multiples the rest lie. The
 * first 1,024 are looked at; some 2 ms of processor time.
 */
double granularity_step(const uint64_t *ticks, size_t n);

/* The same as source_symbol() takes it, in 1/65536 ticks. */
uint64_t granularity_step_q16(const uint64_t *ticks, size_t n);

#endif
