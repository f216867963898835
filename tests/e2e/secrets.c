/* SPDX-License-Identifier: MIT */
/*
 * What the daemon's memory holds after it has served: nothing of what it
 * served. Bytes are asked for in every way, by clients that read and clients
 * that leave; then the daemon is stopped and all its memory is searched for
 * what they got.
 */

#include "tests/support/memory.h"
#include "tests/support/patience.h"
#include "tests/support/program.h"
#include "tests/support/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}"
#define HEAD   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"

static struct program daemon_program;
static struct memory_needles needles;

static void start(const char *const *arguments)
{
    program_prepare(&daemon_program);
    program_start(&daemon_program, ENTROPYD_PROGRAM, arguments);
    program_wait(&daemon_program);
}

/* Waits until status says `part`. */
static void await(int fd, const char *part)
{
    const char *reply = NULL;
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        reply = program_ask(fd, STATUS);
        if (reply != NULL && strstr(reply, part) != NULL)
            return;
        (void)usleep(10000);
    }
    ck_abort_msg("%s is not in %s", part, reply ? reply : "(closed)");
}

/* The quoted text behind "data": in a reply; its length. */
static const char *data_of(const char *reply, size_t *length)
{
    const char *data = reply ? strstr(reply, "\"data\":\"") : NULL;
    ck_assert_msg(data != NULL, "no data in %.200s", reply ? reply : "nothing");
    data += strlen("\"data\":\"");
    *length = strcspn(data, "\"");
    return data;
}

/* The data of a reply in text, and the bytes that hex encodes. */
static void note_text(const char *what, const char *reply, bool is_hex)
{
    size_t length;
    const char *data = data_of(reply, &length);
    memory_add(&needles, what, data, length);
    if (!is_hex)
        return;
    unsigned char *bytes = malloc(length / 2);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < length / 2; i++) {
        const char digits[3] = {data[2 * i], data[2 * i + 1], '\0'};
        bytes[i] = (unsigned char)strtoul(digits, NULL, 16);
    }
    memory_add(&needles, what, bytes, length / 2);
    free(bytes);
}

static void get_text(int fd, const char *what, const char *params, bool is_hex)
{
    char line[256];
    (void)snprintf(line, sizeof(line), HEAD "%s}}", params);
    note_text(what, program_ask(fd, line), is_hex);
}

/* n raw bytes, of which `most` are read. */
static void get_binary(int fd, const char *what, const char *params, size_t n,
                       size_t most)
{
    char line[256];
    char *bytes = malloc(n);
    size_t have = 0;
    ck_assert_ptr_nonnull(bytes);
    (void)snprintf(line, sizeof(line), HEAD "\"bytes\":%zu,%s}}", n, params);
    const char *reply = program_ask(fd, line);
    ck_assert_msg(reply && strstr(reply, "\"result\""), "%s", line);
    while (have < most) {
        ssize_t got = recv(fd, bytes + have, most - have, 0);
        ck_assert_int_gt(got, 0);
        have += (size_t)got;
    }
    memory_add(&needles, what, bytes, have);
    free(bytes);
}

/* Asks for much and reads a little of it; what was read is noted. */
static void leave_early(const char *what, const char *line)
{
    static char bytes[100000];
    int fd = program_connect(&daemon_program);
    for (int i = 0; i < 8; i++)
        (void)send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)usleep(100000); /* the daemon now has a backlog */
    ssize_t got = recv(fd, bytes, sizeof(bytes), MSG_WAITALL);
    ck_assert_int_gt(got, 70000);
    memory_add(&needles, what, bytes + 4096, (size_t)got - 4096);
    close(fd);
}

static void serve_all(int fd)
{
    for (int i = 0; i < 200; i++)
        get_text(fd, "small hex", "\"bytes\":32", true);
    get_text(fd, "base64", "\"bytes\":3000,\"encoding\":\"base64\"", false);
    get_text(fd, "large hex", "\"bytes\":65536", true);
    get_text(fd, "conditioned hex",
             "\"bytes\":64,\"quality\":\"conditioned\",\"timeout_ms\":10000",
             true);
    get_binary(fd, "small binary", "\"encoding\":\"binary\"", 1000, 1000);
    get_binary(fd, "inline binary", "\"encoding\":\"binary\"", 65536, 65536);
    get_binary(fd, "conditioned binary",
               "\"encoding\":\"binary\",\"quality\":\"conditioned\","
               "\"timeout_ms\":10000",
               96, 96);
    get_binary(fd, "bulk", "\"encoding\":\"binary\"", 4000000, 4000000);
    note_text("batch",
              program_ask(fd, "[" HEAD "\"bytes\":64}}," HEAD
                              "\"bytes\":64,\"quality\":\"conditioned\"}}]"),
              true);
    leave_early("a backlog", HEAD "\"bytes\":65536}}\n");
    int early = program_connect(&daemon_program);
    get_binary(early, "half a bulk", "\"encoding\":\"binary\"", 64000000,
               1000000);
    close(early);
}

/* Raw samples, in the order in which the ring held them. */
static void take_samples(int fd, const char *source)
{
    char line[256];
    (void)snprintf(line, sizeof(line),
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"raw\",\"params\""
                   ":{\"source\":\"%s\",\"samples\":2000,\"encoding\":\"hex\","
                   "\"format\":\"ticks\"}}",
                   source);
    note_text("samples", program_ask(fd, line), true);
}

