/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_DAEMON_H
#define ENTROPYD_DAEMON_DAEMON_H

/*
 * The daemon as a whole: what is started in which order, what wakes it, and
 * how it ends. The main thread becomes the loop thread.
 */

#include "daemon/settings/config.h"

/*
 * The program, with these collectors (the registry's four in entropyd itself,
 * faulty ones in tests). Serves until SIGTERM or SIGINT, or does what else the
 * command line asks for. Returns main()'s value: 0 after a stop that was asked
 * for; EX_USAGE, EX_CONFIG, EX_NOPERM, which another start does not cure;
 * EX_UNAVAILABLE where it may. The reason is on stderr or in the log.
 */
int daemon_main(int argc, char *const argv[],
                const struct config_collectors *collectors);

#endif
