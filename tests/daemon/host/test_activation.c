/* SPDX-License-Identifier: MIT */
/* systemd's side of a start, played by hand; Linux only. */

#include "base/reason.h"
#include "daemon/host/activation.h"
#include "daemon/host/listener.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Descriptors are handed over from here on; check itself may hold some of
 * these, and each case has a process of its own to lose them in. */
#define FIRST_FD 3
#define MOST     4

/* Puts `count` sockets where systemd puts them, and its variables beside. */
static void hand_over(int count, const char *fds, const char *names)
{
    char pid[16];
    for (int i = 0; i < MOST; i++)
        close(FIRST_FD + i);
    for (int i = 0; i < count; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        ck_assert_int_ge(fd, 0);
        if (fd != FIRST_FD + i) {
            ck_assert_int_eq(dup2(fd, FIRST_FD + i), FIRST_FD + i);
            close(fd);
        }
    }
    (void)snprintf(pid, sizeof(pid), "%d", getpid());
    scratch_setenv("LISTEN_PID", pid);
    scratch_setenv("LISTEN_FDS", fds);
    if (names != NULL)
        scratch_setenv("LISTEN_FDNAMES", names);
    else
        scratch_setenv("LISTEN_FDNAMES", NULL);
}

static const char *const names_of_ours[] = {ACTIVATION_NAME,
                                            ACTIVATION_NAME_EGD};

/* The first socket, -ENOENT where there is none, or the error; the second one's
 * in `second`. */
static int second;

static int take(struct reason *why)
{
    int fds[2];
    int rc = activation_sockets(names_of_ours, 2, fds, why);
    if (rc < 0)
        ck_assert(fds[0] == -1 && fds[1] == -1);
    second = fds[1];
    return rc < 0 ? rc : fds[0] < 0 ? -ENOENT : fds[0];
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* Nothing of it may reach a later process. */
static void check_variables_are_gone(void)
{
    ck_assert_ptr_null(scratch_getenv("LISTEN_PID"));
    ck_assert_ptr_null(scratch_getenv("LISTEN_FDS"));
    ck_assert_ptr_null(scratch_getenv("LISTEN_FDNAMES"));
}

START_TEST(a_start_by_hand_hands_over_nothing)
{
    struct reason why = {.text = ""};
    scratch_setenv("LISTEN_PID", NULL);
    scratch_setenv("LISTEN_FDS", NULL);
    ck_assert_int_eq(take(&why), -ENOENT);
    ck_assert_str_eq(why.text, "");
}
END_TEST

START_TEST(variables_of_another_process_are_not_ours)
{
    struct reason why;
    hand_over(1, "1", NULL);
    scratch_setenv("LISTEN_PID", "1");
    ck_assert_int_eq(take(&why), -ENOENT);
    ck_assert(is_open(FIRST_FD));
    check_variables_are_gone();
}
END_TEST

START_TEST(the_only_socket_is_taken_whatever_its_name)
{
    static const char *const names[] = {NULL, "entropyd.socket",
                                        ACTIVATION_NAME, ""};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct reason why;
        hand_over(1, "1", names[i]);
        ck_assert_int_eq(take(&why), FIRST_FD);
        ck_assert_int_ne(fcntl(FIRST_FD, F_GETFD) & FD_CLOEXEC, 0);
        check_variables_are_gone();
    }
}
END_TEST

START_TEST(of_several_the_named_one_is_taken_and_the_others_are_closed)
{
    struct reason why;
    hand_over(3, "3", "other:" ACTIVATION_NAME ":third");
    ck_assert_int_eq(take(&why), FIRST_FD + 1);
    ck_assert(!is_open(FIRST_FD));
    ck_assert(is_open(FIRST_FD + 1));
    ck_assert(!is_open(FIRST_FD + 2));
}
END_TEST

