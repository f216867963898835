#ifndef ENTROPYD_DAEMON_HELP_H
#define ENTROPYD_DAEMON_HELP_H

/* What --help and --version say. */

#include "daemon/settings/config.h"

#include <stdio.h>

/* Options, then every key with its range and default. */
void help_print(FILE *out, const struct config_collectors *collectors);

/* Version and commit, libraries, platform; one line each. */
void version_print(FILE *out);

#endif
