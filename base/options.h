/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_OPTIONS_H
#define ENTROPYD_BASE_OPTIONS_H

/*
 * A command line read by getopt_long(3), with messages of our own. All our
 * programs read theirs with these two calls, so that the same rules hold:
 * -nVALUE and -n VALUE, --name=VALUE and --name VALUE, letters bundled, names
 * abbreviated while they are unambiguous, operands anywhere, "--" before
 * operands that look like options. getopt_long() keeps its state in globals:
 * one command line at a time, before there are threads.
 */

#include "base/reason.h"

#include <getopt.h>

/* The first value of an option without a letter. An option with one has the
 * letter as its value. */
#define OPTION_LONG 256

/* What option_next() returns besides the options' values. */
#define OPTION_END     (-1)
#define OPTION_REFUSED '?'

/* Begins at argv[1] with the next option_next(). */
void option_rewind(void);

/*
 * The value (`val`) of the next option, its argument in optarg; OPTION_END
 * where only operands are left, argv[optind] being the first of them; or
 * OPTION_REFUSED with the reason in `why`: an unknown option (with the one
 * that was probably meant), an ambiguous one, an argument that is missing or
 * one too many.
 *
 * `options` ends in a zeroed element; `flag` is NULL and `has_arg` is
 * no_argument or required_argument in all of them. Words of argv are moved so
 * that operands come last.
 */
int option_next(int argc, char *const argv[], const struct option *options,
                struct reason *why);

#endif
