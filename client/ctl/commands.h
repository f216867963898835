/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_CTL_COMMANDS_H
#define ENTROPYD_CLIENT_CTL_COMMANDS_H

/* The table of commands: it drives the dispatch, help and completion, and
 * entropyctl(1) is checked against it. */

#include "client/ctl/options.h"

struct ctl_command {
    const char *name;
    const char *operands; /* "N", "[SOURCE]", or "" */
    size_t min_operands, max_operands;
    uint32_t options; /* besides the global ones */
    const char *summary;
    const char *example; /* operands of one, or NULL */
    int (*run)(const struct ctl_arguments *arguments);
};

extern const struct ctl_command ctl_commands[];
extern const size_t ctl_command_count;

/* The command of this name, or NULL. */
const struct ctl_command *ctl_command_find(const char *name);

/* Prints the help of one command, or of all where command is NULL. */
void ctl_help(const struct ctl_command *command);

/* Prints that there is no command of this name; returns CTL_USAGE. */
int ctl_refuse_command(const struct ctl_arguments *arguments, const char *name);

/* The commands, a function each: the command line in, what was asked for on
 * stdout, an enum ctl_exit back. Errors are printed on stderr. */
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
int run_config(const struct ctl_arguments *arguments);
int run_reload(const struct ctl_arguments *arguments);
int run_bugreport(const struct ctl_arguments *arguments);
int run_version(const struct ctl_arguments *arguments);
int run_completion(const struct ctl_arguments *arguments);

#endif
