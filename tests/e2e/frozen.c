/* SPDX-License-Identifier: MIT */
/*
 * The daemon whose collecting threads get no processor time, while its main
 * thread runs: the threads are put into a control group and frozen. They cannot
 * notice it; the main thread does. Stopping the whole process is no alarm.
 */

#include "base/monotonic.h"
#include "tests/support/patience.h"
#include "tests/support/program.h"
#include "tests/support/run.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REQUEST(method, params)                                                \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method                       \
    "\",\"params\":{" params "}}"
#define STATUS REQUEST("status", "")
#define CONDITIONED                                                            \
    REQUEST("get", "\"bytes\":1024,\"quality\":\"conditioned\","               \
                   "\"timeout_ms\":100")

/* A stop longer than pool.stall_ms and the limit of the loop's watch. */
#define STOP_S 8

/* Groups that can freeze threads: of version 1 those of its freezer, of version
 * 2 threaded ones, whose parent holds the process. */
struct group {
    char parent[64]; /* "": none */
    char path[80];
    const char *threads; /* files in path */
    const char *freezer;
    const char *freeze; /* what freezes, and what ends it, when written there */
    const char *thaw;
};

static bool write_to(const char *directory, const char *name, const char *text)
{
    char path[160];
    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return is_written;
}

static bool make_v1(struct group *g)
{
    *g = (struct group){.threads = "tasks",
                        .freezer = "freezer.state",
                        .freeze = "FROZEN",
                        .thaw = "THAWED"};
    (void)snprintf(g->path, sizeof(g->path),
                   "/sys/fs/cgroup/freezer/entropyd-%d", (int)getpid());
    return mkdir(g->path, 0700) == 0;
}

static bool make_v2(struct group *g, const char *root, pid_t pid)
{
    char text[16];
    *g = (struct group){.threads = "cgroup.threads",
                        .freezer = "cgroup.freeze",
                        .freeze = "1",
                        .thaw = "0"};
    (void)snprintf(text, sizeof(text), "%d", (int)pid);
    (void)snprintf(g->parent, sizeof(g->parent), "%s/entropyd-%d", root,
                   (int)getpid());
    (void)snprintf(g->path, sizeof(g->path), "%s/threads", g->parent);
    if (mkdir(g->parent, 0700) != 0)
        return false;
    if (write_to(g->parent, "cgroup.procs", text) &&
        mkdir(g->path, 0700) == 0 &&
        write_to(g->path, "cgroup.type", "threaded"))
        return true;
    (void)rmdir(g->path);
    (void)rmdir(g->parent);
    return false;
}

/* For threads of the process. False where the machine has none. */
static bool make_group(struct group *g, pid_t pid)
{
    return make_v1(g) || make_v2(g, "/sys/fs/cgroup", pid) ||
           make_v2(g, "/sys/fs/cgroup/unified", pid);
}

static void remove_group(const struct group *g)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    /* It is busy until the process is gone. */
    for (int i = 0; i < 500 && rmdir(g->path) != 0; i++)
        (void)nanosleep(&pause, NULL);
    if (g->parent[0] != '\0')
        (void)rmdir(g->parent);
}

/* Every thread but the main one. */
static void freeze(const struct group *g, pid_t pid)
{
    char path[32];
    unsigned count = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *directory = opendir(path);
    ck_assert_ptr_nonnull(directory);
    const struct dirent *entry;
    /* Tests have one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.' || strtol(entry->d_name, NULL, 10) == pid)
            continue;
        ck_assert_msg(write_to(g->path, g->threads, entry->d_name),
                      "cannot move thread %s to %s", entry->d_name, g->path);
        count++;
    }
    (void)closedir(directory);
    ck_assert_uint_ge(count, 4); /* two workers and their helpers */
    ck_assert(write_to(g->path, g->freezer, g->freeze));
}

static void start(struct program *p)
{
    static const char *const arguments[] = {"--set", "pool.ring_samples=4096",
                                            NULL};
    program_prepare(p);
    program_start(p, ENTROPYD_PROGRAM, arguments);
    program_wait(p);
}

/* Drains the rings, so that samples are expected, and asks until the status has
 * `wanted` `times` times. */
static void drain_until(int fd, const char *wanted, int times)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    const uint64_t until = monotonic_now_ms() + PATIENCE_MS;
    for (;;) {
        ck_assert_ptr_nonnull(program_ask(fd, CONDITIONED));
        const char *reply = program_ask(fd, STATUS);
        ck_assert_ptr_nonnull(reply);
        const char *sources = strstr(reply, "\"sources\":");
        ck_assert_msg(monotonic_now_ms() < until, "not %d times %s: %.3000s",
                      times, wanted, sources != NULL ? sources : reply);
        int found = 0;
        for (const char *at = reply; (at = strstr(at, wanted)) != NULL; at++)
            found++;
        if (found >= times)
            return;
        (void)nanosleep(&pause, NULL);
    }
}

static void stop(struct program *p, int fd)
{
    close(fd);
    ck_assert_int_eq(program_stop(p, SIGTERM), 0);
    program_end(p);
}

START_TEST(frozen_workers_are_stalled_and_recover_when_they_run_again)
{
    struct program daemon;
    struct group group;
    start(&daemon);
    int fd = program_connect(&daemon);
    if (!make_group(&group, daemon.pid)) {
        stop(&daemon, fd);
        SKIP("no control group to freeze threads in (root's)");
    }
    drain_until(fd, "\"state\":\"healthy\"", 2);
    freeze(&group, daemon.pid);
    drain_until(fd, "its thread does not run", 2);
    drain_until(fd, "\"state\":\"stalled\"", 2);
    ck_assert(write_to(group.path, group.freezer, group.thaw));
    drain_until(fd, "\"state\":\"healthy\"", 2);
    stop(&daemon, fd);
    remove_group(&group);
}
END_TEST

START_TEST(a_stopped_process_raises_no_alarm_when_it_goes_on)
{
    static const char none[] = "\"stall\":{\"intermittent\":0,\"permanent\":0";
    struct program daemon;
    start(&daemon);
    int fd = program_connect(&daemon);
    drain_until(fd, "\"state\":\"healthy\"", 2);
    ck_assert_int_eq(kill(daemon.pid, SIGSTOP), 0);
    const struct timespec stopped = {.tv_sec = STOP_S};
    (void)nanosleep(&stopped, NULL);
    ck_assert_int_eq(kill(daemon.pid, SIGCONT), 0);
    /* Both must collect again, for as long as the watch looks at a time. */
    for (int i = 0; i < 20; i++)
        drain_until(fd, "\"state\":\"healthy\"", 2);
    const char *reply = program_ask(fd, STATUS);
    ck_assert_ptr_nonnull(reply);
    for (const char *at = reply; (at = strstr(at, "\"stall\":{")) != NULL; at++)
        ck_assert_msg(strncmp(at, none, strlen(none)) == 0, "%.60s", at);
    ck_assert_ptr_null(strstr(program_log(&daemon), "to=stalled"));
    stop(&daemon, fd);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(frozen_workers_are_stalled_and_recover_when_they_run_again),
        TEST(a_stopped_process_raises_no_alarm_when_it_goes_on),
        {0},
    };
    return run_tests("e2e_frozen", tests);
}
