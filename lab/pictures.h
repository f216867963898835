#ifndef ENTROPYD_LAB_ASSESS_PICTURES_H
#define ENTROPYD_LAB_ASSESS_PICTURES_H

/* The two pictures of --assess. */

#include "lab/assess_load.h"

#include <stdbool.h>
#include <stdio.h>

/* How many samples took how many ticks, a hundredth at each end left out. 0 or
 * -ENOMEM. */
int assess_histogram(FILE *out, const struct assess_data *data, bool with_utf8);

/* The autocorrelation of the samples' logarithms (a few long waits would drown
 * everything else), its size without the sign. 0 or -ENOMEM. */
int assess_correlation(FILE *out, const struct assess_data *data,
                       bool with_utf8);

#endif
