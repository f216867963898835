#ifndef ENTROPYD_CLIENT_CTL_HELP_H
#define ENTROPYD_CLIENT_CTL_HELP_H

/* --help, out of the tables. */

#include "client/ctl/commands.h"

/* Prints the help of one command, or of all where command is NULL. */
void ctl_help(const struct ctl_command *command);

#endif
