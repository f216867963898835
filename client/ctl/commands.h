#ifndef ENTROPYD_CLIENT_CTL_COMMANDS_H
#define ENTROPYD_CLIENT_CTL_COMMANDS_H

/* The one table of commands: it drives the dispatch, --help and completion,
 * and entropyctl(1) is checked against it. */

#include "client/ctl/options.h"

struct ctl_command {
    const char *name;
    const char *operands; /* "N", "[SOURCE]", or "" */
    size_t min_operands, max_operands;
    uint32_t options; /* besides the global ones */
    const char *summary;
    int (*run)(const struct ctl_arguments *arguments);
};

extern const struct ctl_command ctl_commands[];
extern const size_t ctl_command_count;

/* The command of this name, or NULL. */
const struct ctl_command *ctl_command_find(const char *name);

#endif
