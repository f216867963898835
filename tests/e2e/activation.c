/* SPDX-License-Identifier: MIT */
/*
 * Started by a service manager that holds the socket: the first client is
 * answered with bytes, READY is sent once the generator is seeded, and no
 * client is refused while the daemon is restarted.
 */

#include "base/monotonic.h"
#include "tests/e2e/activator.h"
#include "tests/fakes/faults/faults.h"
#include "tests/support/assert_has.h"
#include "tests/support/run.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define GET                                                                    \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"            \
    "\"bytes\":32,\"timeout_ms\":60000}}"
#define STATUS "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}"

#define RESTARTS 5

static struct activator manager;

/* Arguments that leave one fault source alone: "slow", whose first seed takes
 * half a second, or "stalling", whose first seed comes after SIGUSR2. */
static const char *const *one_source(const char *only)
{
    static char off[16][64];
    static const char *arguments[64] = {"--set", "sources.slow.delay_ms=500",
                                        "--set", "sources.slow.rate_hz=8000",
                                        "--set", "pool.stall_ms=60000"};
    size_t n = 6;
    for (size_t i = 0; i < fault_registry_count; i++) {
        const char *name = fault_registry[i]->name;
        if (strcmp(name, only) == 0)
            continue;
        (void)snprintf(off[i], sizeof(off[i]), "sources.%s.enabled=false",
                       name);
        arguments[n++] = "--set";
        arguments[n++] = off[i];
    }
    arguments[n] = NULL;
    return arguments;
}

START_TEST(the_client_that_starts_the_daemon_gets_its_bytes)
{
    activator_open(&manager);
    int fd = program_connect(&manager.program); /* no daemon yet */
    ck_assert_int_eq(send(fd, GET "\n", strlen(GET) + 1, 0),
                     (ssize_t)strlen(GET) + 1);
    activator_start(&manager, ENTROPYD_FAULTY_PROGRAM, one_source("stalling"));

    /* Asked on another connection: the first one waits. */
    int other = program_connect(&manager.program);
    assert_has(program_ask(other, STATUS), "\"seeded\":false");
    ck_assert_int_eq(kill(manager.program.pid, SIGUSR2), 0);

    char reply[512];
    ssize_t n = recv(fd, reply, sizeof(reply) - 1, 0);
    ck_assert_int_gt(n, 0);
    reply[n] = '\0';
    assert_has(reply, "\"data\":\"");
    assert_has(reply, "\"sources\":[\"stalling\"]");
    close(fd);
    close(other);
    ck_assert_int_eq(activator_stop(&manager, SIGTERM), 0);
    activator_close(&manager);
}
END_TEST

START_TEST(ready_is_sent_once_seeded_and_stopping_at_the_end)
{
    activator_open(&manager);
    activator_start(&manager, ENTROPYD_FAULTY_PROGRAM, one_source("stalling"));
    int fd = program_connect(&manager.program);
    const char *heard = activator_heard(&manager, 0);
    const char *status = program_ask(fd, STATUS);
    ck_assert_ptr_null(heard);
    assert_has(status, "\"seeded\":false");
    ck_assert_int_eq(kill(manager.program.pid, SIGUSR2), 0);
    while (strstr(status, "\"seeded\":true") == NULL) {
        /* Looked at first: what was said before must be so now. */
        ck_assert_msg(heard == NULL, "\"%s\" before it was seeded", heard);
        (void)usleep(2000);
        heard = activator_heard(&manager, 0);
        status = program_ask(fd, STATUS);
        ck_assert_ptr_nonnull(status);
    }
    if (heard == NULL)
        heard = activator_heard(&manager, 10000);
    assert_has(heard, "READY=1");
    close(fd);
    ck_assert_int_eq(activator_stop(&manager, SIGTERM), 0);
    assert_has(activator_heard(&manager, 10000), "STOPPING=1");
    ck_assert_ptr_null(activator_heard(&manager, 0));
    activator_close(&manager);
}
END_TEST

/* A start that can never seed must not look like one that never ends. */
START_TEST(ready_is_sent_where_no_source_can_run)
{
    static const char *const arguments[] = {
        "--set", "sources.unix_ipc.enabled=false", "--set",
        "sources.epoll_events.enabled=false", NULL};
    activator_open(&manager);
    activator_start(&manager, ENTROPYD_PROGRAM, arguments);
    const char *heard = activator_heard(&manager, 10000);
    assert_has(heard, "READY=1");
    assert_has(heard, "STATUS=no source can provide entropy");
    assert_has(program_log(&manager.program),
               "no enabled source can run on this machine (mach_ipc: mach_ipc "
               "needs macOS, kqueue_events: kqueue_events needs macOS); enable "
               "unix_ipc or epoll_events");
    ck_assert_int_eq(activator_stop(&manager, SIGTERM), 0);
    activator_close(&manager);
}
END_TEST

/* What clients in other processes count. */
struct counts {
    atomic_uint served;
    atomic_uint refused; /* connect() failed */
    atomic_uint cut_off; /* closed without an answer */
    atomic_uint wrong;   /* answered with something else than bytes */
    atomic_bool is_over;
};

/* One client: connects, asks once, leaves. */
static void be_served(const struct program *p, struct counts *counts)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, p->socket, strlen(p->socket) + 1);
    char reply[1024] = "";
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    uint64_t begin_ms = monotonic_now_ms();
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        counts->refused++;
    } else {
        (void)send(fd, GET "\n", strlen(GET) + 1, MSG_NOSIGNAL);
        /* Who has not asked for half a second may be closed by a stop. */
        bool was_late = monotonic_now_ms() - begin_ms >= 250;
        if (recv(fd, reply, sizeof(reply) - 1, 0) <= 0)
            counts->cut_off += !was_late;
        else if (strstr(reply, "\"data\":\"") == NULL)
            counts->wrong++;
        else
            counts->served++;
    }
    close(fd);
}

