/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_COMPARISON_H
#define ENTROPYD_LAB_COMPARISON_H

/* Several recordings or files side by side: a table, their assessments against
 * their claims in one picture, and their durations over each other in another.
 * One thread. */

#include "lab/assess.h"

#include <stdio.h>

/* Bins of durations: 24 an octave, of 1 ns to 2^40 ns, 18 minutes. */
#define COMPARISON_BINS_AN_OCTAVE 24u
#define COMPARISON_BINS           (40u * COMPARISON_BINS_AN_OCTAVE)

/* What is left of one when the next is assessed. */
struct compared {
    char name[64];      /* the last part of its path */
    char source[32];    /* "": a plain file */
    char processor[64]; /* "": unknown */
    size_t n;
    double rate;                    /* samples a second; 0: unknown */
    double h_original, h_bitstring; /* bits a symbol; 0: none */
    double min_entropy, claim;      /* claim 0: none */
    unsigned width;                 /* bits of a symbol */
    bool is_refuted, has_durations;
    double shares[COMPARISON_BINS]; /* of samples, by duration */
    double low_us, high_us; /* 1 of 100 samples is shorter, and longer */
};

/* Takes what is compared out of f; tick_ns is a tick in nanoseconds. 0 or
 * -ENOMEM. */
int compared_init(struct compared *c, const struct findings *f, double tick_ns);

/* Writes that part of a report. Number i links to "#i". */
void comparison_write(FILE *out, const struct compared *all, size_t count);

#endif
