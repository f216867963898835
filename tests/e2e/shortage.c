/* SPDX-License-Identifier: MIT */
/*
 * The daemon of an ordinary user, another process of whom has used up what its
 * sources need: before it starts, and while it runs. It recovers without help
 * when the shortage ends.
 */

#include "tests/support/assert_has.h"
#include "tests/support/neighbour.h"
#include "tests/support/program.h"
#include "tests/support/run.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GET(params)                                                            \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{" params "}" \
    "}"
#define CONDITIONED                                                            \
    GET("\"bytes\":4096,\"quality\":\"conditioned\",\"timeout_ms\":5000")
#define STATUS "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}"
#define CANNOT                                                                 \
    "another user must run it: needs root, and a tree that others may enter"

/* References are counted against the limit of the process that sends. */
#define DESCRIPTORS           1024
#define NEIGHBOUR_DESCRIPTORS 4096

static const char *const without_events[] = {
    "--set", "sources.epoll_events.enabled=false", "--set",
    "pool.stall_ms=1000", NULL};

/* Is this process now an ordinary user's who can run the daemon? */
static bool is_ordinary_user(void)
{
    return neighbour_become_user(NEIGHBOUR_DESCRIPTORS) &&
           access(ENTROPYD_PROGRAM, X_OK) == 0;
}

static void start(struct program *daemon, const char *const *arguments)
{
    neighbour_limit_descriptors(DESCRIPTORS);
    program_prepare(daemon);
    program_start(daemon, ENTROPYD_PROGRAM, arguments);
    program_wait(daemon);
}

/* Asks until the reply has `wanted`; CTest's limit ends it. */
static void ask_until(int fd, const char *request, const char *wanted)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    for (;;) {
        const char *reply = program_ask(fd, request);
        ck_assert_ptr_nonnull(reply);
        if (strstr(reply, wanted) != NULL)
            return;
        (void)nanosleep(&pause, NULL);
    }
}

/* Asks until epoll_events has published that it does without file watchers. */
static void ask_until_counted(int fd)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    for (;;) {
        const char *reply = program_ask(fd, STATUS);
        ck_assert_ptr_nonnull(reply);
        const char *events = strstr(reply, "\"name\":\"epoll_events\"");
        ck_assert_ptr_nonnull(events);
        assert_has(events, "\"file_watch_errors\":");
        if (strstr(events, "\"file_watch_errors\":0") == NULL)
            return;
        (void)nanosleep(&pause, NULL);
    }
}

static void stop(struct program *daemon, int fd)
{
    close(fd);
    ck_assert_int_eq(program_stop(daemon, SIGTERM), 0);
    program_end(daemon);
}

START_TEST(it_is_seeded_without_file_watchers)
{
    if (!is_ordinary_user())
        SKIP(CANNOT);
    struct neighbour neighbour;
    neighbour_start(&neighbour, neighbour_holds_inotify);
    neighbour_hold(&neighbour);
    static const char *const arguments[] = {
        "--set", "sources.unix_ipc.enabled=false", NULL};
    struct program daemon;
    start(&daemon, arguments);
    int fd = program_connect(&daemon);
    assert_has(program_ask(fd, GET("\"bytes\":32,\"timeout_ms\":60000")),
               "\"data\"");
    ask_until_counted(fd);
    assert_has(program_ask(fd, STATUS), "\"state\":\"healthy\"");
    neighbour_end(&neighbour);
    stop(&daemon, fd);
}
END_TEST

START_TEST(it_is_seeded_once_a_neighbour_gives_references_back)
{
    if (!is_ordinary_user())
        SKIP(CANNOT);
    struct neighbour neighbour;
    neighbour_start(&neighbour, neighbour_holds_references);
    neighbour_hold(&neighbour);
    struct program daemon;
    start(&daemon, without_events);
    int fd = program_connect(&daemon);
    ask_until(fd, STATUS, "but too_many_refs");
    assert_has(program_ask(fd, GET("\"bytes\":32,\"timeout_ms\":0")),
               "\"error\"");
    neighbour_end(&neighbour);
    assert_has(program_ask(fd, GET("\"bytes\":32,\"timeout_ms\":60000")),
               "\"data\"");
    stop(&daemon, fd);
}
END_TEST

START_TEST(a_running_one_collects_again_without_help)
{
    if (!is_ordinary_user())
        SKIP(CANNOT);
    struct neighbour neighbour;
    neighbour_start(&neighbour, neighbour_holds_references);
    struct program daemon;
    start(&daemon, without_events);
    int fd = program_connect(&daemon);
    ask_until(fd, CONDITIONED, "\"data\"");
    neighbour_hold(&neighbour);
    ask_until(fd, CONDITIONED, "\"error\""); /* What it has is used up. */
    ask_until(fd, STATUS, "but too_many_refs");
    neighbour_end(&neighbour);
    ask_until(fd, CONDITIONED, "\"data\"");
    stop(&daemon, fd);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(it_is_seeded_without_file_watchers),
        TEST(it_is_seeded_once_a_neighbour_gives_references_back),
        TEST(a_running_one_collects_again_without_help),
        {0},
    };
    return run_tests("e2e_shortage", tests);
}
