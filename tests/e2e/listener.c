/* SPDX-License-Identifier: MIT */
/*
 * A listening socket that does not work any more, and clients for whom no
 * descriptor is left: the real daemon and the kernel's own errors.
 */

#include "base/monotonic.h"
#include "tests/e2e/activator.h"
#include "tests/support/assert_has.h"
#include "tests/support/patience.h"
#include "tests/support/run.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define PING   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"
#define STATUS "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"status\"}"

/* How long a socket fails until it is called broken: docs/operating.md. */
#define BROKEN_MS 10000

#define WAITING 6 /* clients for whom there is no descriptor */

/* Connections of the client who reconnects without a pause. */
#define RECONNECTIONS 20000

static struct activator manager;
static struct program daemon_program;
static int fd; /* a client who is connected all the time */

static unsigned count_lines(const struct program *p, const char *event)
{
    unsigned count = 0;
    for (const char *at = program_log(p); (at = strstr(at, event)) != NULL;
         at += strlen(event))
        count++;
    return count;
}

/* Asks until the status has `wanted`. */
static void await_status(const char *wanted)
{
    const char *reply = NULL;
    for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
        reply = program_ask(fd, STATUS);
        ck_assert_ptr_nonnull(reply);
        if (strstr(reply, wanted) != NULL)
            return;
        (void)usleep(5000);
    }
    ck_abort_msg("no %s:\n%s", wanted, program_log_end(&daemon_program));
}

static void stop(void)
{
    close(fd);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}

/* The manager, or whoever else has it, has shut the socket down. */
START_TEST(an_activated_socket_that_stays_broken_ends_it_with_75)
{
    struct stat st;
    siginfo_t end = {.si_pid = 0};
    activator_open(&manager);
    activator_start(&manager, ENTROPYD_PROGRAM, NULL);
    const struct program *p = &manager.program;
    fd = program_connect(p);
    assert_has(program_ask(fd, PING), "\"result\"");
    uint64_t begin = monotonic_now_ms();
    ck_assert_int_eq(shutdown(manager.listener, SHUT_RDWR), 0);
    await_status("\"accepting\":false");
    /* Who is connected is served until it gives up. */
    while (program_ask(fd, PING) != NULL)
        (void)usleep(20000);
    ck_assert_uint_ge(monotonic_now_ms() - begin, BROKEN_MS);
    ck_assert_int_eq(waitid(P_PID, (id_t)p->pid, &end, WEXITED | WNOWAIT), 0);
    ck_assert_int_eq(program_wait_end(&manager.program), EX_TEMPFAIL);
    ck_assert_uint_eq(count_lines(p, "accept-failed"), 1);
    ck_assert_uint_eq(count_lines(p, "listener-broken"), 1);
    assert_has(program_log(p), "activated=true status=75");
    assert_has(program_log(p), "stopped status=75");
    ck_assert_int_eq(stat(p->socket, &st), 0); /* it is the manager's */
    close(fd);
    activator_close(&manager);
}
END_TEST

START_TEST(an_activated_egd_socket_that_stays_broken_costs_no_other_client)
{
    activator_open(&manager);
    activator_add_egd(&manager);
    activator_start(&manager, ENTROPYD_PROGRAM, NULL);
    const struct program *p = &manager.program;
    fd = program_connect(p);
    assert_has(program_ask(fd, PING), "\"result\"");
    ck_assert_int_eq(shutdown(manager.egd_listener, SHUT_RDWR), 0);
    await_status("\"accepting\":false");
    for (int ms = 0; ms < PATIENCE_MS && count_lines(p, "listener-broken") == 0;
         ms += 50) {
        assert_has(program_ask(fd, PING), "\"result\"");
        (void)usleep(50000);
    }
    assert_has(program_log(p), "listener-broken protocol=egd activated=true "
                               "reason=");
    int other = program_connect(p);
    assert_has(program_ask(other, PING), "\"result\"");
    assert_has(program_ask(fd, STATUS), "\"accepting\":false");
    close(other);
    close(fd);
    ck_assert_uint_eq(count_lines(p, "accept-failed"), 1);
    ck_assert_uint_eq(count_lines(p, "listener-broken"), 1);
    ck_assert_int_eq(activator_stop(&manager, SIGTERM), 0);
    activator_close(&manager);
}
END_TEST

/* A descriptor of our own for the socket that the daemon listens on at path;
 * -1 where the kernel gives none. */
