/* SPDX-License-Identifier: MIT */
/* completion: scripts for bash, zsh and fish, from the tables of commands and
 * options. */

#include "base/quote.h"
#include "client/ctl/commands.h"
#include "client/ctl/connect.h"
#include "client/ctl/text.h"

#include <stdio.h>
#include <string.h>

static void print_command_names(const struct ctl_arguments *table)
{
    for (size_t i = 0; i < table->command_count; i++)
        printf("%s%s", i > 0 ? " " : "", table->commands[i].name);
}

static void print_option_names(uint32_t set)
{
    for (int i = 0; i < OPTIONS_TOTAL; i++) {
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

/* A user does not wait longer for the completions of a key. */
#define COMPLETION_MS 500

/* What a script runs for the names of the sources; program is as typed. */
#define LIST_SOURCES(program) program " completion sources 2>/dev/null"

static bool takes_source(const struct ctl_command *command)
{
    return strstr(command->operands, "SOURCE") != NULL;
}

/* The words that a command's operand may be, separated by blanks, if they are
 * known. */
static void print_operands(const struct ctl_arguments *table,
                           const struct ctl_command *command,
                           const char *list_sources)
{
    if (strcmp(command->name, "completion") == 0)
        printf("bash zsh fish");
    else if (strcmp(command->name, "help") == 0)
        print_command_names(table);
    else if (takes_source(command))
        printf("$(%s)", list_sources);
}

/* Has an option before it the same name? Its values are completed alike. */
static bool is_repeated(int option)
{
    for (int i = 0; i < option; i++) {
        if (strcmp(ctl_options[i].name, ctl_options[option].name) == 0)
            return true;
    }
    return false;
}

static bool names_file(int option)
{
    return option == OPT_SOCKET || option == OPT_OUTPUT ||
           option == OPT_TEXTFILE;
}

/* --name, and -l where it has a letter. */
static void print_bash_pattern(const struct ctl_option_info *option)
{
    printf("    --%s", option->name);
    if (option->letter != '\0')
        printf("|-%c", option->letter);
    printf(") ");
}

/* A case for each option that takes a value: known words, files, or nothing
 * that could be offered. */
static void print_bash_values(void)
{
    for (int i = 0; i < OPTIONS_TOTAL; i++) {
        const struct ctl_option_info *option = &ctl_options[i];
        if (option->value == NULL || is_repeated(i))
            continue;
        print_bash_pattern(option);
        if (option->choices != NULL) {
            printf("COMPREPLY=($(compgen -W \"");
            print_choices(option->choices);
            printf("\" -- \"$cur\")); return ;;\n");
        } else if (names_file(i)) {
            printf("IFS=$'\\n'; COMPREPLY=($(compgen -f -- \"$cur\"))\n"
                   "        compopt -o filenames 2>/dev/null; return ;;\n");
        } else {
            printf("return ;;\n");
        }
    }
}

static void print_bash(const struct ctl_arguments *table)
{
    /* Bash takes --option=value for three words. That of macOS, 3.2, has
     * neither mapfile nor compopt, and sources nothing from <(). */
    printf("# bash completion for entropyctl: "
           "eval \"$(entropyctl completion bash)\"\n"
           "# shellcheck disable=SC2207\n"
           "_entropyctl()\n{\n"
           "    local cur=${COMP_WORDS[COMP_CWORD]}\n"
           "    local prev=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    local command='' words='' IFS=$' \\t\\n' i\n"
           "    if [ \"$cur\" = = ]; then cur=''\n"
           "    elif [ \"$prev\" = = ]; then "
           "prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
           "    COMPREPLY=()\n"
           "    case $prev in\n");
    print_bash_values();
    printf(
        "    esac\n"
        "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
        "        case ${COMP_WORDS[i]} in\n"
        "        -s|--socket) [ \"${COMP_WORDS[i+1]}\" = = ] && i=$((i + 1))\n"
        "            i=$((i + 1)) ;;\n"
        "        -*) ;;\n"
        "        *) command=${COMP_WORDS[i]}; break ;;\n"
        "        esac\n"
        "    done\n"
        "    case $command in\n"
        "    '') words=\"");
    print_command_names(table);
    print_option_names(OPTIONS_GLOBAL);
    printf("\" ;;\n");
    for (size_t i = 0; i < table->command_count; i++) {
        printf("    %s) words=\"", table->commands[i].name);
        print_operands(table, &table->commands[i],
                       LIST_SOURCES("\"${COMP_WORDS[0]}\""));
        print_option_names(table->commands[i].options | OPTIONS_GLOBAL);
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

/* '(-q --quality)'{-q+,--quality=}'[help]:QUALITY:(drbg conditioned)' */
static void print_zsh_option(int i)
{
    const struct ctl_option_info *option = &ctl_options[i];
    bool has_value = option->value != NULL;
    printf("            ");
    if (option->letter != '\0')
        printf("'(-%c --%s)'{-%c%s,--%s%s}'[", option->letter, option->name,
               option->letter, has_value ? "+" : "", option->name,
               has_value ? "=" : "");
    else
        printf("'--%s%s[", option->name, has_value ? "=" : "");
    print_zsh_text(option->help);
    printf("]");
    if (has_value) {
        printf(":%s:", option->value);
        if (option->choices != NULL) {
            printf("(");
            print_choices(option->choices);
            printf(")");
        } else if (names_file(i)) {
            printf("_files");
        }
    }
    printf("' \\\n");
}

static void print_zsh_options(uint32_t set)
{
    for (int i = 0; i < OPTIONS_TOTAL; i++) {
        if ((set & OPTION_BIT(i)) != 0)
            print_zsh_option(i);
    }
}

static void print_zsh(const struct ctl_arguments *table)
{
    printf("#compdef entropyctl\n"
           "# zsh completion for entropyctl: a file _entropyctl in a folder of "
           "$fpath, or\n"
           "# . <(entropyctl completion zsh) behind compinit\n"
           "_entropyctl()\n{\n"
           "    local -a commands\n"
           "    commands=(\n");
    for (size_t i = 0; i < table->command_count; i++) {
        printf("        '%s:", table->commands[i].name);
        print_zsh_text(table->commands[i].summary);
        printf("'\n");
    }
    printf("    )\n"
           "    local i command= state\n"
           "    for ((i = 2; i < CURRENT; i++)); do\n"
           "        case $words[i] in\n"
           "        -s|--socket) ((i++)) ;;\n"
           "        -*) ;;\n"
           "        *) command=$words[i]; break ;;\n"
           "        esac\n"
           "    done\n"
           "    case $command in\n");
    for (size_t i = 0; i < table->command_count; i++) {
        printf("    %s)\n        _arguments -s \\\n", table->commands[i].name);
        print_zsh_options(table->commands[i].options | OPTIONS_GLOBAL);
        printf("            '*:operand:(");
        print_operands(table, &table->commands[i], LIST_SOURCES("$words[1]"));
        printf(")' ;;\n");
    }
    printf("    *)\n        _arguments -s \\\n");
    print_zsh_options(OPTIONS_GLOBAL);
    printf("            '1:command:->command'\n"
           "        [[ $state != command ]] || "
           "_describe command commands ;;\n"
           "    esac\n"
           "}\n"
           "if [[ $funcstack[1] == _entropyctl ]]; then\n"
           "    _entropyctl \"$@\"\n"
           "else\n"
           "    compdef _entropyctl entropyctl\n"
           "fi\n");
}

/* Text in single quotes, as fish has them. */
static void print_fish_text(const char *text)
{
    putchar('\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('\'');
}

/* An option, where the condition holds. */
static void print_fish_option(const char *condition, int i)
{
    const struct ctl_option_info *option = &ctl_options[i];

    printf("complete -c entropyctl -n '%s' -l %s", condition, option->name);
    if (option->letter != '\0')
        printf(" -s %c", option->letter);
    if (option->value != NULL)
        printf(names_file(i) ? " -r -F" : " -x");
    if (option->choices != NULL) {
        printf(" -a '");
        print_choices(option->choices);
        printf("'");
    }
    printf(" -d ");
    print_fish_text(option->help);
    printf("\n");
}

static void print_fish(const struct ctl_arguments *table)
{
    char condition[80];

    printf("# fish completion for entropyctl: entropyctl completion fish | "
           "source\n"
           "complete -c entropyctl -f\n");
    for (int i = 0; i < OPTIONS_TOTAL; i++) {
        if ((OPTIONS_GLOBAL & OPTION_BIT(i)) != 0)
            print_fish_option("true", i);
    }
    for (size_t k = 0; k < table->command_count; k++) {
        const struct ctl_command *command = &table->commands[k];
        printf("complete -c entropyctl -n __fish_use_subcommand -a %s -d ",
               command->name);
        print_fish_text(command->summary);
        printf("\n");
        snprintf(condition, sizeof(condition), "__fish_seen_subcommand_from %s",
                 command->name);
        for (int i = 0; i < OPTIONS_TOTAL; i++) {
            if ((command->options & OPTION_BIT(i)) != 0)
                print_fish_option(condition, i);
        }
        if (takes_source(command)) {
            printf("complete -c entropyctl -n '%s' -a '(" LIST_SOURCES(
                       "entropyctl") ")'\n",
                   condition);
        } else if (strcmp(command->name, "completion") == 0 ||
                   strcmp(command->name, "help") == 0) {
            printf("complete -c entropyctl -n '%s' -a '", condition);
            print_operands(table, command, "");
            printf("'\n");
        }
    }
}

/* The names of the sources, one a line; nothing where no daemon answers. */
static int print_sources(const struct ctl_arguments *arguments)
{
    struct entropy_client *client = NULL;
    char *json = NULL;
    json_t *result = NULL;
    size_t i;
    const json_t *source;

    int code = ctl_connect(arguments, COMPLETION_MS, true, &client);
    if (code != CTL_OK)
        return code;
    int rc = entropy_client_sources(client, &json);
    code = rc < 0 ? (int)ctl_exit_of(rc) : ctl_load(json, &result);
    json_array_foreach(json_object_get(result, "sources"), i, source)
    {
        char name[80];
        printf("%s\n", text_at(source, "name", name, sizeof(name)));
    }
    json_decref(result);
    entropy_client_close(client);
    return code;
}

int run_completion(const struct ctl_arguments *arguments)
{
    const char *shell = arguments->words[1];
    char quoted[80];

    if (strcmp(shell, "bash") == 0)
        print_bash(arguments);
    else if (strcmp(shell, "zsh") == 0)
        print_zsh(arguments);
    else if (strcmp(shell, "fish") == 0)
        print_fish(arguments);
    else if (strcmp(shell, "sources") == 0) /* for the scripts themselves */
        return print_sources(arguments);
    else
        return ctl_usage(arguments,
                         "completion needs bash, zsh or fish, not %s",
                         quote_text(shell, quoted, sizeof(quoted)));
    return CTL_OK;
}
