/* SPDX-License-Identifier: MIT */
/* Whom a client talks to, and how a connection is mended. */

#include "tests/client/client_rig.h"
#include "tests/support/resources.h"
#include "tests/support/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

/* Each case runs in a process of its own: its environment is its own. */
/* NOLINTBEGIN(concurrency-mt-unsafe) */

/* Makes the server's path this process's default one. */
static void use_default_path(const struct fake_server *s)
{
    unsetenv("ENTROPYD_SOCKET");
    setenv("XDG_RUNTIME_DIR", s->directory, 1);
}

static void check_connect_fails(const char *path, int expected,
                                const char *part)
{
    struct entropy_client *client = (struct entropy_client *)&expected;
    char why[ENTROPY_CLIENT_WHY_MAX] = "";
    struct entropy_client_options options = ENTROPY_CLIENT_OPTIONS;
    options.path = path;
    options.timeout_ms = 300;
    int rc = entropy_client_connect(&client, &options, why, sizeof(why));
    ck_assert_msg(rc == expected, "%s: %s", entropy_client_error_name(rc), why);
    ck_assert_msg(strstr(why, part) != NULL, "%s", why);
    ck_assert_ptr_null(client);
}

static void ping_once(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"ping\"");
    fake_result(fd, "{}");
    fake_expect_end(fd);
}

static void check_ping(struct entropy_client *client)
{
    char *json;
    int rc = entropy_client_ping(client, &json);
    ck_assert_msg(rc == 0, "%s", entropy_client_message(client));
    entropy_client_free(json);
}

START_TEST(a_default_path_is_found_and_trusted)
{
    struct fake_server s;
    fake_server_prepare(&s);
    fake_server_start(&s, ping_once);
    use_default_path(&s);
    struct entropy_client *client;
    ck_assert_int_eq(entropy_client_connect(&client, NULL, NULL, 0), 0);
    ck_assert_str_eq(entropy_client_path(client), s.path);
    check_ping(client);
    rig_end(client, &s);
}
END_TEST

static void silent(int listener)
{
    (void)listener;
    pause();
}

START_TEST(a_directory_that_others_write_to_is_not_trusted)
{
    struct fake_server s;
    char directory[96];
    fake_server_prepare(&s);
    fake_server_start(&s, silent);
    use_default_path(&s);
    snprintf(directory, sizeof(directory), "%s/entropyd", s.directory);
    static const mode_t modes[] = {0770, 0702, 0777};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(chmod(directory, modes[i]), 0);
        check_connect_fails(NULL, ENTROPY_CLIENT_UNTRUSTED_SERVER,
                            "writable by others");
    }
    /* A path that somebody named is believed. */
    struct entropy_client *client = rig_client(&s, 300);
    entropy_client_close(client);
    fake_server_remove(&s);
}
END_TEST

START_TEST(a_symbolic_link_is_not_trusted)
{
    struct fake_server s;
    char from[96];
    char to[96];
    fake_server_prepare(&s);
    fake_server_start(&s, silent);
    use_default_path(&s);
    snprintf(from, sizeof(from), "%s/entropyd", s.directory);
    snprintf(to, sizeof(to), "%s/elsewhere", s.directory);
    ck_assert_int_eq(rename(from, to), 0);
    ck_assert_int_eq(symlink(to, from), 0);
    check_connect_fails(NULL, ENTROPY_CLIENT_UNTRUSTED_SERVER, "symbolic link");
    unlink(from);
    ck_assert_int_eq(rename(to, from), 0);
    fake_server_remove(&s);
}
END_TEST

START_TEST(an_impostor_on_a_default_path_is_refused)
{
    if (geteuid() != 0)
        SKIP("another user's server needs root");
    struct fake_server s;
    fake_server_prepare(&s);
    fake_server_start_as(&s, silent, NOBODY);
    ck_assert_int_eq(lchown(s.path, NOBODY, NOBODY), 0); /* he made it */
    use_default_path(&s);
    check_connect_fails(NULL, ENTROPY_CLIENT_UNTRUSTED_SERVER,
                        "served by uid 65534");
    fake_server_remove(&s);
}
END_TEST

