/* SPDX-License-Identifier: MIT */
/* What the commands share: values, complaints, endings. */

#include "lab/command.h"

#include "base/quote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Room for a value in a message. */
#define VALUE_SHOWN 64

/* Significant digits of a number in JSON. */
#define DIGITS 15

int command_number(const char *option, const char *text, double min, double max,
                   double *value, struct reason *why)
{
    char quoted[QUOTE_SIZE(VALUE_SHOWN)];
    size_t length = strspn(text, "0123456789.");
    char *end = NULL;
    double number = length > 0 && text[length] == '\0' ? strtod(text, &end) : 0;
    if (end != NULL && *end == '\0' && end != text && number >= min &&
        number <= max) {
        *value = number;
        return 0;
    }
    reason_set(why, "%s %s: a number, %.10g to %.10g", option,
               quote_text(text, quoted, sizeof(quoted)), min, max);
    return -EINVAL;
}

int command_print_json(json_t *json)
{
    int rc = -ENOMEM;
    if (json != NULL &&
        json_dumpf(json, stdout,
                   JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS)) == 0)
        rc = 0;
    else
        (void)fprintf(stderr, "entropylab: no memory for JSON, or no room\n");
    (void)putchar('\n');
    json_decref(json);
    return rc;
}

int command_refuse(const char *command, const struct reason *why)
{
    (void)fprintf(stderr, "entropylab: %s; try \"entropylab %s%s--help\"\n",
                  why->text, command, command[0] != '\0' ? " " : "");
    return EX_USAGE;
}

int command_finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    perror("entropylab: cannot write to stdout");
    return EX_IOERR;
}
