/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_CHART_H
#define ENTROPYD_LAB_CHART_H

/* Pictures of one recording or file in a report. One thread. */

#include "lab/assessment.h"
#include "lab/dataset.h"

#include <stdio.h>

/* Each estimate as a bar of bits a symbol (bits times the width), and a line
 * where the claim is; claim 0: none. */
void chart_estimates(FILE *out, const struct assessment *a, double claim);

/* How long samples took, on a logarithmic scale; tick_ns is a tick in
 * nanoseconds. 0 or -ENOMEM, as all that follow. */
int chart_durations(FILE *out, const struct dataset *data, double tick_ns);

/* Autocorrelation at lags 1 to 128, with the bounds of independent samples. */
int chart_correlation(FILE *out, const struct dataset *data);

/* Each sample against the next one, both on logarithmic scales: the darker the
 * more often. */
int chart_lag(FILE *out, const struct dataset *data, double tick_ns);

/* Of restarts: the median of each of the first samples, and between which a
 * half of them lie. Nothing for other recordings. */
int chart_restarts(FILE *out, const struct dataset *data, double tick_ns);

#endif