START_TEST(a_socket_that_root_handed_over_is_trusted)
{
    if (geteuid() != 0)
        SKIP("another user's server needs root");
    struct fake_server s;
    fake_server_prepare(&s);
    fake_server_start_as(&s, ping_once, NOBODY); /* root made the socket */
    use_default_path(&s);
    struct entropy_client *client;
    ck_assert_int_eq(entropy_client_connect(&client, NULL, NULL, 0), 0);
    check_ping(client);
    rig_end(client, &s);
}
END_TEST

START_TEST(a_foreign_directory_on_a_default_path_is_refused)
{
    if (geteuid() != 0)
        SKIP("another user's directory needs root");
    struct fake_server s;
    char directory[96];
    fake_server_prepare(&s);
    fake_server_start(&s, silent);
    use_default_path(&s);
    snprintf(directory, sizeof(directory), "%s/entropyd", s.directory);
    ck_assert_int_eq(chown(directory, NOBODY, NOBODY), 0);
    check_connect_fails(NULL, ENTROPY_CLIENT_UNTRUSTED_SERVER,
                        "belongs to uid 65534");
    fake_server_remove(&s);
}
END_TEST

START_TEST(any_server_on_a_named_path_is_trusted)
{
    if (geteuid() != 0)
        SKIP("another user's server needs root");
    struct fake_server s;
    fake_server_prepare(&s);
    fake_server_start_as(&s, ping_once, NOBODY);
    setenv("ENTROPYD_SOCKET", s.path, 1);
    struct entropy_client *client;
    ck_assert_int_eq(entropy_client_connect(&client, NULL, NULL, 0), 0);
    check_ping(client);
    rig_end(client, &s);
}
END_TEST

START_TEST(without_a_daemon_every_path_tried_is_named)
{
    struct fake_server s;
    struct stat info;
    if (stat("/run/entropyd/entropyd.sock", &info) == 0)
        SKIP("this machine runs a daemon of its own");
    fake_server_prepare(&s);
    use_default_path(&s);
    check_connect_fails(NULL, ENTROPY_CLIENT_NOT_REACHABLE, s.path);
    check_connect_fails(NULL, ENTROPY_CLIENT_NOT_REACHABLE,
                        "/run/entropyd/entropyd.sock");
    fake_server_remove(&s);
}
END_TEST

START_TEST(invalid_paths_are_distinguished)
{
    char file[] = "/tmp/entropyd-file-XXXXXX";
    char path[200];
    int fd = mkstemp(file);
    ck_assert_int_ge(fd, 0);
    close(fd);
    check_connect_fails(file, ENTROPY_CLIENT_NOT_REACHABLE, "not a socket");
    snprintf(path, sizeof(path), "%s/x", file);
    check_connect_fails(path, ENTROPY_CLIENT_NOT_REACHABLE, "no such socket");
    unlink(file);
    check_connect_fails(file, ENTROPY_CLIENT_NOT_REACHABLE, "no such socket");
    check_connect_fails("relative", ENTROPY_CLIENT_BAD_PATH, "absolute");
    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    check_connect_fails(path, ENTROPY_CLIENT_BAD_PATH, "may have");
}
END_TEST

START_TEST(a_file_that_modes_forbid_is_still_not_a_socket)
{
    char file[] = "/tmp/entropyd-file-XXXXXX";
    int fd = mkstemp(file);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fchmod(fd, 0), 0);
    close(fd);
    bool is_root = geteuid() == 0;
    if (is_root)
        ck_assert_int_eq(seteuid(NOBODY), 0);
    check_connect_fails(file, ENTROPY_CLIENT_NOT_REACHABLE, "not a socket");
    if (is_root)
        ck_assert_int_eq(seteuid(0), 0);
    unlink(file);
}
END_TEST