START_TEST(each_socket_goes_to_its_name)
{
    struct reason why;
    hand_over(3, "3", ACTIVATION_NAME_EGD ":other:" ACTIVATION_NAME);
    ck_assert_int_eq(take(&why), FIRST_FD + 2);
    ck_assert_int_eq(second, FIRST_FD);
    ck_assert_int_ne(fcntl(FIRST_FD, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_ne(fcntl(FIRST_FD + 2, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert(!is_open(FIRST_FD + 1));
    check_variables_are_gone();
}
END_TEST

START_TEST(the_only_socket_goes_to_its_name_if_it_has_one)
{
    struct reason why;
    hand_over(1, "1", ACTIVATION_NAME_EGD);
    ck_assert_int_eq(take(&why), -ENOENT);
    ck_assert_int_eq(second, FIRST_FD);
    ck_assert(is_open(FIRST_FD));
    hand_over(1, "1", ACTIVATION_NAME);
    ck_assert_int_eq(take(&why), FIRST_FD);
    ck_assert_int_eq(second, -1);
}
END_TEST

START_TEST(several_without_the_name_or_with_two_are_refused)
{
    struct reason why;
    static const char *const names[] = {NULL,
                                        "a:b",
                                        ACTIVATION_NAME ":" ACTIVATION_NAME,
                                        "a:Listenersx",
                                        ACTIVATION_NAME_EGD ":a",
                                        ACTIVATION_NAME_EGD
                                        ":" ACTIVATION_NAME_EGD};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        hand_over(2, "2", names[i]);
        ck_assert_int_eq(take(&why), -EINVAL);
        ck_assert_ptr_nonnull(strstr(why.text, "2 sockets were passed"));
        ck_assert(!is_open(FIRST_FD));
        ck_assert(!is_open(FIRST_FD + 1));
        check_variables_are_gone();
    }
}
END_TEST

START_TEST(a_count_that_is_none_is_refused)
{
    static const char *const counts[] = {
        "", "0", "-1", "one", "1x", " 1", "+1", "1.0", "99999999999999999999"};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct reason why;
        hand_over(1, counts[i], NULL);
        ck_assert_int_eq(take(&why), -EINVAL);
        ck_assert_ptr_nonnull(strstr(why.text, "LISTEN_FDS"));
        check_variables_are_gone();
    }
}
END_TEST

START_TEST(a_descriptor_that_is_not_there_is_refused)
{
    struct reason why;
    hand_over(0, "1", NULL);
    ck_assert_int_eq(take(&why), -EBADF);
    hand_over(1, "2000000000", "a:" ACTIVATION_NAME);
    ck_assert_int_eq(take(&why), -EBADF);
}
END_TEST

/* Sends READY=1 to a socket bound to the `length` bytes of name, which
 * NOTIFY_SOCKET calls `variable`, and checks that it came. */
static void check_notified(const char *name, size_t length,
                           const char *variable)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    ck_assert_int_ge(fd, 0);
    memcpy(address.sun_path, name, length);
    ck_assert_int_eq(
        bind(fd, (const struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
        0);
    scratch_setenv("NOTIFY_SOCKET", variable);
    ck_assert_int_eq(activation_notify("READY=1"), 1);
    char text[32];
    ssize_t n = recv(fd, text, sizeof(text), MSG_DONTWAIT);
    ck_assert_int_eq((int)n, 7);
    ck_assert_int_eq(memcmp(text, "READY=1", 7), 0);
    close(fd);
}

START_TEST(readiness_is_sent_by_path_and_by_abstract_name)
{
    struct scratch s;
    scratch_init(&s);
    char path[SCRATCH_PATH_MAX], name[64];
    scratch_path(&s, "notify", path);
    check_notified(path, strlen(path), path);
    int n = snprintf(name, sizeof(name), "@entropyd-test-%d", getpid());
    char abstract[64];
    memcpy(abstract, name, sizeof(abstract));
    abstract[0] = '\0';
    check_notified(abstract, (size_t)n, name);
    scratch_fini(&s);
}
END_TEST

START_TEST(without_a_notify_socket_nothing_is_sent)
{
    scratch_setenv("NOTIFY_SOCKET", NULL);
    ck_assert_int_eq(activation_notify("READY=1"), 0);
    scratch_setenv("NOTIFY_SOCKET", "");
    ck_assert_int_eq(activation_notify("READY=1"), 0);
}
END_TEST

START_TEST(a_manager_that_does_not_listen_is_an_error)
{
    char longer[200];
    scratch_setenv("NOTIFY_SOCKET", "/no/such/socket");
    ck_assert_int_eq(activation_notify("READY=1"), -ENOENT);
    scratch_setenv("NOTIFY_SOCKET", "vsock:2:1234");
    ck_assert_int_eq(activation_notify("READY=1"), -EAFNOSUPPORT);
    memset(longer, 'x', sizeof(longer));
    longer[0] = '/';
    longer[sizeof(longer) - 1] = '\0';
    scratch_setenv("NOTIFY_SOCKET", longer);
    ck_assert_int_eq(activation_notify("READY=1"), -ENAMETOOLONG);
}
END_TEST

START_TEST(a_managers_socket_with_a_full_line_is_not_taken_for_stale)
{
    struct scratch s;
    scratch_init(&s);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[SCRATCH_PATH_MAX];
    scratch_path(&s, "e.sock", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    const struct sockaddr *at = (const struct sockaddr *)&address;
    int manager = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(manager, at, sizeof(address)), 0);
    ck_assert_int_eq(listen(manager, 0), 0);
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(client, at, sizeof(address)), 0);
    int late = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ck_assert_int_lt(connect(late, at, sizeof(address)), 0);
    ck_assert_int_eq(errno, EAGAIN);
    struct listener l;
    struct reason why;
    ck_assert_int_eq(listener_open(&l, path, 0600, "", &why), -EADDRINUSE);
    ck_assert_int_eq(access(path, F_OK), 0);
    close(late);
    close(client);
    close(manager);
    scratch_fini(&s);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_start_by_hand_hands_over_nothing),
        TEST(variables_of_another_process_are_not_ours),
        TEST(the_only_socket_is_taken_whatever_its_name),
        TEST(of_several_the_named_one_is_taken_and_the_others_are_closed),
        TEST(each_socket_goes_to_its_name),
        TEST(the_only_socket_goes_to_its_name_if_it_has_one),
        TEST(several_without_the_name_or_with_two_are_refused),
        TEST(a_count_that_is_none_is_refused),
        TEST(a_descriptor_that_is_not_there_is_refused),
        TEST(a_managers_socket_with_a_full_line_is_not_taken_for_stale),
        TEST(readiness_is_sent_by_path_and_by_abstract_name),
        TEST(without_a_notify_socket_nothing_is_sent),
        TEST(a_manager_that_does_not_listen_is_an_error),
        {0},
    };
    return run_tests("activation", tests);
}
