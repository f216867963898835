/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_CTL_OPTIONS_H
#define ENTROPYD_CLIENT_CTL_OPTIONS_H

/* entropyctl's command line: one table of options, and what was given. */

#include "base/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most words besides options: a command and its operands. */
#define CTL_WORDS_MAX 4

/* X(enumerator, letter or 0, name, value's name or NULL, choices with | or
 * NULL, help) */
#define CTL_OPTIONS(X)                                                         \
    X(OPT_SOCKET, 's', "socket", "PATH", NULL,                                 \
      "the daemon's socket, if not one of the usual ones")                     \
    X(OPT_JSON, 'j', "json", NULL, NULL, "print JSON, one value a line")       \
    X(OPT_ALL, 'a', "all", NULL, NULL, "include the sources of other systems") \
    X(OPT_HEX, 0, "hex", NULL, NULL, "print hex digits (default)")             \
    X(OPT_BASE64, 0, "base64", NULL, NULL, "print base64")                     \
    X(OPT_BINARY, 'b', "binary", NULL, NULL,                                   \
      "write raw bytes; refused on a terminal")                                \
    X(OPT_QUALITY, 'q', "quality", "QUALITY", "drbg|conditioned",              \
      "drbg (default), or conditioned: fresh entropy")                         \
    X(OPT_OUTPUT, 'o', "output", "FILE", NULL,                                 \
      "write to FILE, mode 0600, complete or not at all")                      \
    X(OPT_TEXTFILE, 'o', "output", "FILE", NULL,                               \
      "replace FILE, mode 0644, also if the daemon is down")                   \
    X(OPT_WAIT, 't', "timeout", "TIME", NULL,                                  \
      "limit for entropy, 0 to 1m (default 5s; plain: ms)")                    \
    X(OPT_TIMEOUT, 't', "timeout", "TIME", NULL,                               \
      "give up after TIME, 0 to 24h (plain: s)")                               \
    X(OPT_INT, 0, "int", "LO..HI", NULL,                                       \
      "print a number from LO to HI, each equally likely")                     \
    X(OPT_UUID, 0, "uuid", NULL, NULL, "print a UUID of version 4")            \
    X(OPT_PASSWORD, 0, "password", "N", NULL,                                  \
      "print a password of N characters, 1 to 1024")                           \
    X(OPT_ALPHABET, 0, "alphabet", "NAME", "alnum|base58|digits|hex|ascii",    \
      "its characters (default alnum, 5.95 bits each)")                        \
    X(OPT_HOW_MANY, 'n', "count", "N", NULL,                                   \
      "how many numbers, UUIDs or passwords (default 1)")                      \
    X(OPT_FORMAT, 'f', "format", "FORMAT", "ticks|symbols",                    \
      "ticks (default), or symbols: 8 bits, as tested")                        \
    X(OPT_INTERVAL, 'i', "interval", "TIME", NULL,                             \
      "between updates, 100ms to 1h (default 1s; plain: s)")                   \
    X(OPT_COUNT, 'n', "count", "N", NULL,                                      \
      "stop after N (default: run until Ctrl-C)")                              \
    X(OPT_HELP, 'h', "help", NULL, NULL, "show this help")                     \
    X(OPT_VERSION, 'V', "version", NULL, NULL, "show the version")

enum ctl_option {
#define X(enumerator, letter, name, value, choices, help) enumerator,
    CTL_OPTIONS(X)
#undef X
        OPTIONS_TOTAL
};

/* A set of options, by bit. */
#define OPTION_BIT(option) (UINT32_C(1) << (option))
#define OPTIONS_GLOBAL                                                         \
    (OPTION_BIT(OPT_SOCKET) | OPTION_BIT(OPT_HELP) | OPTION_BIT(OPT_VERSION))
#define OPTIONS_ALL (OPTION_BIT(OPTIONS_TOTAL) - 1)

struct ctl_option_info {
    char letter; /* '\0': none */
    const char *name, *value, *choices, *help;
};

extern const struct ctl_option_info ctl_options[OPTIONS_TOTAL];

struct ctl_command; /* client/ctl/commands.h */

struct ctl_arguments {
    const char *words[CTL_WORDS_MAX]; /* the command first */
    size_t word_count;
    const char *values[OPTIONS_TOTAL]; /* NULL: not given; "" for a flag */

    /* The table of commands, for those that describe it. */
    const struct ctl_command *commands;
    size_t command_count;
};

/* The word of a command line that names the command: the first that is neither
 * an option nor an option's value. NULL if there is none. */
const char *ctl_find_command(int argc, char **argv);

/*
 * Reads a command line whose command takes the options of `allowed`, global
 * ones included. true; false where it is wrong, with the reason in why. The
 * strings are argv's; the table of commands is left alone.
 */
bool ctl_arguments_read(struct ctl_arguments *arguments, int argc, char **argv,
                        uint32_t allowed, struct reason *why);

static inline bool ctl_is_given(const struct ctl_arguments *arguments,
                                enum ctl_option option)
{
    return arguments->values[option] != NULL;
}

/* Prints a usage error (printf format) and where to find help on stderr.
 * Returns CTL_USAGE. */
int ctl_usage(const struct ctl_arguments *arguments, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads a whole number of min..max, or a size with an optional k, M or G;
 * `what` is its name in messages. 0, or what ctl_usage() returns. */
int ctl_read_number(const struct ctl_arguments *arguments, const char *what,
                    const char *text, int64_t min, int64_t max,
                    int64_t *number);
int ctl_read_size(const struct ctl_arguments *arguments, const char *what,
                  const char *text, int64_t min, int64_t max, int64_t *number);

/* The value of an option as a duration in ms (a plain number counts plain_ms
 * each), or default_ms if it was not given. */
int ctl_option_duration(const struct ctl_arguments *arguments,
                        enum ctl_option option, int64_t plain_ms,
                        int64_t min_ms, int64_t max_ms, int64_t default_ms,
                        int64_t *ms);

/* The value of an option as a number, or default_value if it was not given. */
int ctl_option_number(const struct ctl_arguments *arguments,
                      enum ctl_option option, int64_t min, int64_t max,
                      int64_t default_value, int64_t *number);

#endif
