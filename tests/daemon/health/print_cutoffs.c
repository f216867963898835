/* SPDX-License-Identifier: MIT */
/* Prints every cut-off of every claim, for cutoffs.py: claim in thousandths of
 * a bit, alpha_bits, cut-off, by test. */

#include "daemon/health/cutoffs.h"

#include <stdio.h>

int main(void)
{
    for (unsigned claim = 1; claim <= 1000; claim++) {
        for (unsigned alpha = 30; alpha <= 60; alpha += 30) {
            printf("rct %u %u %u\n", claim, alpha, cutoff_rct(claim, alpha));
            printf("apt %u %u %u\n", claim, alpha, cutoff_apt(claim, alpha));
            printf("short %u %u %u\n", claim, alpha,
                   cutoff_prediction_count(CUTOFF_SHORT_WINDOW, claim, alpha));
            printf("long %u %u %u\n", claim, alpha,
                   cutoff_prediction_count(CUTOFF_LONG_WINDOW, claim, alpha));
            printf("run %u %u %u\n", claim, alpha,
                   cutoff_prediction_run(claim, alpha));
        }
    }
    return 0;
}
