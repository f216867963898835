/* SPDX-License-Identifier: MIT */
/*
 * The daemon itself on the noise of this kernel, from start to stop, with the
 * socket paths that a careless or hostile hand would give it.
 */

#include "tests/support/assert_has.h"
#include "tests/support/patience.h"
#include "tests/support/program.h"
#include "tests/support/run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define GET                                                                    \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"            \
    "\"bytes\":32}}"
#define STATUS "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}"

static struct program daemon_program;

static void start(const char *const *arguments)
{
    program_prepare(&daemon_program);
    program_start(&daemon_program, ENTROPYD_PROGRAM, arguments);
    program_wait(&daemon_program);
}

/* Asks for status until it says `part`. */
static void await_status(int fd, const char *part)
{
    const char *reply = NULL;
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        reply = program_ask(fd, STATUS);
        if (reply != NULL && strstr(reply, part) != NULL)
            return;
        (void)usleep(10000);
    }
    assert_has(reply, part);
}

static void await_log(const char *part)
{
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        if (strstr(program_log(&daemon_program), part) != NULL)
            return;
        (void)usleep(10000);
    }
    assert_has(program_log(&daemon_program), part);
}

START_TEST(it_serves_bytes_from_two_healthy_sources_and_stops_cleanly)
{
    start(NULL);
    int fd = program_connect(&daemon_program);
    char first[1024];
    const char *reply = program_ask(fd, GET);
    assert_has(reply, "\"credited_bits\":");
    assert_has(reply, "\"encoding\":\"hex\"");
    (void)snprintf(first, sizeof(first), "%s", reply);
    ck_assert_str_ne(first, program_ask(fd, GET));
    await_status(fd, "\"health\":\"ok\"");
    await_status(fd, "\"seeded\":true");
    await_status(fd, "\"from\":\"starting\",\"to\":\"healthy\"");
    close(fd);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    ck_assert_int_ne(access(daemon_program.socket, F_OK), 0);
    assert_has(program_log(&daemon_program), "seeded");
    assert_has(program_log(&daemon_program), "stopped");
    char line[128];
    (void)snprintf(line, sizeof(line),
                   "stopping signal=SIGTERM sender_pid=%ld sender_uid=%ld",
                   (long)getpid(), (long)getuid());
    assert_has(program_log(&daemon_program), line);
    program_end(&daemon_program);
}
END_TEST

START_TEST(a_stop_right_after_the_socket_is_there_is_clean)
{
    for (long round = 0; round < scaled(20); round++) {
        program_prepare(&daemon_program);
        program_start(&daemon_program, ENTROPYD_PROGRAM, NULL);
        /* A zombie can be signalled too: ask whether it ended. */
        while (access(daemon_program.socket, F_OK) != 0)
            ck_assert_int_eq(waitpid(daemon_program.pid, NULL, WNOHANG), 0);
        (void)kill(daemon_program.pid, SIGHUP); /* no reason to end either */
        ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
        ck_assert_int_ne(access(daemon_program.socket, F_OK), 0);
        program_end(&daemon_program);
    }
}
END_TEST

START_TEST(its_rings_fill_and_then_its_workers_park)
{
    static const char *const small[] = {"--set", "pool.ring_samples=4096",
                                        NULL};
    start(small);
    int fd = program_connect(&daemon_program);
    await_status(fd, "\"parked\":true");
    close(fd);
    ck_assert_int_eq(program_stop(&daemon_program, SIGINT), 0);
    program_end(&daemon_program);
}
END_TEST

START_TEST(conditioned_bytes_come_from_real_noise)
{
    start(NULL);
    int fd = program_connect(&daemon_program);
    assert_has(program_ask(fd,
                           "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\","
                           "\"params\":{\"bytes\":256,\"quality\":"
                           "\"conditioned\",\"timeout_ms\":20000}}"),
               "\"credited_bits\":2560");
    close(fd);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}
END_TEST

