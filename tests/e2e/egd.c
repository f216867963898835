/* SPDX-License-Identifier: MIT */
/*
 * The EGD socket of the daemon itself: made, locked, replaced and removed as
 * the other one is, passed by a service manager beside it, and served on the
 * noise of a source.
 */

#include "tests/e2e/activator.h"
#include "tests/e2e/faults/faulty.h"
#include "tests/support/assert_has.h"
#include "tests/support/patience.h"
#include "tests/support/program.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#define STATUS "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}"

static struct program daemon_program;
static char egd_path[96];
static char egd_setting[128];

/* Names the socket in this program's directory, and the setting of it. */
static void name_egd(const struct program *p)
{
    (void)snprintf(egd_path, sizeof(egd_path), "%s/egd", p->directory);
    (void)snprintf(egd_setting, sizeof(egd_setting), "egd.path=%s", egd_path);
}

static void prepare(void)
{
    program_prepare(&daemon_program);
    name_egd(&daemon_program);
}

static void start(const char *more)
{
    const char *const arguments[] = {"--set", egd_setting, "--set",
                                     more != NULL ? more : egd_setting, NULL};
    program_start(&daemon_program, ENTROPYD_PROGRAM, arguments);
    program_wait(&daemon_program);
}

static int connect_egd(void)
{
    struct program other = {.pid = 0};
    (void)snprintf(other.socket, sizeof(other.socket), "%s", egd_path);
    return program_connect(&other);
}

/* One answer of n bytes. */
static void read_bytes(int fd, uint8_t n)
{
    const uint8_t command[] = {2, n};
    uint8_t answer[256];
    ck_assert_int_eq((int)send(fd, command, 2, MSG_NOSIGNAL), 2);
    ck_assert_int_eq((int)recv(fd, answer, n, MSG_WAITALL), n);
}