START_TEST(a_socket_that_modes_forbid_says_who_grants_access)
{
    struct fake_server s;
    char part[200];
    fake_server_prepare(&s);
    fake_server_start(&s, silent);
    ck_assert_int_eq(chmod(s.path, 0), 0);
    bool is_root = geteuid() == 0;
    if (is_root) {
        char folder[128];
        snprintf(folder, sizeof(folder), "%s", s.path);
        *strrchr(folder, '/') = '\0';
        ck_assert_int_eq(chmod(s.directory, 0755), 0);
        ck_assert_int_eq(chmod(folder, 0755), 0);
        ck_assert_int_eq(seteuid(NOBODY), 0);
    }
    snprintf(part, sizeof(part), "permission denied; %s is for user ", s.path);
    check_connect_fails(s.path, ENTROPY_CLIENT_ACCESS_DENIED, part);
    check_connect_fails(s.path, ENTROPY_CLIENT_ACCESS_DENIED, "(mode 0000)");
    if (is_root) {
        /* Where the socket cannot be seen, its directory. */
        ck_assert_int_eq(seteuid(0), 0);
        char *end = strrchr(s.path, '/');
        *end = '\0';
        ck_assert_int_eq(chmod(s.path, 0700), 0);
        snprintf(part, sizeof(part), "; %s is for user root and group ",
                 s.path);
        *end = '/';
        ck_assert_int_eq(seteuid(NOBODY), 0);
        check_connect_fails(s.path, ENTROPY_CLIENT_ACCESS_DENIED, part);
        ck_assert_int_eq(seteuid(0), 0);
    }
    fake_server_kill(&s);
    fake_server_remove(&s);
}
END_TEST

START_TEST(a_stale_socket_refuses_the_connection)
{
    struct fake_server s;
    fake_server_prepare(&s);
    fake_server_start(&s, silent);
    fake_server_kill(&s);
    check_connect_fails(s.path, ENTROPY_CLIENT_NOT_REACHABLE,
                        "connection refused");
    fake_server_remove(&s);
}
END_TEST

START_TEST(invalid_options_are_refused)
{
    struct entropy_client *client;
    char why[ENTROPY_CLIENT_WHY_MAX] = "";
    struct entropy_client_options options = ENTROPY_CLIENT_OPTIONS;
    options.timeout_ms = -2;
    ck_assert_int_eq(
        entropy_client_connect(&client, &options, why, sizeof(why)),
        ENTROPY_CLIENT_MISUSE);
    ck_assert_ptr_nonnull(strstr(why, "timeout_ms"));
    options = (struct entropy_client_options){.size = 0};
    ck_assert_int_eq(
        entropy_client_connect(&client, &options, why, sizeof(why)),
        ENTROPY_CLIENT_MISUSE);
    ck_assert_int_eq(entropy_client_connect(NULL, NULL, why, sizeof(why)),
                     ENTROPY_CLIENT_MISUSE);
    entropy_client_close(NULL);
}
END_TEST

/* A daemon that is restarted between two requests. */
static void first_life(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"ping\"");
    fake_result(fd, "{}");
    /* The process ends, and the connection with it. */
}

START_TEST(a_restarted_daemon_is_reconnected_to)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, first_life, 5000);
    check_ping(client);
    fake_server_end(&s);
    fake_server_start(&s, ping_once);
    check_ping(client);
    /* The call worked: what it got over is not its message. */
    ck_assert_str_eq(entropy_client_message(client), "");
    rig_end(client, &s);
}
END_TEST