static int borrow_listener(pid_t pid, const char *path)
{
    long handle = syscall(SYS_pidfd_open, pid, 0);
    for (long number = 3; handle >= 0 && number < 64; number++) {
        struct sockaddr_un address = {.sun_family = AF_UNSPEC};
        socklen_t size = sizeof(address);
        int accepts = 0;
        socklen_t accepts_size = sizeof(accepts);
        int copy = (int)syscall(SYS_pidfd_getfd, handle, number, 0);
        if (copy >= 0 &&
            getsockname(copy, (struct sockaddr *)&address, &size) == 0 &&
            address.sun_family == AF_UNIX &&
            strcmp(address.sun_path, path) == 0 &&
            getsockopt(copy, SOL_SOCKET, SO_ACCEPTCONN, &accepts,
                       &accepts_size) == 0 &&
            accepts != 0) {
            close((int)handle);
            return copy;
        }
        if (copy >= 0)
            close(copy);
    }
    if (handle >= 0)
        close((int)handle);
    return -1;
}

static void remove_directory(const char *directory)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/socket", directory);
    ck_assert_int_eq(unlink(path), 0);
    (void)snprintf(path, sizeof(path), "%s/socket.lock", directory);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(directory), 0);
}

/* EGD's fails for good, and its directory is gone. */
START_TEST(a_second_socket_that_breaks_is_made_again_and_the_first_serves)
{
    struct program second = {.pid = 0};
    char directory[80];
    char setting[128];
    program_prepare(&daemon_program);
    (void)snprintf(directory, sizeof(directory), "%s/egd",
                   daemon_program.directory);
    (void)snprintf(second.socket, sizeof(second.socket), "%s/socket",
                   directory);
    (void)snprintf(setting, sizeof(setting), "egd.path=%s", second.socket);
    program_start(&daemon_program, ENTROPYD_PROGRAM,
                  (const char *const[]){"--set", setting, NULL});
    program_wait(&daemon_program);
    fd = program_connect(&daemon_program);
    int listener = borrow_listener(daemon_program.pid, second.socket);
    if (listener < 0) {
        stop();
        SKIP("the daemon's descriptors may not be borrowed (by root only)");
    }
    remove_directory(directory);
    ck_assert_int_eq(shutdown(listener, SHUT_RDWR), 0);
    close(listener);
    await_status("\"accepting\":false");
    int other = program_connect(&daemon_program);
    for (int ms = 0; ms < PATIENCE_MS && access(second.socket, F_OK) != 0;
         ms += 50) {
        assert_has(program_ask(fd, PING), "\"result\"");
        assert_has(program_ask(other, PING), "\"result\"");
        (void)usleep(50000);
    }
    close(other);
    await_status("\"accepting\":true");
    other = program_connect(&second);
    char bits[4];
    ck_assert_int_eq(send(other, "", 1, 0), 1); /* how much is available */
    ck_assert_int_eq(recv(other, bits, sizeof(bits), MSG_WAITALL),
                     sizeof(bits));
    close(other);
    ck_assert_uint_eq(count_lines(&daemon_program, "accept-failed"), 1);
    ck_assert_uint_eq(count_lines(&daemon_program, "listener-replaced"), 1);
    ck_assert_uint_eq(count_lines(&daemon_program, "accept-resumed"), 1);
    ck_assert_ptr_nonnull(
        strstr(program_log(&daemon_program), "listener-replaced protocol=egd"));
    stop();
}
END_TEST

START_TEST(without_its_socket_file_it_serves_who_is_connected_until_a_restart)
{
    program_prepare(&daemon_program);
    program_start(&daemon_program, ENTROPYD_PROGRAM, NULL);
    program_wait(&daemon_program);
    fd = program_connect(&daemon_program);
    assert_has(program_ask(fd, PING), "\"result\"");
    ck_assert_int_eq(unlink(daemon_program.socket), 0);
    assert_has(program_ask(fd, PING), "\"result\"");
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    ck_assert_uint_eq(count_lines(&daemon_program, "socket-left"), 0);
    close(fd);
    program_start(&daemon_program, ENTROPYD_PROGRAM, NULL);
    program_wait(&daemon_program);
    fd = program_connect(&daemon_program);
    assert_has(program_ask(fd, PING), "\"result\"");
    stop();
}
END_TEST

/* The lowest number that is free, in a process whose descriptors may be seen;
 * -1 where they may not. */
static int first_free_descriptor(pid_t pid)
{
    char path[64];
    struct stat st;
    (void)snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return -1;
    closedir(dir);
    int number = -1;
    do
        (void)snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)pid,
                       ++number);
    while (lstat(path, &st) == 0);
    return number;
}

/* Starts it, connects `fd` and lets it have `more` descriptors than are open
 * now. False where it cannot be seen how many these are. */
static bool start_without_descriptors(int more, struct rlimit *before)
{
    static const char *const small[] = {"--set", "pool.ring_samples=8192",
                                        NULL};
    program_prepare(&daemon_program);
    program_start(&daemon_program, ENTROPYD_PROGRAM, small);
    program_wait(&daemon_program);
    fd = program_connect(&daemon_program);
    await_status("\"connections\":1,"); /* program_wait()'s is gone */
    /* Sources that wait open nothing. */
    for (const char *first = NULL;
         first == NULL || strstr(first + 1, "\"parked\":true") == NULL;
         (void)usleep(5000))
        first = strstr(program_ask(fd, STATUS), "\"parked\":true");
    int number = first_free_descriptor(daemon_program.pid);
    if (number < 0)
        return false;
    ck_assert_int_eq(prlimit(daemon_program.pid, RLIMIT_NOFILE, NULL, before),
                     0);
    struct rlimit limit = {.rlim_cur = (rlim_t)number + (rlim_t)more,
                           .rlim_max = before->rlim_max};
    ck_assert_int_eq(prlimit(daemon_program.pid, RLIMIT_NOFILE, &limit, NULL),
                     0);
    return true;
}

