/* SPDX-License-Identifier: MIT */
/*
 * Other users on a socket whose mode lets them in: what they may not is refused
 * and not done all the same (haveged's CVE-2026-41054 logged the refusal and
 * went on), and no user takes all the places.
 */

#include "tests/e2e/faults/faulty.h"
#include "tests/support/assert_has.h"
#include "tests/support/run.h"

#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Three users that need not exist, and Linux's number for those it cannot name,
 * the uid of the user nobody. */
#define ALICE  12345
#define BOB    12346
#define CAROL  12347
#define NOBODY 65534

#define PLACES 64 /* connections, where they are to run out */

static struct faulty f;

/* The daemon over the good source, for all users, with a full ring: its worker
 * is parked, so that what is counted moves by requests only. */
static void start(const char *setting)
{
    const char *const settings[] = {"socket.mode=0666", setting, NULL};
    bool is_parked = false;
    faulty_start(&f, "good", settings);
    ck_assert_int_eq(chmod(f.program.directory, 0755), 0);
    while (!is_parked) {
        json_t *source = faulty_source(&f, "good");
        is_parked = json_is_true(faulty_at(source, "parked"));
        json_decref(source);
        (void)usleep(1000);
    }
}

/* A connection of another user's: credentials are those of the moment. */
static int connect_as(uid_t uid)
{
    ck_assert_int_eq(seteuid(uid), 0);
    int fd = program_connect(&f.program);
    ck_assert_int_eq(seteuid(0), 0);
    return fd;
}

/* What a request that is carried out would change. */
struct traces {
    json_int_t used, samples, discarded, forbidden;
};

static struct traces look(void)
{
    json_t *status = faulty_result(&f, "status", "{}");
    json_t *source = faulty_source(&f, "good");
    json_t *errors = faulty_at(status, "server errors_total");
    struct traces t = {
        .used = faulty_number(source, "ring used"),
        .samples = faulty_number(source, "samples_total"),
        .discarded = faulty_number(source, "discarded_total"),
        .forbidden = json_integer_value(json_object_get(errors, "forbidden")),
    };
    json_decref(source);
    json_decref(status);
    return t;
}

#define CALL(METHOD, PARAMS)                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"" METHOD                       \
    "\",\"params\":" PARAMS "}"
#define RAW      CALL("raw", "{\"source\":\"good\",\"samples\":64}")
#define SELFTEST CALL("selftest", "{\"source\":\"good\"}")
#define NOTIFY(METHOD, PARAMS)                                                 \
    "{\"jsonrpc\":\"2.0\",\"method\":\"" METHOD "\",\"params\":" PARAMS "}"

/* Everything that must be refused; how many refusals these are. */
static int ask_what_is_forbidden(int fd)
{
    static const char *const lines[] = {
        RAW,
        SELFTEST,
        CALL("raw", "[\"good\",1]"),
        CALL("raw", "[\"no_such_source\",1]"), /* nor is told what there is */
        CALL("selftest", "{}"),
        CALL("selftest", "[\"no_such_source\"]"),
    };
    int count = sizeof(lines) / sizeof(*lines);
    for (int i = 0; i < count; i++) {
        const char *reply = program_ask(fd, lines[i]);
        assert_has(reply, "\"name\":\"forbidden\"");
        assert_has(reply, "\"id\":5");
        ck_assert_ptr_null(strstr(reply, "\"result\""));
    }
    const char *reply = program_ask(fd, "[" RAW "," SELFTEST "]");
    assert_has(reply, "\"name\":\"forbidden\"");
    ck_assert_ptr_null(strstr(reply, "\"result\""));
    /* Notifications get no answer, and do nothing either. */
    reply = program_ask(fd, NOTIFY("raw", "[\"good\",64]") "\n" NOTIFY(
                                "selftest", "{}") "\n" CALL("ping", "{}"));
    assert_has(reply, "\"protocol\":1");
    return count + 4;
}

