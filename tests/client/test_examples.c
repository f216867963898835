/* SPDX-License-Identifier: MIT */
/* The programs of docs/examples, run against the real daemon. */

#include "tests/support/patience.h"
#include "tests/support/program.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct program daemon_program;

/* Starts the daemon, found by the environment as a user's own would be. */
static void start(void)
{
    program_prepare(&daemon_program);
    program_start(&daemon_program, ENTROPYD_PROGRAM, NULL);
    program_wait(&daemon_program);
    /* This process has one thread. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    setenv("ENTROPYD_SOCKET", daemon_program.socket, 1);
    int fd = program_connect(&daemon_program);
    bool is_ok = false;
    for (int i = 0; !is_ok && i < PATIENCE_MS / 10; i++) {
        const char *reply = program_ask(
            fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"health\"}");
        is_ok = reply != NULL && strstr(reply, "\"health\":\"ok\"") != NULL;
        if (!is_ok)
            usleep(10000);
    }
    ck_assert_msg(is_ok, "%s", program_log_end(&daemon_program));
    close(fd);
}

static void end(void)
{
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}

static bool exists(const char *program)
{
    char command[64];
    snprintf(command, sizeof(command), "command -v %s >/dev/null", program);
    return system(command) == 0; /* NOLINT(concurrency-mt-unsafe) */
}

static void check_has(const char *output, const char *part)
{
    ck_assert_msg(strstr(output, part) != NULL, "no %s in\n%s", part, output);
}

START_TEST(key_prints_a_key_and_its_credit)
{
    char output[1024];
    static const char *const argv[] = {EXAMPLE_KEY, NULL};
    start();
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), 0);
    check_has(output, "320 credited bits from ");
    check_has(output, "health: ok");
    end();
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), 1);
    check_has(output, "cannot connect to");
}
END_TEST

START_TEST(watch_ends_after_no_events)
{
    char output[1024];
    static const char *const argv[] = {EXAMPLE_WATCH, "0", NULL};
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), 0);
    ck_assert_str_eq(output, "");
}
END_TEST

START_TEST(watch_sees_a_source_start)
{
    /* A daemon that is just starting has its sources' first moves ahead. */
    char output[4096] = "";
    static const char *const argv[] = {EXAMPLE_WATCH, "1", NULL};
    static const char *const slow[] = {
        "--set", "sources.epoll_events.timer_min_us=2000",
        "--set", "sources.epoll_events.timer_max_us=2100",
        "--set", "sources.epoll_events.num_sockets=0",
        "--set", "sources.epoll_events.num_file_watchers=0",
        "--set", "sources.epoll_events.num_timers=1",
        NULL};
    program_prepare(&daemon_program);
    program_start(&daemon_program, ENTROPYD_PROGRAM, slow);
    program_wait(&daemon_program);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    setenv("ENTROPYD_SOCKET", daemon_program.socket, 1);
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), 0);
    check_has(output, "watching ");
    check_has(output, "\"from\":\"starting\"");
    end();
}
END_TEST

START_TEST(entropyd_py_prints_a_key_and_its_credit)
{
    if (!exists("python3"))
        SKIP("there is no python3 here");
    char output[2048];
    static const char *const argv[] = {"/usr/bin/env", "python3",
                                       EXAMPLES "/entropyd.py", NULL};
    start();
    int code = program_run(argv, output, sizeof(output));
    ck_assert_msg(code == 0, "%s", output);
    check_has(output, "health ok");
    check_has(output, "made with 320 credited bits from ");
    end();
}
END_TEST

/* Runs argv where no daemon is: it must fail, say so, and print nothing that
 * could be taken for a key. */
