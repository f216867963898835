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
        }
        for (unsigned alpha = 22; alpha <= 44; alpha += 22) {
            printf("lag_count %u %u %u\n", claim, alpha,
                   cutoff_lag_count(claim, alpha));
            printf("lag_run %u %u %u\n", claim, alpha,
                   cutoff_lag_run(claim, alpha));
        }
    }
    return 0;
}
