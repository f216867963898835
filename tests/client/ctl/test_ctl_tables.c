/* SPDX-License-Identifier: MIT */
/* entropyctl's tables against --help, the manual page and the completions; the
 * library's names against its page. */

#include "base/commit.h"
#include "client/ctl/commands.h"
#include "client/ctl/connect.h"
#include "client/entropy_client.h"
#include "tests/client/ctl/canned.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Longer than any text that is looked at here. */
#define TEXT_MAX (128 * 1024)

static struct ctl_result result;
static struct ctl_result other;

static const char *read_file(const char *path)
{
    static char text[TEXT_MAX];
    FILE *file = fopen(path, "re");
    ck_assert_msg(file != NULL, "%s cannot be read", path);
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

static void check_has(const char *text, const char *part, const char *where)
{
    ck_assert_msg(strstr(text, part) != NULL, "%s: no %s", where, part);
}

START_TEST(help_shows_every_command_option_and_exit_code)
{
    ctl_run(NULL, &result, "--help", NULL);
    ck_assert_int_eq(result.code, 0);
    for (size_t i = 0; i < ctl_command_count; i++) {
        check_has(result.out, ctl_commands[i].name, "--help");
        check_has(result.out, ctl_commands[i].summary, "--help");
    }
#define X(enumerator, code, meaning) check_has(result.out, meaning, "--help");
    CTL_EXITS(X)
#undef X
    for (size_t i = 0; i < ctl_command_count; i++) {
        ctl_run(NULL, &result, ctl_commands[i].name, "--help", NULL);
        ck_assert_int_eq(result.code, 0);
        for (int k = 0; k < OPTIONS_TOTAL; k++) {
            bool is_there = strstr(result.out, ctl_options[k].help) != NULL;
            bool belongs = ((ctl_commands[i].options | OPTIONS_GLOBAL) &
                            OPTION_BIT(k)) != 0;
            ck_assert_msg(is_there == belongs, "%s --help and --%s",
                          ctl_commands[i].name, ctl_options[k].name);
        }
    }
}
END_TEST

static void check_width(const char *text)
{
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        ck_assert_msg(length <= 80, "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

START_TEST(help_fits_80_columns)
{
    ctl_run(NULL, &result, "help", NULL);
    check_width(result.out);
    for (size_t i = 0; i < ctl_command_count; i++) {
        ctl_run(NULL, &result, "help", ctl_commands[i].name, NULL);
        check_width(result.out);
    }
}
END_TEST

START_TEST(help_is_a_command_too)
{
    ctl_run(NULL, &result, "--help", NULL);
    ctl_run(NULL, &other, "help", NULL);
    ck_assert_str_eq(result.out, other.out);
    for (size_t i = 0; i < ctl_command_count; i++) {
        ctl_run(NULL, &result, ctl_commands[i].name, "-h", NULL);
        ctl_run(NULL, &other, "help", ctl_commands[i].name, NULL);
        ck_assert_int_eq(other.code, 0);
        ck_assert_str_eq(result.out, other.out);
    }
    ctl_run(NULL, &other, "help", "gett", NULL);
    ck_assert_int_eq(other.code, 64);
    check_has(other.err, "did you mean get?", "help gett");
}
END_TEST

START_TEST(the_version_is_shown)
{
    ctl_run(NULL, &result, "--version", NULL);
    ck_assert_int_eq(result.code, 0);
    if (ENTROPYD_COMMIT[0] != '\0')
        ck_assert_str_eq(result.out, "entropyctl " PROJECT_VERSION
                                     " (" ENTROPYD_COMMIT ")\n");
    else
        ck_assert_str_eq(result.out, "entropyctl " PROJECT_VERSION "\n");
    ctl_run(NULL, &other, "version", NULL);
    ck_assert_str_eq(result.out, other.out);
    ctl_run(NULL, &other, "-V", NULL);
    ck_assert_str_eq(result.out, other.out);
}
END_TEST

START_TEST(no_command_has_two_options_of_one_name_or_letter)
{
    for (size_t i = 0; i < ctl_command_count; i++) {
        uint32_t set = ctl_commands[i].options | OPTIONS_GLOBAL;
        for (int a = 0; a < OPTIONS_TOTAL; a++) {
            for (int b = 0; b < a; b++) {
                if ((set & OPTION_BIT(a)) == 0 || (set & OPTION_BIT(b)) == 0)
                    continue;
                ck_assert_str_ne(ctl_options[a].name, ctl_options[b].name);
                ck_assert(ctl_options[a].letter == '\0' ||
                          ctl_options[a].letter != ctl_options[b].letter);
            }
        }
    }
}
END_TEST

/* Appends the page's items of a command to text: it may have several, one for
 * each way to call it. */
static void find_items(const char *page, const char *name, char *text,
                       size_t size)
{
    char parts[2][96];
    size_t length = 0;

    snprintf(parts[0], sizeof(parts[0]), "\n.Cm %s\n", name);
    snprintf(parts[1], sizeof(parts[1]), "\n.It Cm %s", name);
    text[0] = '\0';
    for (int i = 0; i < 2; i++) {
        for (const char *item = page;
             (item = strstr(item, parts[i])) != NULL;) {
            const char *end = strstr(item + 1, "\n.It ");
            const char *list_end = strstr(item + 1, "\n.El");
            if (end == NULL || list_end < end)
                end = list_end;
            length += (size_t)snprintf(text + length, size - length, "%.*s",
                                       (int)(end - item), item);
            ck_assert_uint_lt(length, size);
            item = end;
        }
    }
}

START_TEST(the_manual_page_has_every_command_option_and_exit_code)
{
    const char *page = read_file(CTL_PAGE);
    char part[96];
    for (size_t i = 0; i < ctl_command_count; i++) {
        const struct ctl_command *command = &ctl_commands[i];
        static char text[16384];
        find_items(page, command->name, text, sizeof(text));
        ck_assert_msg(text[0] != '\0', "no item of %s", command->name);
        for (int k = 0; k < OPTIONS_TOTAL; k++) {
            if ((command->options & OPTION_BIT(k)) == 0)
                continue;
            snprintf(part, sizeof(part), "Fl -%s", ctl_options[k].name);
            check_has(text, part, command->name);
        }
    }
    for (int k = 0; k < OPTIONS_TOTAL; k++) {
        if (ctl_options[k].letter != '\0')
            snprintf(part, sizeof(part), "\n.It Fl %c , Fl -%s",
                     ctl_options[k].letter, ctl_options[k].name);
        else
            snprintf(part, sizeof(part), "\n.It Fl -%s", ctl_options[k].name);
        check_has(page, part, "options");
    }
#define X(enumerator, code, meaning)                                           \
    snprintf(part, sizeof(part), "\n.It %d\n", code);                          \
    check_has(page, part, "exit codes");
    CTL_EXITS(X)
#undef X
}
END_TEST

START_TEST(the_manual_page_of_the_library_has_every_function_and_error)
{
    static char header[TEXT_MAX];
    snprintf(header, sizeof(header), "%s", read_file(LIBRARY_HEADER));
    const char *page = read_file(LIBRARY_PAGE);
    int functions = 0;
    for (const char *at = header;
         (at = strstr(at, "ENTROPY_CLIENT_API")) != NULL; at++) {
        const char *open = strchr(at, '(');
        const char *name = strstr(at, "entropy_client_");
        /* A return type may be an entropy_client_ name itself. */
        for (const char *next = name; next != NULL && next < open;
             next = strstr(next + 1, "entropy_client_"))
            name = next;
        if (name == NULL || name > open)
            continue;
        char part[96];
        snprintf(part, sizeof(part), ".Nm %.*s", (int)(open - name), name);
        check_has(page, part, "entropy_client.3");
        snprintf(part, sizeof(part), "%.*s", (int)(open - name), name);
        functions++;
    }
    ck_assert_int_ge(functions, 20);
    for (int error = -1; error >= ENTROPY_CLIENT_ACCESS_DENIED; error--)
        check_has(page, entropy_client_error_name(error), "errors");
    for (int error = -32009; error <= -32001; error++)
        check_has(page, entropy_client_error_name(error), "errors");
}
END_TEST

START_TEST(completion_scripts_contain_every_command_and_option)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    for (size_t s = 0; s < 3; s++) {
        ctl_run(NULL, &result, "completion", shells[s], NULL);
        ck_assert_int_eq(result.code, 0);
        for (size_t i = 0; i < ctl_command_count; i++)
            check_has(result.out, ctl_commands[i].name, shells[s]);
        for (int k = 0; k < OPTIONS_TOTAL; k++) {
            char part[48];
            snprintf(part, sizeof(part), s < 2 ? "--%s" : "-l %s",
                     ctl_options[k].name);
            check_has(result.out, part, shells[s]);
        }
    }
    ctl_run(NULL, &result, "completion", "tcsh", NULL);
    ck_assert_int_eq(result.code, 64);
}
END_TEST

static bool exists(const char *program)
{
    char command[64];
    snprintf(command, sizeof(command), "command -v %s >/dev/null", program);
    return system(command) == 0; /* NOLINT(concurrency-mt-unsafe) */
}

/* Runs a line of bash behind the completion script, which is loaded in the way
 * that also works in the bash of macOS. */
static bool bash_says(const char *line)
{
    char script[1024];
    snprintf(script, sizeof(script),
             "exec bash --norc -c 'eval \"$(\"%s\" completion bash)\"; %s'",
             ENTROPYCTL_PROGRAM, line);
    int status = system(script); /* NOLINT(concurrency-mt-unsafe) */
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

START_TEST(bash_completes)
{
    if (!exists("bash"))
        SKIP("there is no bash here");
    ck_assert(bash_says("COMP_WORDS=(entropyctl sta); COMP_CWORD=1; "
                        "_entropyctl; [ \"${COMPREPLY[*]}\" = status ]"));
    ck_assert(bash_says("COMP_WORDS=(entropyctl get 5 --qu); COMP_CWORD=3; "
                        "_entropyctl; [ \"${COMPREPLY[*]}\" = --quality ]"));
    ck_assert(bash_says("COMP_WORDS=(entropyctl get --quality c); "
                        "COMP_CWORD=3; _entropyctl; "
                        "[ \"${COMPREPLY[*]}\" = conditioned ]"));
    ck_assert(bash_says("COMP_WORDS=(entropyctl get --alphabet d); "
                        "COMP_CWORD=3; _entropyctl; "
                        "[ \"${COMPREPLY[*]}\" = digits ]"));
    ck_assert(bash_says("COMP_WORDS=(entropyctl -s x hea); COMP_CWORD=3; "
                        "_entropyctl; [ \"${COMPREPLY[*]}\" = health ]"));
    ck_assert(bash_says("COMP_WORDS=(entropyctl get 4 -q c); COMP_CWORD=4; "
                        "_entropyctl; "
                        "[ \"${COMPREPLY[*]}\" = conditioned ]"));
    /* --quality=c, as bash parts it. */
    ck_assert(bash_says("COMP_WORDS=(entropyctl get 4 --quality = c); "
                        "COMP_CWORD=5; _entropyctl; "
                        "[ \"${COMPREPLY[*]}\" = conditioned ]"));
    ck_assert(bash_says("COMP_WORDS=(entropyctl --socket = x hea); "
                        "COMP_CWORD=4; _entropyctl; "
                        "[ \"${COMPREPLY[*]}\" = health ]"));
    ck_assert(bash_says("folder=$(mktemp -d) && touch \"$folder/a b\" && "
                        "COMP_WORDS=(entropyctl get 4 -o \"$folder/\"); "
                        "COMP_CWORD=4; _entropyctl; rm -r \"$folder\"; "
                        "[ ${#COMPREPLY[*]} = 1 ]"));
    ck_assert(!bash_says("COMP_WORDS=(entropyctl get 4 -t \"\"); "
                         "COMP_CWORD=4; _entropyctl; "
                         "[ -n \"${COMPREPLY[*]}\" ]"));
    ck_assert(!bash_says("COMP_WORDS=(entropyctl status --b); COMP_CWORD=2; "
                         "_entropyctl; [ -n \"${COMPREPLY[*]}\" ]"));
}
END_TEST

START_TEST(source_names_are_completed)
{
    struct fake_server s;
    canned_answer("sources",
                  "{\"sources\":[{\"name\":\"one\"},{\"name\":\"two\"}]}");
    fake_server_prepare(&s);
    fake_server_start(&s, canned_script);
    ctl_run(&s, &result, "completion", "sources", NULL);
    ck_assert_str_eq(result.out, "one\ntwo\n");
    if (exists("bash")) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
        setenv("ENTROPYD_SOCKET", s.path, 1);
        ck_assert(bash_says("COMP_WORDS=(" ENTROPYCTL_PROGRAM
                            " status t); COMP_CWORD=2; _entropyctl; "
                            "[ \"${COMPREPLY[*]}\" = two ]"));
    }
    fake_server_remove(&s);
    /* Without a daemon it is silent. */
    ctl_run(&s, &result, "completion", "sources", NULL);
    ck_assert_str_eq(result.out, "");
    ck_assert_str_eq(result.err, "");
}
END_TEST

/* Does fish complete the line to this, and only this? */
static bool fish_offers(const char *line, const char *offers)
{
    char script[1024];
    snprintf(script, sizeof(script),
             "exec fish --no-config -c 'set -x PATH (dirname \"%s\") $PATH; "
             "entropyctl completion fish | source; set offers (complete -C "
             "\"%s\" | string replace -r \"\\t.*\" \"\" | string join ,); "
             "test \"$offers\" = \"%s\"'",
             ENTROPYCTL_PROGRAM, line, offers);
    int status = system(script); /* NOLINT(concurrency-mt-unsafe) */
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

START_TEST(fish_completes)
{
    if (!exists("fish"))
        SKIP("there is no fish here");
    ck_assert(fish_offers("entropyctl stat", "status"));
    ck_assert(fish_offers("entropyctl get 5 --qu", "--quality"));
    ck_assert(fish_offers("entropyctl get --quality c", "conditioned"));
    ck_assert(fish_offers("entropyctl get --uu", "--uuid"));
    ck_assert(fish_offers("entropyctl get --alphabet d", "digits"));
    ck_assert(fish_offers("entropyctl completion b", "bash"));
    ck_assert(fish_offers("entropyctl help ge", "get"));
    ck_assert(fish_offers("entropyctl status --bin", ""));
}
END_TEST

START_TEST(zsh_completes)
{
    if (!exists("zsh"))
        SKIP("there is no zsh here");
    char script[512];
    snprintf(script, sizeof(script), "exec zsh -f \"%s\" \"%s\"",
             COMPLETION_TYPED, ENTROPYCTL_PROGRAM);
    ck_assert_int_eq(system(script), 0); /* NOLINT(concurrency-mt-unsafe) */
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(help_shows_every_command_option_and_exit_code),
        TEST(help_fits_80_columns),
        TEST(help_is_a_command_too),
        TEST(the_version_is_shown),
        TEST(no_command_has_two_options_of_one_name_or_letter),
        TEST(the_manual_page_has_every_command_option_and_exit_code),
        TEST(the_manual_page_of_the_library_has_every_function_and_error),
        TEST(completion_scripts_contain_every_command_and_option),
        TEST(bash_completes),
        TEST(zsh_completes),
        TEST(fish_completes),
        TEST(source_names_are_completed),
        {0},
    };
    return run_tests("ctl_tables", tests);
}
