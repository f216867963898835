#ifndef ENTROPYD_CLIENT_CTL_STATUS_HEAD_H
#define ENTROPYD_CLIENT_CTL_STATUS_HEAD_H

/* The lines of a status that are no source's, for status and watch. */

#include "client/tree.h"

/* "entropyd 0.1.0 on linux: ok", with pid and uptime. */
void ctl_print_headline(const struct tree *status);

/* Generator, pool, server and memory, a line each. */
void ctl_print_parts(const struct tree *status);

#endif