static void check_fails_without_daemon(const char *const argv[])
{
    char output[2048];
    char socket[SCRATCH_PATH_MAX];
    struct scratch scratch;
    scratch_init(&scratch);
    scratch_setenv("ENTROPYD_SOCKET", NULL);
    scratch_setenv("XDG_RUNTIME_DIR", scratch.dir);
    if (access("/run/entropyd/entropyd.sock", F_OK) != 0) {
        ck_assert_int_eq(program_run(argv, output, sizeof(output)), 1);
        check_has(output,
                  scratch_path(&scratch, "entropyd/entropyd.sock", socket));
        check_has(output, "/run/entropyd/entropyd.sock");
        ck_assert_ptr_null(strstr(output, "Traceback"));
        ck_assert_ptr_eq(strchr(output, '\n'), output + strlen(output) - 1);
    }
    scratch_setenv("ENTROPYD_SOCKET", scratch_path(&scratch, "socket", socket));
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), 1);
    check_has(output, socket);
    ck_assert_ptr_null(strstr(output, "Traceback"));
    scratch_fini(&scratch);
}

START_TEST(examples_fail_loudly_without_a_daemon)
{
    static const char *const ask[] = {"/bin/sh", EXAMPLES "/ask.sh", NULL};
    static const char *const client[] = {"/usr/bin/env", "python3",
                                         EXAMPLES "/entropyd.py", NULL};
    static const char *const key[] = {EXAMPLE_KEY, NULL};
    check_fails_without_daemon(key);
    if (exists("socat"))
        check_fails_without_daemon(ask);
    if (exists("python3"))
        check_fails_without_daemon(client);
    if (!exists("socat") || !exists("python3"))
        SKIP("there is no socat or no python3 here");
}
END_TEST

START_TEST(ask_sh_fails_loudly_without_socat)
{
    char output[1024];
    static const char *const argv[] = {"/bin/sh", EXAMPLES "/ask.sh", NULL};
    struct scratch scratch;
    scratch_init(&scratch);
    scratch_setenv("PATH", scratch.dir);
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), 1);
    ck_assert_str_eq(output, "ask.sh: socat is not installed\n");
    scratch_fini(&scratch);
}
END_TEST

START_TEST(ask_sh_needs_only_socat)
{
    if (!exists("socat"))
        SKIP("there is no socat here");
    char output[1024];
    static const char *const argv[] = {"/bin/sh", EXAMPLES "/ask.sh", NULL};
    start();
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), 0);
    ck_assert_uint_eq(strspn(output, "0123456789abcdef"), 32);
    check_has(output, "\nok\n");
    end();
}
END_TEST

/* Lets the daemon be found as one of XDG_RUNTIME_DIR is. */
static void move_to_runtime_directory(char *runtime)
{
    char path[128];
    ck_assert_ptr_nonnull(mkdtemp(runtime));
    snprintf(path, sizeof(path), "%s/entropyd", runtime);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/entropyd/entropyd.sock", runtime);
    ck_assert_int_eq(symlink(daemon_program.socket, path), 0);
    unsetenv("ENTROPYD_SOCKET");           /* NOLINT(concurrency-mt-unsafe) */
    setenv("XDG_RUNTIME_DIR", runtime, 1); /* NOLINT(concurrency-mt-unsafe) */
}

static void remove_runtime_directory(const char *runtime)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/entropyd/entropyd.sock", runtime);
    unlink(path);
    snprintf(path, sizeof(path), "%s/entropyd", runtime);
    rmdir(path);
    rmdir(runtime);
}

START_TEST(ask_sh_finds_the_users_own_daemon)
{
    if (!exists("socat"))
        SKIP("there is no socat here");
    char runtime[] = "/tmp/entropyd-runtime-XXXXXX";
    char output[1024];
    static const char *const argv[] = {"/bin/sh", EXAMPLES "/ask.sh", NULL};
    start();
    move_to_runtime_directory(runtime);
    int code = program_run(argv, output, sizeof(output));
    remove_runtime_directory(runtime);
    ck_assert_msg(code == 0, "%s", output);
    check_has(output, "\nok\n");
    end();
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(key_prints_a_key_and_its_credit),
        TEST(watch_ends_after_no_events),
        TEST(watch_sees_a_source_start),
        TEST(entropyd_py_prints_a_key_and_its_credit),
        TEST(examples_fail_loudly_without_a_daemon),
        TEST(ask_sh_fails_loudly_without_socat),
        TEST(ask_sh_needs_only_socat),
        TEST(ask_sh_finds_the_users_own_daemon),
        {0},
    };
    return run_tests("examples", tests);
}
