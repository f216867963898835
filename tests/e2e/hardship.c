/* SPDX-License-Identifier: MIT */
/*
 * The daemon where something is missing: standard streams, disk, descriptors,
 * threads, a place for temporary files, its socket's directory. It says what,
 * serves with what is left or ends with a value of its own, and is never ended
 * by a signal.
 */

#include "tests/support/assert_has.h"
#include "tests/support/patience.h"
#include "tests/support/program.h"
#include "tests/support/run.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define REQUEST(method)                                                        \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\"}"
#define PING   REQUEST("ping")
#define STATUS REQUEST("status")
#define GET                                                                    \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"            \
    "\"bytes\":32}}"

static struct program daemon_program;

static void assert_log_has(const char *part)
{
    assert_has(program_log(&daemon_program), part);
}

/* Asks once on a connection of its own. */
static void assert_answer_has(const char *request, const char *part)
{
    int fd = program_connect(&daemon_program);
    assert_has(program_ask(fd, request), part);
    close(fd);
}

static void await_log(const char *part)
{
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        if (strstr(program_log(&daemon_program), part) != NULL)
            return;
        (void)usleep(10000);
    }
    assert_log_has(part);
}

static void assert_stops(void)
{
    int status = program_stop(&daemon_program, SIGTERM);
    ck_assert_msg(status == 0, "exit %d\n%s", status,
                  program_log_end(&daemon_program));
    ck_assert_int_ne(access(daemon_program.socket, F_OK), 0);
    program_end(&daemon_program);
}

/* Could not start, and said why. */
static void assert_gave_up(int status, const char *why)
{
    ck_assert_int_eq(program_wait_end(&daemon_program), status);
    assert_log_has(why);
    ck_assert_int_ne(access(daemon_program.socket, F_OK), 0);
    program_end(&daemon_program);
}

/* In the child: runs it with output and log in this file, or (NULL) without
 * any standard stream at all; never comes back. */
static void become(const char *log)
{
    int fd = log != NULL ? open(log, O_WRONLY | O_CREAT, 0600) : -1;
    for (int stream = log != NULL; stream <= 2; stream++) {
        if (fd < 0)
            close(stream);
        else
            (void)dup2(fd, stream);
    }
    if (fd > 2)
        close(fd);
    (void)execl(ENTROPYD_PROGRAM, "entropyd", "--socket", daemon_program.socket,
                (char *)NULL);
    _exit(127);
}

static void start_with_log(const char *log)
{
    daemon_program.pid = fork();
    ck_assert_int_ge(daemon_program.pid, 0);
    if (daemon_program.pid == 0)
        become(log);
}

/* For what is started from now on; both the soft and the hard limit. A macro,
 * because what a resource is, an int or an enum, is the C library's. */
#define LIMIT(resource, most)                                                  \
    ck_assert_int_eq(setrlimit((resource), &(struct rlimit){(most), (most)}), 0)

START_TEST(without_standard_streams_nothing_takes_their_places)
{
    char path[128];
    struct stat info;
    program_prepare(&daemon_program);
    start_with_log(NULL);
    program_wait(&daemon_program);
    assert_answer_has(GET, "\"result\"");
    assert_answer_has(REQUEST("selftest"), "\"passed\":true");
    ck_assert_int_eq(kill(daemon_program.pid, SIGHUP), 0);
    assert_answer_has(PING, "\"result\"");
    (void)snprintf(path, sizeof(path), "%s.lock", daemon_program.socket);
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(info.st_size, 0);
    assert_stops();
}
END_TEST

START_TEST(a_log_on_a_full_disk_is_lost_and_nothing_else)
{
    if (access("/dev/full", W_OK) != 0)
        SKIP("there is no /dev/full here");
    program_prepare(&daemon_program);
    start_with_log("/dev/full");
    program_wait(&daemon_program);
    assert_answer_has(GET, "\"result\"");
    assert_stops();
}
END_TEST

/* The kernel sends SIGXFSZ, to the loop thread as well. */
START_TEST(files_that_may_not_grow_do_not_end_it)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    if (WRITES_BEFORE_MAIN)
        SKIP("ThreadSanitizer writes a file before main()");
    program_prepare(&daemon_program);
    daemon_program.pid = fork();
    ck_assert_int_ge(daemon_program.pid, 0);
    if (daemon_program.pid == 0) {
        (void)setrlimit(RLIMIT_FSIZE, &none);
        become(daemon_program.log);
    }
    program_wait(&daemon_program);
    assert_answer_has(GET, "\"result\"");
    assert_stops();
}
END_TEST

