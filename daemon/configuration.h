/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_CONFIGURATION_H
#define ENTROPYD_DAEMON_CONFIGURATION_H

/* The configuration that a command line leads to, checked against the machine
 * that it is for. */

#include "daemon/options.h"
#include "daemon/settings/config.h"

/*
 * Fills *loader->config with defaults, the file and the settings, then checks
 * them: against each other, against the machine's users and groups, and against
 * what the pool needs. Reports every problem to the loader, whose collectors,
 * config, origins, problem and context are set. 0, or -EINVAL where there were
 * errors. At the start, and on each reload into a new struct config.
 */
int configuration_load(const struct options *options,
                       struct config_loader *loader);

/* A loader's problem(): one line to stderr, as a program's own message. */
void configuration_print_problem(void *context, enum config_severity severity,
                                 const char *text);

#endif
