/* entropyctl against the real daemon: what needs its process. */

#include "tests/client/ctl/canned.h"
#include "tests/support/program.h"
#include "tests/support/run.h"

#include <signal.h>
#include <stdio.h>
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
    for (int i = 0; i < 1000 && !is_reloaded; i++) {
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
        TEST(a_bug_report_has_everything_but_random_bytes),
        {0},
    };
    return run_tests("ctl_daemon", tests);
}
