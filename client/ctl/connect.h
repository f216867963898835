#ifndef ENTROPYD_CLIENT_CTL_CONNECT_H
#define ENTROPYD_CLIENT_CTL_CONNECT_H

/* A client as the command line asks for it, and its errors on stderr. */

#include "client/ctl/options.h"
#include "client/entropy_client.h"
#include "client/tree.h"

/* Connects. *client is for entropy_client_close(), or NULL. An enum ctl_exit;
 * what failed is said already, unless is_quiet. */
int ctl_connect(const struct ctl_arguments *arguments, bool is_quiet,
                struct entropy_client **client);

/* The same with another time-out for each call than the library's. */
int ctl_connect_within(const struct ctl_arguments *arguments, int timeout_ms,
                       bool is_quiet, struct entropy_client **client);

/* Says what the client's last call failed with and returns the exit code. */
int ctl_fail(const struct entropy_client *client, int error);

/* Asks method with params (JSON text or NULL); *result is new, for
 * tree_free(). An enum ctl_exit, errors said. */
int ctl_ask(struct entropy_client *client, const char *method,
            const char *params, int wait_ms, struct tree **result);

/* Connects, asks, and closes again. Where --json was given the result is
 * printed as it is and *result is NULL. */
int ctl_ask_once(const struct ctl_arguments *arguments, const char *method,
                 const char *params, int wait_ms, struct tree **result);

#endif