/* Everything else, on the connection that was refused so often. */
static void ask_what_is_for_everybody(int fd)
{
    assert_has(program_ask(fd, CALL("get", "{\"bytes\":16}")), "\"data\"");
    assert_has(program_ask(fd, CALL("health", "{}")), "\"health\":\"ok\"");
    assert_has(program_ask(fd, CALL("status", "{}")), "\"uptime_ms\"");
    assert_has(program_ask(fd, CALL("sources", "{}")), "\"good\"");
    assert_has(program_ask(fd, CALL("subscribe", "[\"health\"]")),
               "\"health\"");
    assert_has(program_ask(fd, CALL("unsubscribe", "[\"health\"]")), "[]");
}

static void check_user(uid_t uid)
{
    struct traces before = look();
    int fd = connect_as(uid);
    int refusals = ask_what_is_forbidden(fd);
    ask_what_is_for_everybody(fd);
    close(fd);
    struct traces after = look();
    ck_assert_int_eq(after.forbidden - before.forbidden, refusals);
    ck_assert_int_eq(after.used, before.used);
    ck_assert_int_eq(after.samples, before.samples);
    ck_assert_int_eq(after.discarded, before.discarded);
    ck_assert_ptr_null(strstr(program_log(&f.program), "selftest"));
}

START_TEST(what_is_forbidden_is_refused_and_not_done)
{
    if (geteuid() != 0)
        SKIP("only root can connect as another user");
    start(NULL);
    check_user(ALICE);
    check_user(NOBODY);

    /* The same by root leaves the traces that were looked for. */
    struct traces before = look();
    assert_has(program_ask(f.fd, RAW), "\"result\"");
    struct traces after_raw = look();
    ck_assert_int_lt(after_raw.used, before.used);
    assert_has(program_ask(f.fd, SELFTEST), "\"passed\":true");
    ck_assert_int_gt(look().samples, after_raw.samples);
    faulty_stop(&f);
}
END_TEST

/* Opens connections of a user's until one is refused; how many were served. */
static int take_places(uid_t uid, int *fds, int most)
{
    for (int n = 0; n < most; n++) {
        fds[n] = connect_as(uid);
        const char *reply = program_ask(fds[n], CALL("ping", "{}"));
        if (reply == NULL || strstr(reply, "\"busy\"") != NULL) {
            close(fds[n]);
            return n;
        }
        assert_has(reply, "\"protocol\":1");
    }
    return most;
}

static void close_all(const int *fds, int count)
{
    for (int i = 0; i < count; i++)
        close(fds[i]);
}

/* Alice has all places that a user can have. Each of bob's takes one of hers,
 * until both have the same; carol still gets one, and root those that are kept
 * for him. */
START_TEST(every_user_gets_a_place_and_two_greedy_ones_the_same)
{
    if (geteuid() != 0)
        SKIP("only root can connect as another user");
    int alice[PLACES];
    int bob[PLACES];
    int carol[1];
    start("server.max_connections=64");
    close(f.fd);
    ck_assert_int_eq(take_places(ALICE, alice, PLACES), PLACES - 1);
    ck_assert_int_eq(take_places(BOB, bob, PLACES), (PLACES - 1) / 2);
    ck_assert_int_eq(take_places(CAROL, carol, 1), 1);
    assert_has(program_ask(bob[PLACES / 4], CALL("ping", "{}")),
               "\"protocol\":1");
    f.fd = program_connect(&f.program);
    json_t *status = faulty_result(&f, "status", "{}");
    ck_assert_int_eq(faulty_number(status, "server connections"), PLACES);
    json_decref(status);
    assert_has(program_log(&f.program), "connections-full");
    close_all(alice, PLACES - 1);
    close_all(bob, (PLACES - 1) / 2);
    close(carol[0]);
    faulty_stop(&f);
}
END_TEST

/*
 * Greedy users, in processes of their own.
 */

#define GREEDY_CONNECTIONS 300
#define GREEDY_LINE_MAX    60000

/* One connection, which writes its line again and again and drops replies. */
struct greedy {
    int fd;
    size_t sent; /* of the line */
};

static void write_and_drop(struct greedy *g, const char *line, size_t length)
{
    static char replies[65536];
    while (recv(g->fd, replies, sizeof(replies), MSG_DONTWAIT) > 0)
        ;
    ssize_t n = send(g->fd, line + g->sent, length - g->sent,
                     MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0)
        g->sent = (g->sent + (size_t)n) % length;
}