START_TEST(the_path_is_that_of_the_last_connection)
{
    struct stat info;
    if (stat("/run/entropyd/entropyd.sock", &info) == 0)
        SKIP("this machine runs a daemon of its own");
    struct fake_server s;
    struct entropy_client *client;
    char *json;
    fake_server_prepare(&s);
    use_default_path(&s);
    fake_server_start(&s, first_life);
    ck_assert_int_eq(entropy_client_connect(&client, NULL, NULL, 0), 0);
    check_ping(client);
    fake_server_end(&s);
    check_error(client, entropy_client_ping(client, &json),
                ENTROPY_CLIENT_NOT_REACHABLE, "; cannot connect to /run/");
    ck_assert_str_eq(entropy_client_path(client), s.path);
    entropy_client_close(client);
    fake_server_remove(&s);
}
END_TEST

START_TEST(a_stopped_daemon_is_reported_and_may_come_back)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, first_life, 5000);
    char *json;
    check_ping(client);
    fake_server_end(&s);
    check_error(client, entropy_client_ping(client, &json),
                ENTROPY_CLIENT_NOT_REACHABLE, "connection refused");
    fake_server_start(&s, ping_once);
    check_ping(client);
    rig_end(client, &s);
}
END_TEST

static void refuse_twice(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"ping\"");
    fake_result(fd, "{}");
    close(fd);
    /* The second attempt of the same call is the last. */
    close(fake_accept(listener));
    fd = fake_accept(listener);
    fake_expect(fd, "\"status\"");
    fake_result(fd, "{}");
    fake_expect_end(fd);
}

START_TEST(a_call_is_retried_only_once)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, refuse_twice, 5000);
    char *json;
    check_ping(client);
    usleep(20000); /* the close arrives */
    check_error(client, entropy_client_ping(client, &json),
                ENTROPY_CLIENT_DISCONNECTED, "connection closed");
    ck_assert_int_eq(entropy_client_status(client, &json), 0);
    entropy_client_free(json);
    rig_end(client, &s);
}
END_TEST

START_TEST(a_closed_connection_raises_no_signal)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, first_life, 5000);
    signal(SIGPIPE, SIG_DFL);
    check_ping(client);
    fake_server_end(&s);
    char *json;
    /* Twice: the first write after a close may still succeed. */
    for (int i = 0; i < 2; i++)
        ck_assert_int_ne(entropy_client_ping(client, &json), 0);
    entropy_client_close(client);
    fake_server_remove(&s);
}
END_TEST

/* Two connections, served in turn; each has bytes of its own. */
static void parent_and_child(int listener)
{
    int parent = fake_accept(listener);
    fake_expect(parent, "\"get\"");
    fake_binary(parent, 1, 64, 64);
    int child = fake_accept(listener);
    fake_expect(child, "\"get\"");
    fake_binary(child, 100, 64, 64);
    fake_expect_end(child);
    fake_expect(parent, "\"get\"");
    fake_binary(parent, 2, 64, 64);
    fake_expect_end(parent);
}

START_TEST(after_fork_neither_process_reads_the_others_bytes)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, parent_and_child, 5000);
    uint8_t bytes[64];
    ck_assert_int_eq(
        entropy_client_get(client, bytes, sizeof(bytes), NULL, NULL), 0);
    check_pattern(bytes, 1, sizeof(bytes));
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        int rc = entropy_client_get(client, bytes, sizeof(bytes), NULL, NULL);
        bool is_own = rc == 0 && bytes[0] == 100 && bytes[63] == 163;
        entropy_client_close(client);
        _exit(is_own ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    /* The parent's connection outlived the child's close. */
    ck_assert_int_eq(
        entropy_client_get(client, bytes, sizeof(bytes), NULL, NULL), 0);
    check_pattern(bytes, 2, sizeof(bytes));
    rig_end(client, &s);
}
END_TEST

START_TEST(a_child_that_only_closes_leaves_the_parent_connected)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, ping_once, 5000);
    pid_t pid = fork();
    if (pid == 0) {
        entropy_client_close(client);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    check_ping(client);
    rig_end(client, &s);
}
END_TEST

