/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_COMMAND_H
#define ENTROPYD_LAB_COMMAND_H

/* The commands of entropylab. Each reads its own options (argv[0] is the
 * command's word), answers on stdout, says on stderr what is wrong, and returns
 * what the program ends with. Main thread. */

#include "base/reason.h"

#include <jansson.h>

/* What the program ends with beside <sysexits.h>: an assessment was made and
 * refutes what was claimed. */
#define EXIT_REFUTED 1

int command_record(int argc, char *argv[]);
int command_assess(int argc, char *argv[]);
int command_restart(int argc, char *argv[]);
int command_condition(int argc, char *argv[]);
int command_correlate(int argc, char *argv[]);
int command_report(int argc, char *argv[]);

/* Says on stderr how the command line is wrong, where --help is, and returns
 * EX_USAGE. */
int command_refuse(const char *command, const struct reason *why);

/* Reads the value of an option, a decimal number in min..max. 0, or -EINVAL
 * with the reason in `why`. */
int command_number(const char *option, const char *text, double min, double max,
                   double *value, struct reason *why);

/* Prints json, which is taken; NULL: there was no memory for it. 0 or -ENOMEM,
 * said on stderr. */
int command_print_json(json_t *json);

/* Flushes stdout: status, or EX_IOERR, said, where it took less than all. */
int command_finish(int status);

#endif