static void give_descriptors_back(const struct rlimit *limit)
{
    ck_assert_int_eq(prlimit(daemon_program.pid, RLIMIT_NOFILE, limit, NULL),
                     0);
    await_status("\"accepting\":true");
}

#define CANNOT_SEE "only root may see which descriptors it has open"

START_TEST(without_a_descriptor_clients_wait_and_none_is_reset)
{
    struct rlimit before;
    int waiting[WAITING];
    char byte;
    if (!start_without_descriptors(0, &before)) {
        stop();
        SKIP(CANNOT_SEE);
    }
    for (int i = 0; i < WAITING; i++) {
        waiting[i] = program_connect(&daemon_program);
        ck_assert_int_eq(send(waiting[i], PING "\n", strlen(PING) + 1, 0),
                         (ssize_t)strlen(PING) + 1);
    }
    await_status("\"accepting\":false");
    assert_has(program_ask(fd, PING), "\"result\"");
    for (int i = 0; i < WAITING; i++) {
        ck_assert_int_eq(recv(waiting[i], &byte, 1, MSG_DONTWAIT), -1);
        ck_assert_int_eq(errno, EAGAIN);
    }
    assert_has(program_log(&daemon_program), "reason=\"too many open files\"");
    give_descriptors_back(&before);
    for (int i = 0; i < WAITING; i++) {
        /* The answer to what it has sent; this line is answered by another. */
        assert_has(program_ask(waiting[i], PING), "\"result\"");
        close(waiting[i]);
    }
    ck_assert_uint_eq(count_lines(&daemon_program, "accept-failed"), 1);
    ck_assert_uint_eq(count_lines(&daemon_program, "accept-resumed"), 1);
    stop();
}
END_TEST

/* Connects and leaves again and again, also while the queue is full. */
static pid_t start_reconnecting(atomic_uint *count)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, daemon_program.socket,
           strlen(daemon_program.socket) + 1);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    for (;;) {
        int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(client, (struct sockaddr *)&address, sizeof(address));
        close(client);
        (*count)++;
    }
}

static void check_reconnecting_client(int more)
{
    struct rlimit before;
    atomic_uint *count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(count, MAP_FAILED);
    if (!start_without_descriptors(more, &before)) {
        stop();
        SKIP(CANNOT_SEE);
    }
    pid_t client = start_reconnecting(count);
    while (*count < RECONNECTIONS)
        assert_has(program_ask(fd, PING), "\"result\"");
    ck_assert_uint_le(count_lines(&daemon_program, "accept-failed"), 1);
    ck_assert_int_eq(kill(client, SIGKILL), 0);
    ck_assert_int_eq(waitpid(client, NULL, 0), client);
    give_descriptors_back(&before);
    int late = program_connect(&daemon_program);
    assert_has(program_ask(late, PING), "\"result\"");
    close(late);
    stop();
    ck_assert_int_eq(munmap(count, sizeof(*count)), 0);
}

START_TEST(a_client_who_reconnects_without_a_pause_does_not_hang_it)
{
    check_reconnecting_client(0);
}
END_TEST

START_TEST(nor_does_he_where_a_few_descriptors_are_left)
{
    check_reconnecting_client(4);
}
END_TEST

START_TEST(it_stops_while_no_descriptor_is_left)
{
    struct rlimit before;
    if (!start_without_descriptors(0, &before)) {
        stop();
        SKIP(CANNOT_SEE);
    }
    int waiting = program_connect(&daemon_program);
    await_status("\"accepting\":false");
    stop();
    char byte;
    ck_assert_int_le(recv(waiting, &byte, 1, 0), 0);
    close(waiting);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(an_activated_socket_that_stays_broken_ends_it_with_75),
        TEST(an_activated_egd_socket_that_stays_broken_costs_no_other_client),
        TEST(a_second_socket_that_breaks_is_made_again_and_the_first_serves),
        TEST(
            without_its_socket_file_it_serves_who_is_connected_until_a_restart),
        TEST(without_a_descriptor_clients_wait_and_none_is_reset),
        TEST(a_client_who_reconnects_without_a_pause_does_not_hang_it),
        TEST(nor_does_he_where_a_few_descriptors_are_left),
        TEST(it_stops_while_no_descriptor_is_left),
        {0},
    };
    return run_tests("e2e_listener", tests);
}
