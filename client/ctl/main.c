/* SPDX-License-Identifier: MIT */
/* entropyctl: the command-line client of entropyd. */

#include "base/descriptor.h"
#include "base/quote.h"
#include "client/ctl/commands.h"
#include "client/ctl/connect.h"

#include <signal.h>
#include <stdio.h>

/* Checks the number of operands and runs the command. */
static int run(const struct ctl_command *command,
               const struct ctl_arguments *arguments)
{
    size_t operands = arguments->word_count - 1;

    if (operands < command->min_operands)
        return ctl_usage(
            arguments, "%s needs %s, for example: entropyctl %s %s",
            command->name, command->operands, command->name, command->example);
    if (operands > command->max_operands) {
        char quoted[80];
        return ctl_usage(arguments, "unexpected argument %s",
                         quote_text(arguments->words[command->max_operands + 1],
                                    quoted, sizeof(quoted)));
    }
    return command->run(arguments);
}

static int read_and_run(int argc, char **argv)
{
    struct ctl_arguments arguments = {.commands = ctl_commands,
                                      .command_count = ctl_command_count};
    struct reason why;
    const char *name = ctl_find_command(argc, argv);
    const struct ctl_command *command =
        name != NULL ? ctl_command_find(name) : NULL;

    if (name != NULL && command == NULL)
        return ctl_refuse_command(&arguments, name);
    if (!ctl_arguments_read(
            &arguments, argc, argv,
            OPTIONS_GLOBAL | (command != NULL ? command->options : 0), &why)) {
        arguments.words[0] = name;
        arguments.word_count = name != NULL;
        return ctl_usage(&arguments, "%s", why.text);
    }
    if (ctl_is_given(&arguments, OPT_HELP)) {
        ctl_help(command);
        return CTL_OK;
    }
    if (ctl_is_given(&arguments, OPT_VERSION))
        return run_version(&arguments);
    if (command == NULL)
        return ctl_usage(&arguments, "no command given");
    return run(command, &arguments);
}

int main(int argc, char **argv)
{
    if (standard_streams_keep() < 0)
        return CTL_OUTPUT;
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow: an EFBIG */
    int code = read_and_run(argc, argv);
    /* A write that the kernel refused was never read. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "entropyctl: cannot write standard output\n");
        return CTL_OUTPUT;
    }
    return code;
}