static void check_is_served(void)
{
    int fd = connect_egd();
    read_bytes(fd, 32);
    close(fd);
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

START_TEST(the_socket_has_its_mode_and_is_removed_at_the_end)
{
    struct stat st;
    char lock[128];
    prepare();
    start("egd.mode=0666");
    ck_assert_int_eq(stat(egd_path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0666);
    ck_assert_int_eq(stat(daemon_program.socket, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    check_is_served();
    int fd = program_connect(&daemon_program);
    const char *status = program_ask(fd, STATUS);
    assert_has(status, "\"egd\":{\"listening\":true,");
    assert_has(status, "\"requests_total\":1,\"refused_total\":0,"
                       "\"bytes_total\":32,");
    close(fd);
    assert_has(program_log(&daemon_program), "protocol=egd socket=");
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    ck_assert_int_ne(access(egd_path, F_OK), 0);
    ck_assert_int_ne(access(daemon_program.socket, F_OK), 0);
    (void)snprintf(lock, sizeof(lock), "%s.lock", egd_path);
    ck_assert_int_eq(access(lock, F_OK), 0);
    program_end(&daemon_program);
}
END_TEST

START_TEST(without_the_key_there_is_no_socket)
{
    prepare();
    program_start(&daemon_program, ENTROPYD_PROGRAM, NULL);
    program_wait(&daemon_program);
    int fd = program_connect(&daemon_program);
    assert_has(program_ask(fd, STATUS), "\"egd\":{\"listening\":false,");
    close(fd);
    ck_assert_int_ne(access(egd_path, F_OK), 0);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    ck_assert_ptr_null(strstr(program_log(&daemon_program), "egd"));
    program_end(&daemon_program);
}
END_TEST

START_TEST(a_second_daemon_on_the_same_egd_socket_is_refused)
{
    char output[4096], other[128];
    prepare();
    start(NULL);
    (void)snprintf(other, sizeof(other), "%s/other", daemon_program.directory);
    const char *const second[] = {ENTROPYD_PROGRAM, "--socket",  other,
                                  "--set",          egd_setting, NULL};
    ck_assert_int_eq(program_run(second, output, sizeof(output)),
                     EX_UNAVAILABLE);
    assert_has(output, "another entropyd serves");
    assert_has(output, egd_path);
    ck_assert_int_ne(access(other, F_OK), 0); /* its first socket is gone */
    check_is_served();
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}
END_TEST

START_TEST(a_killed_daemons_socket_is_replaced)
{
    prepare();
    start(NULL);
    ck_assert_int_eq(program_stop(&daemon_program, SIGKILL), -1);
    ck_assert_int_eq(access(egd_path, F_OK), 0);
    start(NULL);
    check_is_served();
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}
END_TEST

START_TEST(what_is_no_socket_is_not_replaced)
{
    char output[4096];
    prepare();
    int fd = open(egd_path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    const char *const argv[] = {ENTROPYD_PROGRAM,      "--socket",
                                daemon_program.socket, "--set",
                                egd_setting,           NULL};
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), EX_UNAVAILABLE);
    assert_has(output, "is a regular file, not a socket");
    ck_assert_int_eq(access(egd_path, F_OK), 0);
    ck_assert_int_ne(access(daemon_program.socket, F_OK), 0);
    program_end(&daemon_program);
}
END_TEST

/* Another spelling of the same path, which no comparison of texts finds. */
START_TEST(the_same_socket_by_another_path_is_refused)
{
    char output[4096], setting[256];
    prepare();
    (void)snprintf(setting, sizeof(setting), "egd.path=%s/./socket",
                   daemon_program.directory);
    ck_assert_ptr_nonnull(strstr(daemon_program.socket, "/socket"));
    const char *const argv[] = {
        ENTROPYD_PROGRAM, "--socket", daemon_program.socket,
        "--set",          setting,    NULL};
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), EX_UNAVAILABLE);
    assert_has(output, "/./socket (egd.path)");
    assert_has(output, "egd.path must be another");
    ck_assert_int_ne(access(daemon_program.socket, F_OK), 0);
    program_end(&daemon_program);
}
END_TEST

START_TEST(a_reload_says_that_the_socket_needs_a_restart)
{
    char file[128];
    prepare();
    (void)snprintf(file, sizeof(file), "%s/entropyd.json",
                   daemon_program.directory);
    FILE *out = fopen(file, "w");
    ck_assert_ptr_nonnull(out);
    (void)fputs("{}", out);
    (void)fclose(out);
    const char *const arguments[] = {"--config", file, NULL};
    program_start(&daemon_program, ENTROPYD_PROGRAM, arguments);
    program_wait(&daemon_program);
    out = fopen(file, "w");
    ck_assert_ptr_nonnull(out);
    (void)fprintf(out, "{\"egd\": {\"path\": \"%s\"}}", egd_path);
    (void)fclose(out);
    ck_assert_int_eq(kill(daemon_program.pid, SIGHUP), 0);
    await_log("config-changed key=egd.path applies=after-restart");
    ck_assert_int_ne(access(egd_path, F_OK), 0);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}
END_TEST

/* Both are passed; the path in the configuration is not used, and the log says
 * so. */
START_TEST(a_service_manager_passes_both_sockets)
{
    struct activator manager;
    char unused[160];
    activator_open(&manager);
    activator_add_egd(&manager);
    name_egd(&manager.program);
    (void)snprintf(unused, sizeof(unused), "egd.path=%s/unused",
                   manager.program.directory);
    const char *const arguments[] = {"--set", unused, NULL};
    activator_start(&manager, ENTROPYD_PROGRAM, arguments);
    check_is_served();
    int fd = program_connect(&manager.program);
    assert_has(program_ask(fd, STATUS), "\"egd\":{\"listening\":true,");
    close(fd);
    assert_has(program_log(&manager.program),
               "warning setting-ignored key=egd.path value=");
    ck_assert_int_ne(access(unused + strlen("egd.path="), F_OK), 0);
    ck_assert_int_eq(activator_stop(&manager, SIGTERM), 0);
    ck_assert_int_eq(access(egd_path, F_OK), 0); /* the manager's */
    activator_start(&manager, ENTROPYD_PROGRAM, NULL);
    check_is_served();
    ck_assert_int_eq(activator_stop(&manager, SIGTERM), 0);
    activator_close(&manager);
}
END_TEST

/* The source gives its first seed when it is told to. */
START_TEST(a_read_waits_for_the_first_seed)
{
    const char *all[3] = {"pool.stall_ms=60000", NULL, NULL};
    struct faulty f;
    char answer[33];
    struct scratch scratch;
    scratch_init(&scratch);
    (void)snprintf(egd_path, sizeof(egd_path), "%s/egd", scratch.dir);
    (void)snprintf(egd_setting, sizeof(egd_setting), "egd.path=%s", egd_path);
    all[1] = egd_setting;
    faulty_start(&f, "stalling", all);
    int now = connect_egd();
    int later = connect_egd();
    ck_assert_int_eq((int)send(later, "\2\40", 2, MSG_NOSIGNAL), 2);
    ck_assert_int_eq((int)send(now, "\1\40", 2, MSG_NOSIGNAL), 2);
    ck_assert_int_eq((int)recv(now, answer, sizeof(answer), 0), 1);
    ck_assert_int_eq(answer[0], 0);
    faulty_turn_off(&f);
    ck_assert_int_eq((int)recv(later, answer, 32, MSG_WAITALL), 32);
    ck_assert_int_eq((int)send(now, "\1\40", 2, MSG_NOSIGNAL), 2);
    ck_assert_int_eq((int)recv(now, answer, 33, MSG_WAITALL), 33);
    ck_assert_int_eq(answer[0], 32);
    close(now);
    close(later);
    faulty_stop(&f);
    scratch_fini(&scratch);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_socket_has_its_mode_and_is_removed_at_the_end),
        TEST(without_the_key_there_is_no_socket),
        TEST(a_second_daemon_on_the_same_egd_socket_is_refused),
        TEST(a_killed_daemons_socket_is_replaced),
        TEST(what_is_no_socket_is_not_replaced),
        TEST(the_same_socket_by_another_path_is_refused),
        TEST(a_reload_says_that_the_socket_needs_a_restart),
        TEST(a_service_manager_passes_both_sockets),
        TEST(a_read_waits_for_the_first_seed),
        {0},
    };
    return run_tests("e2e_egd", tests);
}
