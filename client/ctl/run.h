#ifndef ENTROPYD_CLIENT_CTL_RUN_H
#define ENTROPYD_CLIENT_CTL_RUN_H

/* The commands of entropyctl, a function each: the command line in, what was
 * asked for on stdout, an enum ctl_exit back. Errors are said on stderr. */

#include "client/ctl/options.h"

int run_get(const struct ctl_arguments *arguments);
int run_raw(const struct ctl_arguments *arguments);
int run_status(const struct ctl_arguments *arguments);
int run_health(const struct ctl_arguments *arguments);
int run_sources(const struct ctl_arguments *arguments);
int run_ping(const struct ctl_arguments *arguments);
int run_selftest(const struct ctl_arguments *arguments);
int run_wait(const struct ctl_arguments *arguments);
int run_watch(const struct ctl_arguments *arguments);
int run_events(const struct ctl_arguments *arguments);
int run_metrics(const struct ctl_arguments *arguments);
int run_completion(const struct ctl_arguments *arguments);

#endif