START_TEST(a_second_daemon_on_the_same_socket_is_refused)
{
    char output[4096];
    start(NULL);
    const char *const second[] = {ENTROPYD_PROGRAM, "--socket",
                                  daemon_program.socket, NULL};
    ck_assert_int_eq(program_run(second, output, sizeof(output)),
                     EX_UNAVAILABLE);
    assert_has(output, daemon_program.socket);
    int fd = program_connect(&daemon_program);
    assert_has(program_ask(fd, GET), "\"result\"");
    close(fd);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}
END_TEST

START_TEST(a_killed_daemons_socket_is_replaced)
{
    start(NULL);
    ck_assert_int_eq(program_stop(&daemon_program, SIGKILL), -1);
    ck_assert_int_eq(access(daemon_program.socket, F_OK), 0);
    program_start(&daemon_program, ENTROPYD_PROGRAM, NULL);
    program_wait(&daemon_program);
    int fd = program_connect(&daemon_program);
    assert_has(program_ask(fd, GET), "\"result\"");
    close(fd);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}
END_TEST

/* Runs the daemon on `path`, which it must refuse, saying `part`. */
static void assert_refused(const char *path, const char *part)
{
    char output[4096];
    const char *const argv[] = {ENTROPYD_PROGRAM, "--socket", path, NULL};
    int status = program_run(argv, output, sizeof(output));
    ck_assert_msg(status == EX_UNAVAILABLE || status == EX_CONFIG ||
                      status == EX_USAGE || status == EX_NOPERM,
                  "%s: exit %d, %s", path, status, output);
    assert_has(output, part);
}

