/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_DAEMON_PARSE_H
#define ENTROPYD_TESTS_DAEMON_PARSE_H

/* A command line for options_parse(), as a list of words. */

#include "daemon/options.h"

#include <check.h>

#define PARSE_WORDS_MAX 80

/* Parses the arguments, ended by NULL, as those of entropyd. */
static inline int parse(struct options *options, const char *const *arguments,
                        struct reason *why)
{
    char *argv[PARSE_WORDS_MAX + 2] = {(char *)"entropyd"};
    int argc = 1;
    for (; arguments[argc - 1] != NULL; argc++) {
        ck_assert_int_le(argc, PARSE_WORDS_MAX);
        argv[argc] = (char *)arguments[argc - 1];
    }
    reason_clear(why);
    return options_parse(options, argc, argv, why);
}

#define PARSE(options, why, ...)                                               \
    parse(options, (const char *const[]){__VA_ARGS__, NULL}, &(why))

#endif
