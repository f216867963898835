#ifndef ENTROPYD_CLIENT_CTL_NUMBER_H
#define ENTROPYD_CLIENT_CTL_NUMBER_H

/* Numbers on the command line: digits only, in their range, or refused. */

#include "client/ctl/options.h"

/* Reads a whole number of min..max. 0; or CTL_USAGE after saying on stderr
 * that `what` must be one. */
int ctl_number_read(const char *what, const char *text, uint64_t min,
                    uint64_t max, uint64_t *number);

/* The same for a count that may end in k, M or G (1024, 1024^2, 1024^3). */
int ctl_size_read(const char *what, const char *text, uint64_t min,
                  uint64_t max, uint64_t *number);

/* The value of an option, or standard where it was not given. */
int ctl_option_number(const struct ctl_arguments *arguments,
                      enum ctl_option option, uint64_t min, uint64_t max,
                      uint64_t standard, uint64_t *number);

#endif
