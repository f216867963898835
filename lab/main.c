/* SPDX-License-Identifier: MIT */
/* entropylab: records noise sources and assesses recordings. */

#include "base/commit.h"
#include "base/descriptor.h"
#include "base/nearest.h"
#include "base/options.h"
#include "base/quote.h"
#include "lab/command.h"
#include "lab/machine.h"
#include "protocol/version.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <sodium.h>

/* Room for a command's name in a message. */
#define NAME_SHOWN 64

static const struct {
    const char *name;
    int (*run)(int argc, char *argv[]);
    const char *help;
} commands[] = {
    {"record", command_record, "record a noise source"},
    {"assess", command_assess,
     "estimate the min-entropy of a recording or file (SP 800-90B 6.3)"},
    {"restart", command_restart, "run the restart tests (SP 800-90B 3.1.4)"},
    {"condition", command_condition,
     "compute the min-entropy of conditioned output (SP 800-90B 3.1.5)"},
    {"correlate", command_correlate,
     "look whether two recordings of the same time depend on each other"},
    {"report", command_report, "write an HTML page about recordings"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
    (void)printf("Usage: entropylab COMMAND [OPTION]...\n"
                 "Records noise sources and assesses them by NIST SP "
                 "800-90B.\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        (void)printf("  %-10s %s\n", commands[i].name, commands[i].help);
    (void)printf("\n  -V, --version  show version, commit and platform\n"
                 "  -h, --help     show this help; after a command, its "
                 "own\n");
    return command_finish(EX_OK);
}

static int print_version(void)
{
    (void)printf("entropylab %s%s%s%s\n%s\n", ENTROPYD_VERSION,
                 ENTROPYD_COMMIT[0] != '\0' ? " (" : "", ENTROPYD_COMMIT,
                 ENTROPYD_COMMIT[0] != '\0' ? ")" : "", machine_platform());
    return command_finish(EX_OK);
}

static int refuse_command(const char *word)
{
    const char *names[COMMANDS];
    char quoted[QUOTE_SIZE(NAME_SHOWN)];
    struct reason why;
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    const char *nearest =
        nearest_name(word + strspn(word, "-"), names, COMMANDS);
    reason_set(&why, "unknown command %s%s%s%s",
               quote_text(word, quoted, sizeof(quoted)),
               nearest != NULL ? " (did you mean " : "",
               nearest != NULL ? nearest : "", nearest != NULL ? "?)" : "");
    return command_refuse("", &why);
}

int main(int argc, char *argv[])
{
    struct reason why;
    if (standard_streams_keep() < 0)
        return EX_OSERR; /* and nowhere to say why */
    /* A file that may not grow is an EFBIG. */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (sodium_init() < 0) {
        (void)fprintf(stderr, "entropylab: libsodium cannot be initialised\n");
        return EX_SOFTWARE;
    }
    if (argc < 2) {
        reason_set(&why, "missing command");
        return command_refuse("", &why);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return print_help();
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return print_version();
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    return refuse_command(argv[1]);
}
