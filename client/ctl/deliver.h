#ifndef ENTROPYD_CLIENT_CTL_DELIVER_H
#define ENTROPYD_CLIENT_CTL_DELIVER_H

/* From the daemon to standard output or a file: how get and raw end. */

#include "client/ctl/options.h"
#include "client/ctl/output.h"
#include "client/entropy_client.h"

/* Asks the client for what is wished, and writes it. An enum ctl_exit, errors
 * said. */
typedef int ctl_delivery(struct entropy_client *client, const void *wish,
                         struct ctl_output *output);

/* Connects, opens --output's file or standard output, has it written, and
 * closes both; the file is there only if all went well. CTL_USAGE where bytes
 * that are binary would go to a terminal, else an enum ctl_exit; errors said.
 */
int ctl_deliver(const struct ctl_arguments *arguments, bool is_binary,
                ctl_delivery *write, const void *wish);

#endif
