/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_REPORT_H
#define ENTROPYD_LAB_REPORT_H

/* A page about recordings and files: one HTML text with its pictures inside,
 * which needs no network. One thread. */

#include "lab/assess.h"

#include <stdio.h>

/* The page's beginning, what was found of one recording or file, its end.
 * number, from 1, is its place on the page, where a comparison links to. */
void report_begin(FILE *out);
int report_findings(FILE *out, const struct findings *f,
                    unsigned number); /* 0 or -ENOMEM */
void report_end(FILE *out);

/* A tick of a recording in nanoseconds; 1 where record.json does not say. */
double report_tick_ns(const struct dataset *data);

#endif
