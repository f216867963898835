/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_CONDITIONING_H
#define ENTROPYD_LAB_CONDITIONING_H

/* The min-entropy of a conditioning function's output, SP 800-90B 3.1.5. Pure
 * functions. */

#include <stdbool.h>
#include <stdint.h>

struct conditioning {
    uint32_t n_in;  /* bits in, at least 1 */
    uint32_t n_out; /* bits out, at least 1 */
    uint32_t nw;    /* narrowest internal width, at least 1; more than n_in
                     * counts as n_in (appendix E) */
    double h_in;    /* bits of min-entropy in, more than 0, at most n_in */
};

struct conditioned {
    double h_out;   /* bits of min-entropy out, as near as a double can be */
    double missing; /* n_out - h_out, which h_out has no digits left for where
                     * the output is close to full entropy */
};

/* Output_Entropy of 3.1.5.1.2: all there is to a vetted function. */
struct conditioned conditioning_output(const struct conditioning *c);

/* 3.1.5.2, of a function that is not vetted: h_bit is the assessed min-entropy
 * of a bit of its output, 0 to 1. */
struct conditioned conditioning_unvetted(const struct conditioning *c,
                                         double h_bit);

/* -log2(epsilon) of h_out = (1 - epsilon) n_out, as SP 800-90C speaks of full
 * entropy (epsilon at most 2^-32). */
double conditioning_epsilon(const struct conditioning *c,
                            const struct conditioned *out);

#endif