START_TEST(a_server_that_never_accepts_is_waited_for_until_the_timeout)
{
    struct fake_server s;
    fake_server_prepare(&s);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, s.path, strlen(s.path) + 1);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(
        bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(listener, 0), 0);
    /* Until its queue is full connecting works; then it must end in time. */
    struct entropy_client *clients[16];
    struct entropy_client_options options = ENTROPY_CLIENT_OPTIONS;
    options.path = s.path;
    options.timeout_ms = 100;
    int rc = 0;
    size_t count = 0;
    while (rc == 0 && count < 16)
        rc = entropy_client_connect(&clients[count++], &options, NULL, 0);
    /* macOS refuses at once where Linux lets one wait. */
    ck_assert_msg(rc == ENTROPY_CLIENT_NO_ANSWER ||
                      rc == ENTROPY_CLIENT_NOT_REACHABLE,
                  "%s", entropy_client_error_name(rc));
    for (size_t i = 0; i < count; i++)
        entropy_client_close(clients[i]);
    close(listener);
    fake_server_remove(&s);
}
END_TEST

static void accept_and_close(int listener)
{
    for (;;)
        close(fake_accept(listener));
}

START_TEST(a_thousand_clients_leave_no_resources)
{
    struct fake_server s;
    fake_server_prepare(&s);
    fake_server_start(&s, accept_and_close);
    struct resources before = resources_now();
    for (long i = 0; i < scaled(1000); i++) {
        struct entropy_client *client = rig_client(&s, 5000);
        char *json;
        if (i % 2 == 0)
            ck_assert_int_ne(entropy_client_ping(client, &json), 0);
        entropy_client_close(client);
    }
    ck_assert_int_eq(resources_now().descriptors, before.descriptors);
    fake_server_remove(&s);
}
END_TEST

START_TEST(descriptors_are_closed_on_exec)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, ping_once, 5000);
    struct resources before = resources_now();
    pid_t pid = fork();
    if (pid == 0) {
        /* One descriptor more than the three that a shell has would show. */
        execl("/bin/sh", "sh", "-c",
              "for n in 4 5 6 7 8 9; do "
              "if [ -S /dev/fd/$n ]; then exit 1; fi; done",
              (char *)NULL);
        _exit(127);
    }
    int status;
    waitpid(pid, &status, 0);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(resources_now().descriptors, before.descriptors);
    check_ping(client);
    rig_end(client, &s);
}
END_TEST

/* NOLINTEND(concurrency-mt-unsafe) */

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_default_path_is_found_and_trusted),
        TEST(a_directory_that_others_write_to_is_not_trusted),
        TEST(a_symbolic_link_is_not_trusted),
        TEST(an_impostor_on_a_default_path_is_refused),
        TEST(a_socket_that_root_handed_over_is_trusted),
        TEST(a_foreign_directory_on_a_default_path_is_refused),
        TEST(any_server_on_a_named_path_is_trusted),
        TEST(without_a_daemon_every_path_tried_is_named),
        TEST(invalid_paths_are_distinguished),
        TEST(a_file_that_modes_forbid_is_still_not_a_socket),
        TEST(a_socket_that_modes_forbid_says_who_grants_access),
        TEST(a_stale_socket_refuses_the_connection),
        TEST(invalid_options_are_refused),
        TEST(a_restarted_daemon_is_reconnected_to),
        TEST(the_path_is_that_of_the_last_connection),
        TEST(a_stopped_daemon_is_reported_and_may_come_back),
        TEST(a_call_is_retried_only_once),
        TEST(a_closed_connection_raises_no_signal),
        TEST(after_fork_neither_process_reads_the_others_bytes),
        TEST(a_child_that_only_closes_leaves_the_parent_connected),
        TEST(a_server_that_never_accepts_is_waited_for_until_the_timeout),
        TEST(a_thousand_clients_leave_no_resources),
        TEST(descriptors_are_closed_on_exec),
        {0},
    };
    return run_tests("client_connection", tests);
}
