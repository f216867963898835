/* SPDX-License-Identifier: MIT */
/* What entropyctl can do, and its help. */

#include "client/ctl/commands.h"

#include "base/nearest.h"
#include "base/quote.h"
#include "client/ctl/connect.h"

#include <stdio.h>
#include <string.h>

#define JSON OPTION_BIT(OPT_JSON)
#define TIMES                                                                  \
    (OPTION_BIT(OPT_WAIT) | OPTION_BIT(OPT_TIMEOUT) | OPTION_BIT(OPT_INTERVAL))

static int run_help(const struct ctl_arguments *arguments);

const struct ctl_command ctl_commands[] = {
    {"get", "[N]", 0, 1,
     JSON | OPTION_BIT(OPT_HEX) | OPTION_BIT(OPT_BASE64) |
         OPTION_BIT(OPT_BINARY) | OPTION_BIT(OPT_QUALITY) |
         OPTION_BIT(OPT_OUTPUT) | OPTION_BIT(OPT_WAIT) | OPTION_BIT(OPT_INT) |
         OPTION_BIT(OPT_UUID) | OPTION_BIT(OPT_PASSWORD) |
         OPTION_BIT(OPT_ALPHABET) | OPTION_BIT(OPT_HOW_MANY),
     "print N bytes (k, M, G), or numbers, UUIDs, passwords", "32", run_get},
    {"raw", "SOURCE N", 2, 2,
     JSON | OPTION_BIT(OPT_FORMAT) | OPTION_BIT(OPT_BINARY) |
         OPTION_BIT(OPT_OUTPUT),
     "print N raw samples of SOURCE, one a line", "unix_ipc 1000", run_raw},
    {"status", "[SOURCE]", 0, 1, JSON | OPTION_BIT(OPT_ALL),
     "show the status of the daemon and its sources", NULL, run_status},
    {"health", "", 0, 0, JSON | OPTION_BIT(OPT_ALL),
     "show the health word and the state of each source", NULL, run_health},
    {"sources", "[SOURCE]", 0, 1, JSON | OPTION_BIT(OPT_ALL),
     "describe the sources and their settings", NULL, run_sources},
    {"ping", "", 0, 0, JSON, "show the daemon's version and response time",
     NULL, run_ping},
    {"selftest", "[SOURCE]", 0, 1, JSON,
     "run the on-demand test of SOURCE, or of all", NULL, run_selftest},
    {"wait", "", 0, 0, OPTION_BIT(OPT_TIMEOUT),
     "wait until the daemon is seeded and its sources tested", NULL, run_wait},
    {"watch", "[SOURCE]", 0, 1,
     JSON | OPTION_BIT(OPT_ALL) | OPTION_BIT(OPT_INTERVAL) |
         OPTION_BIT(OPT_COUNT),
     "show the status repeatedly", NULL, run_watch},
    {"events", "[SOURCE]", 0, 1,
     JSON | OPTION_BIT(OPT_COUNT) | OPTION_BIT(OPT_TIMEOUT),
     "print changes of the sources' states, and tests", NULL, run_events},
    {"metrics", "", 0, 0, OPTION_BIT(OPT_TEXTFILE),
     "print the status for Prometheus", NULL, run_metrics},
    {"config", "[SOURCE]", 0, 1, OPTION_BIT(OPT_ALL),
     "print the settings in force, one KEY = VALUE a line", NULL, run_config},
    {"reload", "", 0, 0, 0, "make the daemon read its configuration again",
     NULL, run_reload},
    {"bugreport", "", 0, 0, 0, "print all that a bug report should contain",
     NULL, run_bugreport},
    {"completion", "SHELL", 1, 1, 0,
     "print a completion script: bash, zsh or fish", "bash", run_completion},
    {"help", "[COMMAND]", 0, 1, 0, "show help, of COMMAND or of all", NULL,
     run_help},
    {"version", "", 0, 0, 0, "show the version", NULL, run_version},
};

const size_t ctl_command_count = sizeof(ctl_commands) / sizeof(ctl_commands[0]);

const struct ctl_command *ctl_command_find(const char *name)
{
    for (size_t i = 0; i < ctl_command_count; i++) {
        if (strcmp(ctl_commands[i].name, name) == 0)
            return &ctl_commands[i];
    }
    return NULL;
}

static void print_options(uint32_t set)
{
    for (int i = 0; i < OPTIONS_TOTAL; i++) {
        const struct ctl_option_info *option = &ctl_options[i];
        if ((set & OPTION_BIT(i)) == 0)
            continue;
        char left[48];
        snprintf(left, sizeof(left), "--%s%s%s", option->name,
                 option->value != NULL ? " " : "",
                 option->value != NULL ? option->value : "");
        if (option->letter != '\0')
            printf("  -%c, %-20s %s\n", option->letter, left, option->help);
        else
            printf("      %-20s %s\n", left, option->help);
    }
}

static void print_exits(void)
{
    static const struct {
        int code;
        const char *meaning;
    } exits[] = {
#define X(enumerator, code, meaning) {code, meaning},
        CTL_EXITS(X)
#undef X
    };

    printf("\nExit status:\n");
    for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
        printf("  %-4d %s\n", exits[i].code, exits[i].meaning);
}

void ctl_help(const struct ctl_command *command)
{
    if (command != NULL) {
        printf("Usage: entropyctl %s%s%s [OPTION]...\n\n%s\n\nOptions:\n",
               command->name, command->operands[0] != '\0' ? " " : "",
               command->operands, command->summary);
        print_options(command->options | OPTIONS_GLOBAL);
        if ((command->options & TIMES) != 0)
            printf("\nTIME is a number with ms, s, m or h, or a plain "
                   "number.\n");
        if (command->example != NULL)
            printf("\nExample: entropyctl %s %s\n", command->name,
                   command->example);
        return;
    }
    printf("Usage: entropyctl [--socket PATH] COMMAND [OPTION]...\n"
           "Gets random bytes, and the health of their sources, from "
           "entropyd.\n\nCommands:\n");
    for (size_t i = 0; i < ctl_command_count; i++) {
        char left[48];
        snprintf(left, sizeof(left), "%s %s", ctl_commands[i].name,
                 ctl_commands[i].operands);
        printf("  %-22s %s\n", left, ctl_commands[i].summary);
    }
    printf(
        "\nOptions (\"entropyctl COMMAND --help\" lists a command's own):\n");
    print_options(OPTIONS_GLOBAL);
    print_exits();
}

int ctl_refuse_command(const struct ctl_arguments *arguments, const char *name)
{
    const char *names[sizeof(ctl_commands) / sizeof(ctl_commands[0])];
    char quoted[80];

    for (size_t i = 0; i < ctl_command_count; i++)
        names[i] = ctl_commands[i].name;
    const char *nearest = nearest_name(name, names, ctl_command_count);
    quote_text(name, quoted, sizeof(quoted));
    if (nearest == NULL)
        return ctl_usage(arguments, "unknown command %s", quoted);
    return ctl_usage(arguments, "unknown command %s (did you mean %s?)", quoted,
                     nearest);
}

static int run_help(const struct ctl_arguments *arguments)
{
    const char *name = arguments->word_count > 1 ? arguments->words[1] : NULL;
    const struct ctl_command *command =
        name != NULL ? ctl_command_find(name) : NULL;

    if (name != NULL && command == NULL)
        return ctl_refuse_command(arguments, name);
    ctl_help(command);
    return CTL_OK;
}
