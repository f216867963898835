/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_OPTIONS_H
#define ENTROPYD_DAEMON_OPTIONS_H

/* The command line: what to do, and with which settings. Main thread, before
 * anything else. */

#include "base/reason.h"
#include "daemon/settings/config.h"

#include <stdbool.h>
#include <stddef.h>

/* What the daemon is asked to do. */
enum options_mode {
    OPTIONS_RUN,          /* serve */
    OPTIONS_HELP,         /* --help */
    OPTIONS_VERSION,      /* --version */
    OPTIONS_CHECK_CONFIG, /* --check-config */
    OPTIONS_PRINT_CONFIG, /* --print-config */
};

/* Most settings on one command line. */
#define OPTIONS_SETTINGS_MAX 64

/* One setting: --set KEY=VALUE, or an option that sets a key. */
struct options_setting {
    const char *key; /* NULL: value is KEY=VALUE; borrowed from argv */
    const char *value;
    const char *option; /* "--mode"; of --set "--set" */
};

struct options {
    enum options_mode mode;
    const char *config_path; /* --config; NULL: searched for */
    struct options_setting settings[OPTIONS_SETTINGS_MAX]; /* in order */
    unsigned setting_count;
};

/* Reads the command line, whose words may be moved. Text is borrowed from argv
 * for as long as *options is used. 0, or -EINVAL with one line in `why`. */
int options_parse(struct options *options, int argc, char *const argv[],
                  struct reason *why);

/*
 * Does everything that needs no daemon: help, version, check and print, to
 * stdout, what is wrong to stderr. True: done, and main() returns *status (0;
 * EX_CONFIG; EX_IOERR where stdout cannot be written). False for OPTIONS_RUN.
 */
bool options_answer(const struct options *options,
                    const struct config_collectors *collectors, int *status);

#endif