START_TEST(few_descriptors_mean_few_connections_and_one_more_is_refused)
{
    int fds[8];
    program_prepare(&daemon_program);
    LIMIT(RLIMIT_NOFILE, 85);
    program_start(&daemon_program, ENTROPYD_PROGRAM, NULL);
    program_wait(&daemon_program);
    assert_log_has("connections-limited max_connections=8");
    assert_answer_has(GET, "\"result\"");
    assert_answer_has(REQUEST("selftest"), "\"passed\":true");
    for (int i = 0; i < 8; i++) {
        fds[i] = program_connect(&daemon_program);
        assert_has(program_ask(fds[i], PING), "\"result\"");
    }
    int late = program_connect(&daemon_program);
    assert_has(program_ask(late, PING), "per-user connection limit reached");
    close(late);
    for (int i = 0; i < 8; i++) {
        assert_has(program_ask(fds[i], PING), "\"result\"");
        close(fds[i]);
    }
    assert_answer_has(GET, "\"result\"");
    assert_stops();
}
END_TEST

START_TEST(too_few_descriptors_for_the_sources_are_refused_with_the_number)
{
    static const char *const one_source[] = {
        "--set", "sources.epoll_events.enabled=false", NULL};
    program_prepare(&daemon_program);
    LIMIT(RLIMIT_NOFILE, 84);
    program_start(&daemon_program, ENTROPYD_PROGRAM, NULL);
    assert_gave_up(EX_CONFIG,
                   "the limit of descriptors (RLIMIT_NOFILE) is 84 and must be "
                   "at least 85: 32 for the daemon, 22 for unix_ipc, 23 for "
                   "epoll_events, 8 for connections");
    /* With fewer sources it is enough. */
    program_prepare(&daemon_program);
    program_start(&daemon_program, ENTROPYD_PROGRAM, one_source);
    program_wait(&daemon_program);
    assert_log_has("connections-limited max_connections=30");
    assert_answer_has(GET, "\"health\":\"ok\"");
    assert_stops();
}
END_TEST

START_TEST(with_the_fewest_descriptors_every_source_opens)
{
    static const char *const big[] = {
        "--set", "sources.unix_ipc.num_ports=64",
        "--set", "sources.unix_ipc.ool_sizes=1,2,3,4,5,6,7,8",
        "--set", "sources.epoll_events.num_timers=64",
        "--set", "sources.epoll_events.num_sockets=64",
        "--set", "sources.epoll_events.num_file_watchers=64",
        NULL};
    program_prepare(&daemon_program);
    /* 139 and 259 of the sources. */
    LIMIT(RLIMIT_NOFILE, 32 + 139 + 259 + 8);
    program_start(&daemon_program, ENTROPYD_PROGRAM, big);
    program_wait(&daemon_program);
    await_log("source=epoll_events from=starting to=healthy");
    await_log("source=unix_ipc from=starting to=healthy");
    assert_log_has("connections-limited max_connections=8");
    assert_answer_has(REQUEST("selftest"), "\"passed\":true");
    assert_stops();
}
END_TEST

START_TEST(without_threads_it_ends_and_says_so)
{
    static const char *const nobody[] = {"--user", "nobody", NULL};
    if (geteuid() != 0)
        SKIP("the limit of threads keeps this test from starting the daemon; "
             "root is exempt from it");
    program_prepare(&daemon_program);
    /* A sanitizer's search for leaks wants a thread of its own. */
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
    ck_assert_int_eq(setenv("ASAN_OPTIONS", "detect_leaks=0", 1), 0);
    LIMIT(RLIMIT_NPROC, 0);
    program_start(&daemon_program, ENTROPYD_PROGRAM, nobody);
    ck_assert_int_eq(program_wait_end(&daemon_program), EX_UNAVAILABLE);
    assert_log_has("start-failed");
    assert_log_has("the threads of the sources");
    program_end(&daemon_program);
}
END_TEST

