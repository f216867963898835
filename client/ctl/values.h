/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_CTL_VALUES_H
#define ENTROPYD_CLIENT_CTL_VALUES_H

/* get --int, --uuid and --password: random bytes as values for people. */

#include "client/ctl/connect.h"

#include <stdbool.h>

/* Does the command line ask for one of them? */
bool values_are_wanted(const struct ctl_arguments *arguments);

/* Prints them, one a line, made of bytes that the daemon gives with these
 * options. An enum ctl_exit; errors are printed. */
int values_get(const struct ctl_arguments *arguments,
               const struct entropy_client_get_options *options);

#endif
