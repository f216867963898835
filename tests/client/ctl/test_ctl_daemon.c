/* SPDX-License-Identifier: MIT */
/* entropyctl against the real daemon: what needs its process. */

#include "tests/client/ctl/canned.h"
#include "tests/support/patience.h"
#include "tests/support/program.h"
#include "tests/support/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct program daemon_program;
static struct ctl_result result;

static void run(const char *command)
{
    ctl_run(NULL, &result, "--socket", daemon_program.socket, command, NULL);
}

static void start(void)
{
    program_prepare(&daemon_program);
    program_start(&daemon_program, ENTROPYD_PROGRAM, NULL);
    program_wait(&daemon_program);
}

static void end(void)
{
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}

static void check_has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "no %s in\n%s", part, text);
}

START_TEST(config_shows_the_settings_in_force)
{
    static const char *const options[] = {"--set", "server.max_connections=77",
                                          NULL};
    program_prepare(&daemon_program);
    program_start(&daemon_program, ENTROPYD_PROGRAM, options);
    program_wait(&daemon_program);
    run("config");
    ck_assert_int_eq(result.code, 0);
    check_has(result.out, "server.max_connections = 77\n");
    check_has(result.out, ".enabled = true\n");
    check_has(result.out, ".claim_bits = ");
    end();
}
END_TEST

START_TEST(reload_signals_the_daemon)
{
    start();
    run("reload");
    ck_assert_msg(result.code == 0, "%s", result.err);
    check_has(result.out, "sent SIGHUP to entropyd, pid ");
    bool is_reloaded = false;
    for (int i = 0; i < PATIENCE_MS / 10 && !is_reloaded; i++) {
        is_reloaded =
            strstr(program_log(&daemon_program), "config-reloaded") != NULL;
        usleep(10000);
    }
    ck_assert(is_reloaded);
    end();
}
END_TEST

START_TEST(reload_never_signals_another_process)
{
    struct fake_server s;
    canned_answer("status", canned_status); /* pid 77 */
    fake_server_prepare(&s);
    fake_server_start(&s, canned_script);
    ctl_run(&s, &result, "reload", NULL);
    ck_assert_int_eq(result.code, 5);
    check_has(result.err, "systemctl reload entropyd");
    fake_server_remove(&s);
}
END_TEST

static bool exists(const char *program)
{
    char command[64];
    snprintf(command, sizeof(command), "command -v %s >/dev/null", program);
    return system(command) == 0; /* NOLINT(concurrency-mt-unsafe) */
}

/* The next example of the page from *at on, as it is pasted; NULL at the end.
 */
static const char *next_example(const char **at)
{
    static const char begin[] = "\n.Bd -literal -offset indent\n";
    static char text[1024];
    const char *from = strstr(*at, begin);
    if (from == NULL)
        return NULL;
    from += strlen(begin);
    const char *end = strstr(from, ".Ed\n");
    ck_assert_ptr_nonnull(end);
    snprintf(text, sizeof(text), "%.*s", (int)(end - from), from);
    ck_assert_ptr_null(strchr(text, '\\')); /* no roff escapes */
    *at = end;
    return text;
}

static const char *read_examples(void)
{
    static char page[64 * 1024];
    FILE *file = fopen(CTL_PAGE, "re");
    ck_assert_ptr_nonnull(file);
    page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
    fclose(file);
    const char *examples = strstr(page, "\n.Sh EXAMPLES\n");
    ck_assert_ptr_nonnull(examples);
    return examples;
}

/* Runs an example in the daemon's directory; `service` and `logger` exist. */
static int paste(const char *example, const char *socket)
{
    char command[2048];
    snprintf(command, sizeof(command),
             "cd '%s' && mkdir -p bin && ln -sf '%s' bin/entropyctl && "
             "for name in service logger; do "
             "printf '#!/bin/sh\\n' >bin/$name; chmod +x bin/$name; done && "
             "PATH=$PWD/bin:$PATH ENTROPYD_SOCKET='%s' && "
             "export PATH ENTROPYD_SOCKET && set -e && %s",
             daemon_program.directory, ENTROPYCTL_PROGRAM, socket, example);
    return system(command); /* NOLINT(concurrency-mt-unsafe) */
}

START_TEST(the_examples_of_the_manual_page_work_as_pasted)
{
    if (!exists("jq"))
        SKIP("there is no jq here");
    start();
    const char *at = read_examples();
    const char *example;
    int count = 0;
    while ((example = next_example(&at)) != NULL) {
        /* An indent of 11 columns before it, and 80 are not to be exceeded. */
        for (const char *line = example; *line != '\0';) {
            ck_assert_uint_le(strcspn(line, "\n"), 67);
            line = strchr(line, '\n') + 1;
        }
        ck_assert_msg(paste(example, daemon_program.socket) == 0, "%s",
                      example);
        count++;
    }
    ck_assert_int_ge(count, 6);
    char check[256];
    snprintf(check, sizeof(check),
             "cd '%s' && test $(wc -c <seed) = 1048576 && "
             "grep -q '^entropyd_up 1$' entropyd.prom && ! test -e *.prom.*; "
             "rm -rf bin seed entropyd.prom",
             daemon_program.directory);
    ck_assert_int_eq(system(check), 0); /* NOLINT(concurrency-mt-unsafe) */
    end();
}
END_TEST

START_TEST(the_example_of_alarms_names_each_source_once)
{
    if (!exists("jq"))
        SKIP("there is no jq here");
    struct fake_server s;
    canned_answer("status",
                  "{\"sources\":[{\"name\":\"two\",\"alarms\":{\"rct\":{"
                  "\"intermittent\":2,\"permanent\":1},\"apt\":{"
                  "\"intermittent\":1,\"permanent\":0}}},{\"name\":\"none\","
                  "\"alarms\":{\"rct\":{\"intermittent\":0,\"permanent\":0}}}]"
                  "}");
    fake_server_prepare(&s);
    fake_server_start(&s, canned_script);
    program_prepare(&daemon_program);
    const char *at = read_examples();
    const char *example;
    char command[2048] = "";
    while ((example = next_example(&at)) != NULL) {
        if (strstr(example, "jq") != NULL)
            snprintf(command, sizeof(command), "test \"$(%s)\" = two", example);
    }
    ck_assert_int_eq(paste(command, s.path), 0);
    ck_assert_int_eq(paste("rm -rf bin", s.path), 0);
    program_end(&daemon_program);
    fake_server_remove(&s);
}
END_TEST

START_TEST(a_bug_report_has_everything_but_random_bytes)
{
    start();
    run("bugreport");
    ck_assert_msg(result.code == 0, "%s", result.err);
    check_has(result.out, "entropyctl ");
    check_has(result.out, "\nsystem: ");
    check_has(result.out, daemon_program.socket);
    check_has(result.out, "\n--- health\n");
    check_has(result.out, "\"max_connections\": ");
    check_has(result.out, "\nserver.max_connections = 1024\n");
    ck_assert_ptr_null(strstr(result.out, "\"data\""));
    end();
    run("bugreport");
    ck_assert_int_eq(result.code, 3);
    check_has(result.out, "\nsystem: ");
    check_has(result.err, "not_reachable");
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(config_shows_the_settings_in_force),
        TEST(reload_signals_the_daemon),
        TEST(reload_never_signals_another_process),
        TEST(the_examples_of_the_manual_page_work_as_pasted),
        TEST(the_example_of_alarms_names_each_source_once),
        TEST(a_bug_report_has_everything_but_random_bytes),
        {0},
    };
    return run_tests("ctl_daemon", tests);
}