static noreturn void be_greedy(const char *line, int count)
{
    static struct greedy all[GREEDY_CONNECTIONS];
    size_t length = strlen(line);
    for (int i = 0; i < count; i++)
        all[i].fd = program_connect(&f.program);
    for (;;) {
        for (int i = 0; i < count; i++)
            write_and_drop(&all[i], line, length);
    }
}

static pid_t start_greedy(uid_t uid, int count, const char *line)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0)
            _exit(1);
        be_greedy(line, count);
    }
    return pid;
}

static void end_greedy(pid_t pid)
{
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void await_connections(json_int_t n)
{
    for (json_int_t now = 0; now < n; (void)usleep(5000)) {
        json_t *status = faulty_result(&f, "status", "{}");
        now = faulty_number(status, "server connections");
        json_decref(status);
    }
}

/* Each get is answered; script/bench users measures how soon. Before users
 * shared the loop it took more than ten seconds each. */
static void ask_beside(int greedy, const char *line)
{
    start("server.max_connections=1024");
    pid_t alice = start_greedy(ALICE, greedy, line);
    await_connections(greedy);
    int bob = connect_as(BOB);
    for (int i = 0; i < 50; i++) {
        const char *reply = program_ask(bob, CALL("get", "{\"bytes\":32}"));
        ck_assert_msg(reply != NULL, "request %d is not answered", i);
        assert_has(reply, "\"data\"");
    }
    json_t *status = faulty_result(&f, "status", "{}"); /* root's, too */
    ck_assert_int_ge(faulty_number(status, "server connections"), greedy);
    json_decref(status);
    end_greedy(alice);
    close(bob);
    faulty_stop(&f);
}

START_TEST(lines_that_are_costly_to_parse_do_not_starve_another_user)
{
    static char line[GREEDY_LINE_MAX];
    if (geteuid() != 0)
        SKIP("only root can connect as another user");
    line[0] = '[';
    for (size_t at = 1; at + 4 < sizeof(line); at += 3)
        memcpy(line + at, "{},\n", 5);
    ask_beside(GREEDY_CONNECTIONS, line);
}
END_TEST

START_TEST(batches_that_are_costly_to_answer_do_not_starve_another_user)
{
    static char line[64 * sizeof(CALL("sources", "{}")) + 3] = "[";
    if (geteuid() != 0)
        SKIP("only root can connect as another user");
    size_t used = 1;
    for (int i = 0; i < 64; i++)
        used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s",
                                 CALL("sources", "{}"), i < 63 ? "," : "]\n");
    ask_beside(GREEDY_CONNECTIONS, line);
}
END_TEST

/* Two users ask for as much as they may; the third gets his 32 bytes each time,
 * and is never busy, though the others' requests would fill the queue. */
START_TEST(conditioned_bytes_and_waiting_places_are_shared_by_user)
{
    if (geteuid() != 0)
        SKIP("only root can connect as another user");
    start("server.max_waiting=8");
    const char *line =
        CALL("get", "{\"bytes\":4096,\"quality\":\"conditioned\"}") "\n";
    pid_t alice = start_greedy(ALICE, 30, line);
    pid_t carol = start_greedy(CAROL, 30, line);
    await_connections(60);
    int bob = connect_as(BOB);
    for (int i = 0; i < 5; i++) {
        const char *reply =
            program_ask(bob, CALL("get", "{\"bytes\":32,\"quality\":"
                                         "\"conditioned\"}"));
        ck_assert_msg(reply != NULL, "request %d is not answered", i);
        assert_has(reply, "\"credited_bits\":320");
    }
    end_greedy(alice);
    end_greedy(carol);
    close(bob);
    faulty_stop(&f);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(what_is_forbidden_is_refused_and_not_done),
        TEST(every_user_gets_a_place_and_two_greedy_ones_the_same),
        TEST(lines_that_are_costly_to_parse_do_not_starve_another_user),
        TEST(batches_that_are_costly_to_answer_do_not_starve_another_user),
        TEST(conditioned_bytes_and_waiting_places_are_shared_by_user),
        {0},
    };
    return run_tests("e2e_users", tests);
}
