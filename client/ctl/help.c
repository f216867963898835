/* Two columns; what does not fit into the first pushes the second along. */

#include "client/ctl/help.h"
#include "client/ctl/exit.h"

#include <stdio.h>

static void print_options(uint32_t set)
{
    for (int i = 0; i < OPTION_COUNT_OF; i++) {
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
    printf("\nExit codes:\n");
    for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
        printf("  %-4d %s\n", exits[i].code, exits[i].meaning);
}

static void print_command(const struct ctl_command *command)
{
    printf("usage: entropyctl %s%s%s [options]\n\n%s\n\nOptions:\n",
           command->name, command->operands[0] != '\0' ? " " : "",
           command->operands, command->summary);
    print_options(command->options | OPTIONS_GLOBAL);
}

void ctl_help(const struct ctl_command *command)
{
    if (command != NULL) {
        print_command(command);
        return;
    }
    printf("usage: entropyctl [--socket PATH] command [options]\n\n"
           "Asks entropyd for random bytes and for the health of their "
           "sources.\n\nCommands:\n");
    for (size_t i = 0; i < ctl_command_count; i++) {
        char left[48];
        snprintf(left, sizeof(left), "%s %s", ctl_commands[i].name,
                 ctl_commands[i].operands);
        printf("  %-22s %s\n", left, ctl_commands[i].summary);
    }
    printf("\nOptions (entropyctl COMMAND --help shows a command's own):\n");
    print_options(OPTIONS_GLOBAL);
    print_exits();
}
