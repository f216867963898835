/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_CTL_TRENDS_H
#define ENTROPYD_CLIENT_CTL_TRENDS_H

/* Rates, from one status to the next, as short histories: requests, bytes of
 * the generator, and the samples of each source. */

#include "client/ctl/view.h"

#include <stdbool.h>
#include <stddef.h>

/* Requests, output, and more sources than any system has. */
#define TRENDS_MAX 12

/* Rates that are kept: a screen has no more columns for them. */
#define TREND_RATES 240

struct trend {
    char name[64];
    bool is_bytes;
    int64_t count; /* in the last status */
    /* A second, the oldest first; negative where there was no status. */
    double rates[TREND_RATES];
    size_t length;
};

/* Zeroed, it is empty. */
struct trends {
    struct trend list[TRENDS_MAX];
    size_t count;
    int64_t
        uptime_ms; /* of the last status; 0: none since the daemon's start */
    bool is_utf8;  /* draw with block elements */
};

/* Adds what a status says of requests, output and the sources shown. */
void trends_add(struct trends *trends, const struct view *view,
                const json_t *status);

/* Adds a gap: there was no status. */
void trends_skip(struct trends *trends);

/* A line each: name, last rate, history; no line is longer than columns. */
void trends_print(FILE *out, const struct trends *trends, unsigned columns);

#endif