/* Stops the daemon, looks, lets it go on. */
static int search(struct memory_finds *finds)
{
    int status;
    pid_t pid = daemon_program.pid;
    ck_assert_int_eq(kill(pid, SIGSTOP), 0);
    ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
    ck_assert(WIFSTOPPED(status));
    int rc = memory_search(pid, &needles, finds);
    ck_assert_int_eq(kill(pid, SIGCONT), 0);
    return rc;
}

static void end(void)
{
    memory_forget(&needles);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}

#define CANNOT_READ                                                            \
    "the daemon's memory cannot be read here (root may; a sanitizer's is too " \
    "large)"

START_TEST(nothing_that_was_served_stays_in_memory)
{
    struct memory_finds finds;
    start(NULL);
    int fd = program_connect(&daemon_program);
    await(fd, "\"seeded\":true");
    serve_all(fd);
    await(fd, "\"waiting\":0");
    int rc = search(&finds);
    if (rc == -EACCES || rc == -EPERM || rc == -EFBIG) {
        end();
        SKIP(CANNOT_READ);
    }
    ck_assert_int_eq(rc, 0);
    ck_assert_uint_gt(needles.count, 300000);
    ck_assert_msg(finds.count == 0, "%zu pieces: %s", finds.count, finds.first);
    close(fd);
    end();
}
END_TEST

START_TEST(samples_that_left_the_ring_are_gone)
{
    struct memory_finds finds;
    start(NULL);
    int fd = program_connect(&daemon_program);
    await(fd, "\"parked\":true");
    await(fd, "\"health\":\"ok\"");
    /* A sample alone is a small number, which the ring holds many times; eight
     * in a row come again once in 2^40 places or so. */
    needles.size = 8 * sizeof(uint64_t);
    take_samples(fd, "unix_ipc");
    ck_assert_uint_gt(needles.count, 400);
    int rc = search(&finds);
    if (rc == -EACCES || rc == -EPERM || rc == -EFBIG) {
        end();
        SKIP(CANNOT_READ);
    }
    ck_assert_int_eq(rc, 0);
    ck_assert_msg(finds.count == 0, "%zu pieces: %s", finds.count, finds.first);
    close(fd);
    end();
}
END_TEST

START_TEST(the_search_finds_what_is_there)
{
    struct memory_finds finds;
    start(NULL);
    /* The socket's path is not secret, and the daemon keeps it. */
    memory_add(&needles, "path", daemon_program.socket, MEMORY_NEEDLE);
    ck_assert_uint_eq(needles.count, 1);
    int rc = search(&finds);
    if (rc == -EACCES || rc == -EPERM || rc == -EFBIG) {
        end();
        SKIP(CANNOT_READ);
    }
    ck_assert_int_eq(rc, 0);
    ck_assert_uint_gt(finds.count, 0);
    end();
}
END_TEST

START_TEST(rings_keys_and_replies_are_locked_and_left_out_of_dumps)
{
    size_t secret;
    size_t locked;
    static const char *const rings[] = {"--set", "pool.ring_samples=65536",
                                        NULL};
    start(rings);
    int fd = program_connect(&daemon_program);
    const char *status = program_ask(fd, STATUS);
    memory_locked(daemon_program.pid, &secret, &locked);
    if (strstr(status, "\"memory_locked\":false") != NULL) {
        ck_assert_ptr_nonnull(
            strstr(program_log(&daemon_program), "memory-not-locked"));
        end();
        SKIP("memory cannot be locked here (RLIMIT_MEMLOCK)");
    }
    /* Two rings of 65,536 samples and the output; pool, judges and workers
     * come to less. */
    ck_assert_uint_ge(secret, (size_t)2 * 65536 * sizeof(uint64_t) + 294912);
    ck_assert_uint_eq(secret, locked);
    close(fd);
    end();
}
END_TEST

START_TEST(without_locked_memory_it_says_so_and_serves)
{
    const struct rlimit none = {0, 0};
    if (geteuid() == 0)
        SKIP("root may always lock memory");
    ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
    start(NULL);
    int fd = program_connect(&daemon_program);
    await(fd, "\"memory_locked\":false");
    await(fd, "\"seeded\":true");
    ck_assert_ptr_nonnull(
        strstr(program_log(&daemon_program), "memory-not-locked"));
    close(fd);
    end();
}
END_TEST

START_TEST(a_crash_leaves_no_core)
{
    const struct rlimit any = {RLIM_INFINITY, RLIM_INFINITY};
    int status;
    (void)setrlimit(RLIMIT_CORE, &any);
    start(NULL);
    ck_assert_int_eq(kill(daemon_program.pid, SIGABRT), 0);
    ck_assert_int_eq(waitpid(daemon_program.pid, &status, 0),
                     daemon_program.pid);
    daemon_program.pid = -1;
    ck_assert(WIFSIGNALED(status) && !WCOREDUMP(status));
    program_end(&daemon_program);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_search_finds_what_is_there),
        TEST(nothing_that_was_served_stays_in_memory),
        TEST(samples_that_left_the_ring_are_gone),
        TEST(rings_keys_and_replies_are_locked_and_left_out_of_dumps),
        TEST(without_locked_memory_it_says_so_and_serves),
        TEST(a_crash_leaves_no_core),
        {0},
    };
    return run_tests("e2e secrets", tests);
}
