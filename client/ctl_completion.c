/* completion: scripts for bash and zsh, out of the tables. */

#include "client/ctl_commands.h"
#include "client/ctl_exit.h"
#include "client/ctl_run.h"

#include <stdio.h>
#include <string.h>

static void print_command_names(void)
{
    for (size_t i = 0; i < ctl_command_count; i++)
        printf("%s%s", i > 0 ? " " : "", ctl_commands[i].name);
}

static void print_option_names(uint32_t set)
{
    for (int i = 0; i < OPTION_COUNT_OF; i++) {
        if ((set & OPTION_BIT(i)) != 0)
            printf(" --%s", ctl_options[i].name);
    }
}

/* The choices of an option, with | as blanks. */
static void print_choices(const char *choices)
{
    for (; *choices != '\0'; choices++)
        putchar(*choices == '|' ? ' ' : *choices);
}

/* Cases for options whose value is known, and for those that name files. */
static void print_bash_values(void)
{
    for (int i = 0; i < OPTION_COUNT_OF; i++) {
        const struct ctl_option_info *option = &ctl_options[i];
        if (option->choices != NULL) {
            printf("    --%s) COMPREPLY=($(compgen -W \"", option->name);
            print_choices(option->choices);
            printf("\" -- \"$cur\")); return ;;\n");
        } else if (i == OPTION_SOCKET || i == OPTION_OUTPUT) {
            printf("    --%s|-%c) COMPREPLY=($(compgen -f -- \"$cur\")); "
                   "return ;;\n",
                   option->name, option->letter);
        }
    }
}

static void print_bash(void)
{
    printf("# bash completion for entropyctl: entropyctl completion bash\n"
           "_entropyctl()\n{\n"
           "    local cur=${COMP_WORDS[COMP_CWORD]}\n"
           "    local prev=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    local command= i\n"
           "    case $prev in\n");
    print_bash_values();
    printf("    esac\n"
           "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "        case ${COMP_WORDS[i]} in\n"
           "        -s|--socket) i=$((i + 1)) ;;\n"
           "        -*) ;;\n"
           "        *) command=${COMP_WORDS[i]}; break ;;\n"
           "        esac\n"
           "    done\n"
           "    local words\n"
           "    case $command in\n"
           "    '') words=\"");
    print_command_names();
    print_option_names(OPTIONS_GLOBAL);
    printf("\" ;;\n");
    for (size_t i = 0; i < ctl_command_count; i++) {
        printf("    %s) words=\"", ctl_commands[i].name);
        if (ctl_commands[i].run == run_completion)
            printf("bash zsh");
        print_option_names(ctl_commands[i].options | OPTIONS_GLOBAL);
        printf("\" ;;\n");
    }
    printf("    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
           "}\n"
           "complete -F _entropyctl entropyctl\n");
}

/* Text within single quotes of an _arguments or _describe word. */
static void print_zsh_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            printf("'\\''");
        else if (strchr("[]:\\", *text) != NULL)
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void print_zsh_option(int i)
{
    const struct ctl_option_info *option = &ctl_options[i];
    printf("            '--%s[", option->name);
    print_zsh_text(option->help);
    printf("]");
    if (option->value != NULL) {
        printf(":%s:", option->value);
        if (option->choices != NULL) {
            printf("(");
            print_choices(option->choices);
            printf(")");
        } else if (i == OPTION_SOCKET || i == OPTION_OUTPUT) {
            printf("_files");
        }
    }
    printf("' \\\n");
}

static void print_zsh(void)
{
    printf("#compdef entropyctl\n"
           "# zsh completion for entropyctl: entropyctl completion zsh\n"
           "_entropyctl()\n{\n"
           "    local -a commands\n"
           "    commands=(\n");
    for (size_t i = 0; i < ctl_command_count; i++) {
        printf("        '%s:", ctl_commands[i].name);
        print_zsh_text(ctl_commands[i].summary);
        printf("'\n");
    }
    printf("    )\n"
           "    local i command=\n"
           "    for ((i = 2; i < CURRENT; i++)); do\n"
           "        case $words[i] in\n"
           "        -s|--socket) ((i++)) ;;\n"
           "        -*) ;;\n"
           "        *) command=$words[i]; break ;;\n"
           "        esac\n"
           "    done\n"
           "    case $command in\n");
    for (size_t i = 0; i < ctl_command_count; i++) {
        printf("    %s)\n        _arguments \\\n", ctl_commands[i].name);
        for (int k = 0; k < OPTION_COUNT_OF; k++) {
            if (((ctl_commands[i].options | OPTIONS_GLOBAL) & OPTION_BIT(k)) !=
                0)
                print_zsh_option(k);
        }
        printf("            '*::%s:' ;;\n",
               ctl_commands[i].run == run_completion ? "shell:(bash zsh)"
                                                     : "operand");
    }
    printf("    *)\n        _describe command commands ;;\n"
           "    esac\n"
           "}\n"
           "_entropyctl \"$@\"\n");
}

int run_completion(const struct ctl_arguments *arguments)
{
    if (strcmp(arguments->words[1], "bash") == 0) {
        print_bash();
        return CTL_OK;
    }
    if (strcmp(arguments->words[1], "zsh") == 0) {
        print_zsh();
        return CTL_OK;
    }
    fprintf(stderr,
            "entropyctl: completion is there for bash and zsh, not "
            "for \"%.40s\"\n",
            arguments->words[1]);
    return CTL_USAGE;
}
