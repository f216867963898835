/* entropyctl: a person's and a script's way to entropyd. */

#include "base/descriptor.h"
#include "base/nearest.h"
#include "client/ctl/commands.h"
#include "client/ctl/exit.h"
#include "client/ctl/help.h"
#include "protocol/version.h"

#include <signal.h>
#include <stdio.h>

static int refuse(const char *why)
{
    fprintf(stderr, "entropyctl: %s\n(entropyctl --help shows how)\n", why);
    return CTL_USAGE;
}

static int refuse_command(const char *name)
{
    const char *names[32];
    size_t count = 0;
    for (; count < ctl_command_count && count < 32; count++)
        names[count] = ctl_commands[count].name;
    const char *nearest = nearest_name(name, names, count);
    struct reason why;
    if (nearest != NULL)
        reason_set(&why, "no command \"%.60s\"; did you mean %s?", name,
                   nearest);
    else
        reason_set(&why, "no command \"%.60s\"", name);
    return refuse(why.text);
}

/* Checks the number of operands and runs the command. */
static int run(const struct ctl_command *command,
               const struct ctl_arguments *arguments)
{
    size_t operands = arguments->word_count - 1;
    if (operands < command->min_operands || operands > command->max_operands) {
        struct reason why;
        reason_set(&why, "%s takes %s; %zu given", command->name,
                   command->max_operands == 0 ? "no operands"
                                              : command->operands,
                   operands);
        return refuse(why.text);
    }
    int code = command->run(arguments);
    /* What the kernel did not take, nobody has read. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "entropyctl: standard output cannot be written\n");
        return CTL_OUTPUT;
    }
    return code;
}

int main(int argc, char **argv)
{
    if (standard_streams_keep() < 0)
        return CTL_OUTPUT;
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow: an EFBIG */
    const char *name = ctl_find_command(argc, argv);
    const struct ctl_command *command =
        name != NULL ? ctl_command_find(name) : NULL;
    if (name != NULL && command == NULL)
        return refuse_command(name);
    struct ctl_arguments arguments;
    struct reason why;
    uint32_t allowed =
        OPTIONS_GLOBAL | (command != NULL ? command->options : 0);
    if (!ctl_arguments_read(&arguments, argc, argv, allowed, &why))
        return refuse(why.text);
    if (ctl_is_given(&arguments, OPTION_HELP)) {
        ctl_help(command);
        return fflush(stdout) == 0 ? CTL_OK : CTL_OUTPUT;
    }
    if (ctl_is_given(&arguments, OPTION_VERSION)) {
        printf("entropyctl %s\n", ENTROPYD_VERSION);
        return fflush(stdout) == 0 ? CTL_OK : CTL_OUTPUT;
    }
    if (command == NULL)
        return refuse("a command is needed");
    return run(command, &arguments);
}