static pid_t start_client(const struct program *p, struct counts *counts)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    while (!counts->is_over)
        be_served(p, counts);
    _exit(0);
}

/* Restarts the daemon with this signal while clients come and go. */
static struct counts *restart_under_clients(int signal_number)
{
    pid_t clients[3];
    struct counts *counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(counts, MAP_FAILED);
    activator_open(&manager);
    for (int i = 0; i < 3; i++)
        clients[i] = start_client(&manager.program, counts);
    for (int i = 0; i < RESTARTS; i++) {
        activator_start(&manager, ENTROPYD_PROGRAM, NULL);
        unsigned before = counts->served;
        for (int ms = 0; counts->served < before + 50; ms += 2) {
            ck_assert_msg(ms < 20000, "no client is served:\n%s",
                          program_log_end(&manager.program));
            (void)usleep(2000);
        }
        int status = activator_stop(&manager, signal_number);
        ck_assert_int_eq(status, signal_number == SIGTERM ? 0 : -1);
        struct stat st;
        ck_assert_int_eq(stat(manager.program.socket, &st), 0);
        (void)usleep(20000); /* clients connect while there is no daemon */
    }
    counts->is_over = true;
    activator_start(&manager, ENTROPYD_PROGRAM, NULL); /* for the last ones */
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(waitpid(clients[i], NULL, 0), clients[i]);
    ck_assert_int_eq(activator_stop(&manager, SIGTERM), 0);
    activator_close(&manager);
    printf("%d restarts by signal %d: %u served, %u refused, %u cut off\n",
           RESTARTS, signal_number, counts->served, counts->refused,
           counts->cut_off);
    return counts;
}

START_TEST(a_restart_refuses_no_client_and_cuts_none_off)
{
    struct counts *counts = restart_under_clients(SIGTERM);
    ck_assert_uint_eq(counts->refused, 0);
    ck_assert_uint_eq(counts->cut_off, 0);
    ck_assert_uint_eq(counts->wrong, 0);
}
END_TEST

/* Those whose connection a killed daemon had are cut off; one at a time may be
 * so for each client and each death. */
START_TEST(a_killed_daemon_is_replaced_without_a_refused_client)
{
    struct counts *counts = restart_under_clients(SIGKILL);
    ck_assert_uint_eq(counts->refused, 0);
    ck_assert_uint_eq(counts->wrong, 0);
    ck_assert_uint_le(counts->cut_off, (size_t)3 * RESTARTS);
}
END_TEST

/* systemd's own tool, which works without systemd as process 1. */
START_TEST(systemd_socket_activate_hands_the_first_client_over)
{
    const char *const *slow = one_source("slow");
    const char *argv[64] = {SOCKET_ACTIVATE_PROGRAM, "--fdname=Listeners", "-l",
                            NULL, ENTROPYD_FAULTY_PROGRAM};
    if (access(SOCKET_ACTIVATE_PROGRAM, X_OK) != 0)
        SKIP("there is no systemd-socket-activate");
    struct program p;
    program_prepare(&p);
    argv[3] = p.socket;
    for (size_t n = 5; n < 63 && *slow != NULL; n++)
        argv[n] = *slow++;
    p.pid = fork();
    ck_assert_int_ge(p.pid, 0);
    if (p.pid == 0) {
        (void)execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    for (int ms = 0; access(p.socket, F_OK) != 0 && ms < 10000; ms += 2)
        (void)usleep(2000);
    (void)usleep(50000); /* it binds, and only then listens */
    int fd = program_connect(&p);
    assert_has(program_ask(fd, GET), "\"data\":\"");
    close(fd);
    ck_assert_int_eq(program_stop(&p, SIGTERM), 0);
    ck_assert_int_eq(access(p.socket, F_OK), 0); /* it was not the daemon's */
    program_end(&p);
}
END_TEST

START_TEST(what_keeps_it_from_starting_has_a_priority_in_the_journal)
{
    /* The stream that is stderr, as systemd names it: program_run()'s pipe. */
#define IN_JOURNAL                                                             \
    "JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec \"$0\" \"$@\""
    static const char *const settings[][2] = {
        {"--set=log.level=loud", "<3>entropyd: --set log.level: "},
        {"--set=log.levels=info", "<3>entropyd: "},
        {"--sokcet", "<3>entropyd: "},
    };
    char output[4096];
    for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
        const char *const argv[] = {"/bin/sh",      "-c",
                                    IN_JOURNAL,     ENTROPYD_PROGRAM,
                                    settings[i][0], NULL};
        ck_assert_int_gt(program_run(argv, output, sizeof(output)), 0);
        assert_has(output, settings[i][1]);
    }
#undef IN_JOURNAL
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_client_that_starts_the_daemon_gets_its_bytes),
        TEST(ready_is_sent_once_seeded_and_stopping_at_the_end),
        TEST(ready_is_sent_where_no_source_can_run),
        TEST(a_restart_refuses_no_client_and_cuts_none_off),
        TEST(a_killed_daemon_is_replaced_without_a_refused_client),
        TEST(systemd_socket_activate_hands_the_first_client_over),
        TEST(what_keeps_it_from_starting_has_a_priority_in_the_journal),
        {0},
    };
    return run_tests("e2e_activation", tests);
}