START_TEST(bad_socket_paths_are_refused_with_the_reason)
{
    char path[512];
    char other[512];
    program_prepare(&daemon_program);
    const char *home = daemon_program.directory;

    (void)snprintf(path, sizeof(path), "%s/%0200d", home, 7);
    char most[16];
    (void)snprintf(most, sizeof(most), "at most %zu",
                   sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
    assert_refused(path, most);

    (void)snprintf(path, sizeof(path), "%s/file", home);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    assert_refused(path, "not a socket");
    ck_assert_int_eq(access(path, F_OK), 0);

    (void)snprintf(path, sizeof(path), "%s/real", home);
    (void)snprintf(other, sizeof(other), "%s/link", home);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(symlink(path, other), 0);
    (void)snprintf(path, sizeof(path), "%s/link/socket", home);
    assert_refused(path, "symbolic link");
    ck_assert_int_eq(unlink(other), 0);

    (void)snprintf(other, sizeof(other), "%s/real", home);
    (void)snprintf(path, sizeof(path), "%s/real/socket", home);
    ck_assert_int_eq(chmod(other, 0777), 0);
    assert_refused(path, other);
    ck_assert_int_eq(chmod(other, 0700), 0);
    (void)snprintf(path, sizeof(path), "%s/real/socket.lock", home);
    (void)unlink(path);
    ck_assert_int_eq(rmdir(other), 0);
    program_end(&daemon_program);
}
END_TEST

/* Runs the daemon with two arguments; its exit status. */
static int run_with(const char *option, const char *value)
{
    char output[4096];
    const char *const argv[] = {ENTROPYD_PROGRAM, option, value, NULL};
    return program_run(argv, output, sizeof(output));
}

START_TEST(what_a_restart_does_not_cure_has_a_status_of_its_own)
{
    char path[512];
    ck_assert_int_eq(run_with("--sokcet", "/tmp/x"), EX_USAGE);
    ck_assert_int_eq(run_with("--set", "server.max_batch=0"), EX_CONFIG);
    program_prepare(&daemon_program);
    ck_assert_int_eq(chmod(daemon_program.directory, 0777), 0);
    (void)snprintf(path, sizeof(path), "%s/socket", daemon_program.directory);
    ck_assert_int_eq(run_with("--socket", path), EX_NOPERM);
    ck_assert_int_eq(chmod(daemon_program.directory, 0700), 0);
    /* What it may cure: a directory that is not there yet. */
    (void)snprintf(path, sizeof(path), "%s/none/none/socket",
                   daemon_program.directory);
    ck_assert_int_eq(run_with("--socket", path), EX_UNAVAILABLE);
    program_end(&daemon_program);
}
END_TEST

START_TEST(starts_that_fail_leave_a_log_file_bounded)
{
    char log[128], old[136], filler[1024];
    struct stat st;
    program_prepare(&daemon_program);
    (void)snprintf(log, sizeof(log), "%s/log", daemon_program.directory);
    (void)snprintf(old, sizeof(old), "%s.old", log);
    FILE *file = fopen(log, "we");
    ck_assert_ptr_nonnull(file);
    memset(filler, 'x', sizeof(filler));
    for (int i = 0; i < 64; i++)
        ck_assert_uint_eq(fwrite(filler, 1, sizeof(filler), file),
                          sizeof(filler));
    ck_assert_int_eq(fclose(file), 0);
    for (int i = 0; i < 3; i++) {
        pid_t pid = fork();
        int status;
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
            int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
            (void)dup2(fd, STDERR_FILENO);
            (void)execl(ENTROPYD_PROGRAM, ENTROPYD_PROGRAM, "--set",
                        "log.max_file_bytes=65536", "--set", "log.level=no",
                        (char *)NULL);
            _exit(127);
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(WEXITSTATUS(status), EX_CONFIG);
    }
    ck_assert_int_eq(stat(old, &st), 0);
    ck_assert_int_gt(st.st_size, 65536);
    ck_assert_int_eq(stat(log, &st), 0);
    ck_assert_int_lt(st.st_size, 1024);
    ck_assert_int_eq(unlink(log), 0);
    ck_assert_int_eq(unlink(old), 0);
    program_end(&daemon_program);
}
END_TEST

START_TEST(options_out_of_range_name_key_and_range)
{
    static const char *const bad[][2] = {
        {"sources.mach_ipc.num_ports=0", "1"},
        {"sources.mach_ipc.num_ports=65", "64"},
        {"sources.mach_ipc.num_ports=eight", "num_ports"},
        {"sources.mach_ipc.ool_size=0", "1048576"},
        {"sources.mach_ipc.ool_size=1048577", "1048576"},
        {"sources.kqueue_events.timeout_ms=-1", "100"},
        {"sources.unix_ipc.num_prots=8", "num_ports"},
        {"no.such.key=1", "no.such.key"},
    };
    char output[4096];
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        const char *const argv[] = {ENTROPYD_PROGRAM, "--set", bad[i][0],
                                    "--check-config", NULL};
        ck_assert_int_eq(program_run(argv, output, sizeof(output)), EX_CONFIG);
        assert_has(output, bad[i][1]);
    }
}
END_TEST

START_TEST(a_configuration_is_read_again_on_hangup_and_a_bad_one_is_not)
{
    char path[128];
    program_prepare(&daemon_program);
    (void)snprintf(path, sizeof(path), "%s/entropyd.json",
                   daemon_program.directory);
    const char *const arguments[] = {"--config", path, NULL};
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    (void)fputs("{\"server\": {\"max_waiting\": 5}}", file);
    ck_assert_int_eq(fclose(file), 0);
    program_start(&daemon_program, ENTROPYD_PROGRAM, arguments);
    program_wait(&daemon_program);
    int fd = program_connect(&daemon_program);
    await_status(fd, "\"max_waiting\":5");

    file = fopen(path, "we");
    (void)fputs("{\"server\": {\"max_waiting\": 6}}", file);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(kill(daemon_program.pid, SIGHUP), 0);
    await_status(fd, "\"max_waiting\":6");

    file = fopen(path, "we");
    (void)fputs("{\"server\": {\"max_waiting\": 7}", file);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(kill(daemon_program.pid, SIGHUP), 0);
    await_log("config-refused");
    await_status(fd, "\"max_waiting\":6");
    close(fd);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}
END_TEST

