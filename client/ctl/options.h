#ifndef ENTROPYD_CLIENT_CTL_ARGUMENTS_H
#define ENTROPYD_CLIENT_CTL_ARGUMENTS_H

/* entropyctl's command line: one table of options, and what was given. */

#include "base/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most words beside options: a command and its operands. */
#define CTL_WORDS_MAX 4

/* X(enumerator, letter or 0, name, value's name or NULL, choices with | or
 * NULL, help) */
#define CTL_OPTIONS(X)                                                         \
    X(OPTION_SOCKET, 's', "socket", "PATH", NULL,                              \
      "the daemon's socket (default: ENTROPYD_SOCKET, else the user's, else "  \
      "the system's)")                                                         \
    X(OPTION_JSON, 'j', "json", NULL, NULL, "print JSON, one text a line")     \
    X(OPTION_HEX, 0, "hex", NULL, NULL, "print hex digits (the default)")      \
    X(OPTION_BASE64, 0, "base64", NULL, NULL, "print base64")                  \
    X(OPTION_BINARY, 'b', "binary", NULL, NULL,                                \
      "write the bytes themselves, not to a terminal")                         \
    X(OPTION_QUALITY, 'q', "quality", "QUALITY", "drbg|conditioned",           \
      "drbg (default): the generator; conditioned: fresh entropy")             \
    X(OPTION_OUTPUT, 'o', "output", "FILE", NULL,                              \
      "write to FILE, mode 0600, whole or not at all")                         \
    X(OPTION_TIMEOUT_MS, 't', "timeout", "MS", NULL,                           \
      "how long the daemon may wait for entropy, 0-60000 (default 5000)")      \
    X(OPTION_TIMEOUT_S, 't', "timeout", "SECONDS", NULL,                       \
      "give up after SECONDS, 0-86400 (default: never)")                       \
    X(OPTION_FORMAT, 'f', "format", "FORMAT", "ticks|symbols",                 \
      "ticks (default): of the clock; symbols: 8 bits, as they are judged")    \
    X(OPTION_INTERVAL, 'i', "interval", "SECONDS", NULL,                       \
      "seconds between two looks, 1-3600 (default 1)")                         \
    X(OPTION_COUNT, 'n', "count", "N", NULL,                                   \
      "end after N (default: go on until Ctrl-C)")                             \
    X(OPTION_HELP, 'h', "help", NULL, NULL, "show this help, or a command's")  \
    X(OPTION_VERSION, 'V', "version", NULL, NULL, "show the version")

enum ctl_option {
#define X(enumerator, letter, name, value, choices, help) enumerator,
    CTL_OPTIONS(X)
#undef X
        OPTION_COUNT_OF
};

/* A set of options, by bit. */
#define OPTION_BIT(option) (UINT32_C(1) << (option))
#define OPTIONS_GLOBAL                                                         \
    (OPTION_BIT(OPTION_SOCKET) | OPTION_BIT(OPTION_HELP) |                     \
     OPTION_BIT(OPTION_VERSION))

struct ctl_option_info {
    char letter; /* '\0': none */
    const char *name, *value, *choices, *help;
};

extern const struct ctl_option_info ctl_options[OPTION_COUNT_OF];

struct ctl_arguments {
    const char *words[CTL_WORDS_MAX]; /* the command first */
    size_t word_count;
    const char *values[OPTION_COUNT_OF]; /* NULL: not given; "" for a flag */
};

/* Which word of a command line names the command: the first that is neither an
 * option nor the value of --socket. NULL if there is none. */
const char *ctl_find_command(int argc, char **argv);

/*
 * Reads a command line whose command takes the options of `allowed`, global
 * ones included. true; false where it is wrong: why then says so. The strings
 * are those of argv.
 */
bool ctl_arguments_read(struct ctl_arguments *arguments, int argc, char **argv,
                        uint32_t allowed, struct reason *why);

static inline bool ctl_is_given(const struct ctl_arguments *arguments,
                                enum ctl_option option)
{
    return arguments->values[option] != NULL;
}

#endif