START_TEST(
    a_temporary_directory_that_takes_nothing_costs_the_watched_files_only)
{
    program_prepare(&daemon_program);
    /* Where not even root can make a directory. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    ck_assert_int_eq(setenv("TMPDIR", "/proc", 1), 0);
    program_start(&daemon_program, ENTROPYD_PROGRAM, NULL);
    program_wait(&daemon_program);
    await_log("source=epoll_events from=starting to=healthy");
    await_log("source=unix_ipc from=starting to=healthy");
    assert_answer_has(GET, "\"health\":\"ok\"");
    int fd = program_connect(&daemon_program);
    const char *epoll = NULL;
    bool is_counted = false;
    for (int ms = 0; ms < PATIENCE_MS && !is_counted; ms += 10) {
        epoll = strstr(program_ask(fd, REQUEST("status")),
                       "\"name\":\"epoll_events\"");
        ck_assert_ptr_nonnull(epoll);
        is_counted = strstr(epoll, "\"file_watch_errors\":0,") == NULL;
        (void)usleep(10000);
    }
    ck_assert(is_counted);
    assert_has(epoll, "\"file_events\":0,");
    close(fd);
    assert_stops();
}
END_TEST

/* Who is connected is served; a daemon that takes the place keeps it. */
START_TEST(a_missing_socket_directory_does_no_harm)
{
    char away[sizeof(daemon_program.directory)];
    program_prepare(&daemon_program);
    program_start(&daemon_program, ENTROPYD_PROGRAM, NULL);
    program_wait(&daemon_program);
    int fd = program_connect(&daemon_program);
    (void)snprintf(away, sizeof(away), "%.50s-away", daemon_program.directory);
    ck_assert_int_eq(rename(daemon_program.directory, away), 0);
    assert_has(program_ask(fd, GET), "\"result\"");

    struct program first = daemon_program;
    ck_assert_int_eq(mkdir(daemon_program.directory, 0700), 0);
    program_start(&daemon_program, ENTROPYD_PROGRAM, NULL);
    program_wait(&daemon_program);
    assert_has(program_ask(fd, PING), "\"result\"");
    ck_assert_int_eq(program_stop(&first, SIGTERM), 0);
    assert_answer_has(GET, "\"result\"");
    close(fd);
    assert_stops();
    memcpy(first.directory, away, sizeof(away));
    program_end(&first);
}
END_TEST

/* A file system of our own at the daemon's directory, for this test's process
 * alone. False where that is not allowed. */
static bool mount_there(const char *options, unsigned long flags)
{
    return unshare(CLONE_NEWNS) == 0 &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", daemon_program.directory, "tmpfs", flags, options) ==
               0;
}

static void check_refused_disk(const char *options, unsigned long flags,
                               const char *why)
{
    char output[1024];
    const char *const argv[] = {ENTROPYD_PROGRAM, "--socket",
                                daemon_program.socket, NULL};
    ck_assert(mount_there(options, flags));
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), EX_UNAVAILABLE);
    assert_has(output, daemon_program.socket);
    assert_has(output, why);
    ck_assert_int_eq(umount(daemon_program.directory), 0);
}

/* A directory that is not there and cannot be made: why it cannot. */
static void check_refused_directory(void)
{
    char output[1024];
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/deeper/socket",
                   daemon_program.directory);
    const char *const argv[] = {ENTROPYD_PROGRAM, "--socket", path, NULL};
    ck_assert(mount_there("mode=0700", MS_RDONLY));
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), EX_UNAVAILABLE);
    assert_has(output, "/deeper: Read-only file system");
    ck_assert_int_eq(umount(daemon_program.directory), 0);
}

static bool can_mount(void)
{
    program_prepare(&daemon_program);
    if (mount_there("mode=0700", 0) && umount(daemon_program.directory) == 0)
        return true;
    program_end(&daemon_program);
    return false;
}

START_TEST(a_full_or_read_only_disk_under_the_socket_is_reported)
{
    if (!can_mount())
        SKIP("no file system can be mounted here");
    check_refused_disk("mode=0700,nr_inodes=1", 0, "No space left on device");
    check_refused_disk("mode=0700", MS_RDONLY, "Read-only file system");
    check_refused_directory();
    program_end(&daemon_program);
}
END_TEST

START_TEST(a_recording_that_fills_the_disk_leaves_nothing)
{
    char output[1024];
    char path[128];
    if (!can_mount())
        SKIP("no file system can be mounted here");
    ck_assert(mount_there("mode=0700,size=64k", 0));
    (void)snprintf(path, sizeof(path), "%s/r", daemon_program.directory);
    const char *const argv[] = {ENTROPYLAB_PROGRAM,
                                "record",
                                "unix_ipc",
                                "-n",
                                "20000",
                                "-o",
                                path,
                                NULL};
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), EX_IOERR);
    assert_has(output, "No space left on device; nothing was kept");
    ck_assert_int_eq(rmdir(path), 0);
    ck_assert_int_eq(umount(daemon_program.directory), 0);
    program_end(&daemon_program);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(without_standard_streams_nothing_takes_their_places),
        TEST(a_log_on_a_full_disk_is_lost_and_nothing_else),
        TEST(files_that_may_not_grow_do_not_end_it),
        TEST(few_descriptors_mean_few_connections_and_one_more_is_refused),
        TEST(too_few_descriptors_for_the_sources_are_refused_with_the_number),
        TEST(with_the_fewest_descriptors_every_source_opens),
        TEST(without_threads_it_ends_and_says_so),
        TEST(
            a_temporary_directory_that_takes_nothing_costs_the_watched_files_only),
        TEST(a_missing_socket_directory_does_no_harm),
        TEST(a_full_or_read_only_disk_under_the_socket_is_reported),
        TEST(a_recording_that_fills_the_disk_leaves_nothing),
        {0},
    };
    return run_tests("e2e hardship", tests);
}