START_TEST(a_reload_says_how_many_keys_it_changed)
{
    char path[128];
    char line[256];
    program_prepare(&daemon_program);
    (void)snprintf(path, sizeof(path), "%s/entropyd.json",
                   daemon_program.directory);
    const char *const arguments[] = {"--config", path, NULL};
    FILE *file = fopen(path, "we");
    (void)fputs("{\"server\": {\"max_waiting\": 5}}", file);
    ck_assert_int_eq(fclose(file), 0);
    program_start(&daemon_program, ENTROPYD_PROGRAM, arguments);
    program_wait(&daemon_program);

    ck_assert_int_eq(kill(daemon_program.pid, SIGHUP), 0);
    (void)snprintf(line, sizeof(line),
                   "config-reloaded file=\"%s\" changed=0 after_restart=0",
                   path);
    await_log(line);

    file = fopen(path, "we");
    (void)fputs("{\"server\": {\"max_waiting\": 6, \"max_batch\": 7,"
                "\"max_connections\": 8}}",
                file);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(kill(daemon_program.pid, SIGHUP), 0);
    await_log("changed=2 after_restart=1");
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}
END_TEST

START_TEST(an_on_demand_test_leaves_a_log_line)
{
    char line[128];
    start(NULL);
    int fd = program_connect(&daemon_program);
    await_status(fd, "\"health\":\"ok\"");
    assert_has(program_ask(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
                               "\"selftest\"}"),
               "\"passed\":true");
    (void)snprintf(line, sizeof(line), " uid=%u result=passed state=healthy",
                   (unsigned)getuid());
    await_log("info selftest source=");
    await_log(line);
    close(fd);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}
END_TEST

START_TEST(entropyctl_tells_health_by_its_exit_code)
{
    char output[8192];
    start(NULL);
    int fd = program_connect(&daemon_program);
    await_status(fd, "\"health\":\"ok\"");
    const char *const health[] = {ENTROPYCTL_PROGRAM, "--socket",
                                  daemon_program.socket, "health", NULL};
    ck_assert_int_eq(program_run(health, output, sizeof(output)), 0);
    assert_has(output, "ok");
    const char *const get[] = {ENTROPYCTL_PROGRAM,
                               "--socket",
                               daemon_program.socket,
                               "get",
                               "32",
                               NULL};
    ck_assert_int_eq(program_run(get, output, sizeof(output)), 0);
    ck_assert_uint_eq(strspn(output, "0123456789abcdef"), 64);
    close(fd);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    ck_assert_int_eq(program_run(health, output, sizeof(output)), 3);
    program_end(&daemon_program);
}
END_TEST

START_TEST(a_stopped_and_continued_daemon_goes_on)
{
    start(NULL);
    int fd = program_connect(&daemon_program);
    assert_has(program_ask(fd, GET), "\"result\"");
    ck_assert_int_eq(kill(daemon_program.pid, SIGSTOP), 0);
    (void)usleep(200000);
    ck_assert_int_eq(kill(daemon_program.pid, SIGCONT), 0);
    assert_has(program_ask(fd, GET), "\"result\"");
    close(fd);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(it_serves_bytes_from_two_healthy_sources_and_stops_cleanly),
        TEST(a_stop_right_after_the_socket_is_there_is_clean),
        TEST(its_rings_fill_and_then_its_workers_park),
        TEST(conditioned_bytes_come_from_real_noise),
        TEST(a_second_daemon_on_the_same_socket_is_refused),
        TEST(a_killed_daemons_socket_is_replaced),
        TEST(bad_socket_paths_are_refused_with_the_reason),
        TEST(what_a_restart_does_not_cure_has_a_status_of_its_own),
        TEST(starts_that_fail_leave_a_log_file_bounded),
        TEST(options_out_of_range_name_key_and_range),
        TEST(a_configuration_is_read_again_on_hangup_and_a_bad_one_is_not),
        TEST(a_reload_says_how_many_keys_it_changed),
        TEST(an_on_demand_test_leaves_a_log_line),
        TEST(entropyctl_tells_health_by_its_exit_code),
        TEST(a_stopped_and_continued_daemon_goes_on),
        {0},
    };
    return run_tests("e2e_daemon", tests);
}
