/* SPDX-License-Identifier: MIT */
/* Every source killed while a client asks: what the replies say, that none
 * repeats, and how the daemon comes back. */

#include "tests/e2e/faults/faulty.h"

#include "tests/support/resources.h"
#include "tests/support/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GETS_MAX 20000

/* Two different ways to fail, once the switch is turned. */
static const char *const killable[] = {"sources.stuck.onset=-1",
                                       "sources.step.onset=-1", NULL};

/* Hex of 32 bytes each. */
struct heard {
    char text[GETS_MAX][65];
    size_t count;
    size_t words[4]; /* replies with starting, ok, degraded, failed */
};

static struct heard heard;

static int word_of(const char *health)
{
    static const char *const words[] = {"starting", "ok", "degraded", "failed"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(health, words[i]) == 0)
            return i;
    }
    ck_abort_msg("a health word of %s", health);
}

/* One get. Where health is the same before and after it, the reply says so. */
static void ask(struct faulty *f)
{
    const char *before = faulty_health(f);
    json_t *result = faulty_result(f, "get", "{\"bytes\":32}");
    const char *after = faulty_health(f);
    const char *said = faulty_text(result, "health");
    if (strcmp(before, after) == 0)
        ck_assert_str_eq(said, before);
    heard.words[word_of(said)]++;
    ck_assert_uint_lt(heard.count, GETS_MAX);
    (void)snprintf(heard.text[heard.count++], sizeof(heard.text[0]), "%s",
                   faulty_text(result, "data"));
    json_decref(result);
}

/* Asks for fresh entropy, so that the workers have to collect. Refused or
 * not, at once. */
static void drain(struct faulty *f)
{
    json_t *reply = faulty_ask(
        f, "get",
        "{\"bytes\":512,\"quality\":\"conditioned\",\"timeout_ms\":20}");
    json_t *error = json_object_get(reply, "error");
    if (error != NULL) {
        const char *name = faulty_text(error, "data name");
        ck_assert_msg(strcmp(name, "timeout") == 0 ||
                          strcmp(name, "entropy_failed") == 0,
                      "%s", name);
    } else {
        ck_assert_str_ne(faulty_text(reply, "result health"), "failed");
    }
    json_decref(reply);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(heard.text[0]));
}

static void assert_none_repeats(void)
{
    qsort(heard.text, heard.count, sizeof(heard.text[0]), compare);
    for (size_t i = 1; i < heard.count; i++)
        ck_assert_str_ne(heard.text[i - 1], heard.text[i]);
}

/* Takes the ring of the source down, so that its worker meets the fault. */
static void empty(struct faulty *f, const char *source)
{
    uint64_t ticks[256];
    (void)faulty_take(f, source, ticks);
}

/* Kills both sources and asks on until nothing is left. */
static void kill_all(struct faulty *f)
{
    faulty_turn_on(f);
    for (int turn = 0; strcmp(faulty_health(f), "failed") != 0; turn++) {
        ck_assert_msg(turn < 5000, "it does not fail:\n%s",
                      program_log_end(&f->program));
        ask(f);
        drain(f);
        empty(f, "stuck");
        empty(f, "step");
    }
}

START_TEST(both_sources_killed_under_a_loop_of_get_leave_no_reply_unmarked)
{
    struct faulty f;
    faulty_start(&f, "stuck step", killable);
    faulty_await_health(&f, "ok");
    for (long i = 0; i < scaled(500); i++) {
        ask(&f);
        drain(&f);
    }
    ck_assert_uint_eq(heard.words[word_of("ok")], heard.count);
    kill_all(&f);
    size_t failed = heard.words[word_of("failed")];
    for (long i = 0; i < scaled(500); i++)
        ask(&f);
    ck_assert_uint_eq(heard.words[word_of("failed")],
                      failed + (size_t)scaled(500));
    assert_none_repeats();
    faulty_stop(&f);
}
END_TEST

START_TEST(the_generator_goes_on_and_conditioned_is_refused_at_once)
{
    struct faulty f;
    faulty_start(&f, "stuck step", killable);
    faulty_await_health(&f, "ok");
    kill_all(&f);
    (void)faulty_await(&f, "step", "failed", 0);
    char *error = faulty_error(
        &f, "get",
        "{\"bytes\":32,\"quality\":\"conditioned\",\"timeout_ms\":60000}");
    ck_assert_str_eq(error, "entropy_failed");
    free(error);
    json_t *result = faulty_result(&f, "get", "{\"bytes\":65536}");
    ck_assert_str_eq(faulty_text(result, "health"), "failed");
    ck_assert_int_ge(faulty_number(result, "credited_bits"), 320);
    json_decref(result);
    faulty_stop(&f);
}
END_TEST

/* Everything works again, and fresh entropy comes. */
static void assert_is_well(struct faulty *f, const char *source)
{
    faulty_await_health(f, "ok");
    for (int i = 0; i < 20; i++) {
        json_t *result = faulty_result(
            f, "get", "{\"bytes\":1024,\"quality\":\"conditioned\"}");
        ck_assert_str_eq(faulty_text(result, "health"), "ok");
        json_decref(result);
    }
    json_t *now = faulty_source(f, source);
    ck_assert(json_is_null(faulty_at(now, "reason")));
    json_decref(now);
    ask(f);
}

START_TEST(failed_sources_recover_by_selftest_and_not_without)
{
    struct faulty f;
    faulty_start(&f, "stuck step", killable);
    faulty_await_health(&f, "ok");
    kill_all(&f);
    (void)faulty_await(&f, "stuck", "failed", 0);
    (void)faulty_await(&f, "step", "failed", 0);

    json_t *result = faulty_result(&f, "selftest", "{}");
    size_t i;
    json_t *source;
    ck_assert_uint_eq(json_array_size(faulty_at(result, "sources")), 2);
    json_array_foreach(faulty_at(result, "sources"), i, source)
    {
        ck_assert(json_is_false(faulty_at(source, "passed")));
        ck_assert_str_eq(faulty_text(source, "state"), "failed");
    }
    json_decref(result);

    faulty_turn_off(&f);
    ck_assert_str_eq(faulty_health(&f), "failed");
    result = faulty_result(&f, "selftest", "{}");
    json_array_foreach(faulty_at(result, "sources"), i, source)
    {
        ck_assert(json_is_true(faulty_at(source, "passed")));
        ck_assert_str_eq(faulty_text(source, "state"), "healthy");
    }
    json_decref(result);
    assert_is_well(&f, "stuck");
    assert_none_repeats();
    faulty_stop(&f);
}
END_TEST

START_TEST(entropyctl_selftest_brings_a_source_back)
{
    struct faulty f;
    char output[4096];
    faulty_start(&f, "stuck step", killable);
    faulty_await_health(&f, "ok");
    kill_all(&f);
    (void)faulty_await(&f, "stuck", "failed", 0);
    const char *selftest[] = {ENTROPYCTL_PROGRAM, "--socket", f.program.socket,
                              "selftest",         "stuck",    NULL};
    ck_assert_int_eq(program_run(selftest, output, sizeof(output)), 1);
    faulty_turn_off(&f);
    ck_assert_int_eq(program_run(selftest, output, sizeof(output)), 0);
    ck_assert_str_ne(faulty_health(&f), "failed");
    faulty_stop(&f);
}
END_TEST

/* A good source, and one whose collect() no longer comes back. */
static void start_and_hang(struct faulty *f)
{
    const char *settings[] = {"sources.hanging.onset=-1", NULL};
    faulty_start(f, "good hanging", settings);
    faulty_await_health(f, "ok");
    faulty_turn_on(f);
    (void)faulty_await(f, "hanging", "stalled", 0);
}

START_TEST(a_thread_that_does_not_run_is_seen_from_the_loop)
{
    struct faulty f;
    start_and_hang(&f);
    ck_assert_str_eq(faulty_health(&f), "degraded");
    json_t *source = faulty_source(&f, "hanging");
    ck_assert_str_eq(faulty_text(source, "reason"),
                     "no sample for 5000 ms: its thread does not run");
    json_decref(source);
    faulty_turn_off(&f);
    faulty_await_health(&f, "ok");
    faulty_stop(&f);
}
END_TEST

START_TEST(a_call_that_never_returns_does_not_keep_it_from_stopping)
{
    struct faulty f;
    start_and_hang(&f);
    close(f.fd);
    ck_assert_int_eq(program_stop(&f.program, SIGTERM), 0);
    const char *log = program_log(&f.program);
    ck_assert_ptr_nonnull(strstr(log, "worker-stuck source=hanging"));
    ck_assert_ptr_null(strstr(log, "worker-stuck source=good"));
    ck_assert_ptr_nonnull(strstr(log, "stopped status=0"));
    ck_assert_int_ne(access(f.program.socket, F_OK), 0);
    program_end(&f.program);
}
END_TEST

#define BULK                                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"get\",\"params\":{"            \
    "\"bytes\":67108864,\"encoding\":\"binary\"}}\n"

/* Reads a little of what the daemon sends; it is not done yet. */
static void read_on(const struct faulty *f)
{
    char bytes[4096];
    ck_assert_int_gt(recv(f->fd, bytes, sizeof(bytes), 0), 0);
    (void)usleep(1000);
}

START_TEST(threads_end_while_clients_read_so_that_a_stuck_one_adds_no_wait)
{
    struct faulty f;
    char tasks[64];
    const char *settings[] = {"sources.hanging.onset=-1",
                              "server.shutdown_ms=60000", NULL};
    if (access("/proc/self/task", F_OK) != 0)
        SKIP("the daemon's threads cannot be counted here");
    faulty_start(&f, "good hanging", settings);
    faulty_await_health(&f, "ok");
    faulty_turn_on(&f);
    (void)faulty_await(&f, "hanging", "stalled", 0);
    (void)snprintf(tasks, sizeof(tasks), "/proc/%ld/task", (long)f.program.pid);
    int threads = resources_count(tasks, "");
    ck_assert_int_eq(send(f.fd, BULK, strlen(BULK), 0), strlen(BULK));
    read_on(&f);
    ck_assert_int_eq(kill(f.program.pid, SIGTERM), 0);
    while (resources_count(tasks, "") == threads)
        read_on(&f); /* at its end, or where it was closed, it fails */
    close(f.fd);
    ck_assert_int_eq(program_wait_end(&f.program), 0);
    ck_assert_ptr_nonnull(
        strstr(program_log(&f.program), "worker-stuck source=hanging"));
    program_end(&f.program);
}
END_TEST

START_TEST(noise_that_returns_in_time_is_enough)
{
    struct faulty f;
    const char *settings[] = {"sources.stalling.onset=-1",
                              "sources.erring.onset=-1", NULL};
    faulty_start(&f, "stalling erring", settings);
    faulty_await_health(&f, "ok");
    faulty_turn_on(&f);
    /* Starting again, neither of them is healthy; both are opened again for
     * more than a second. */
    for (int turn = 0; strcmp(faulty_health(&f), "failed") != 0; turn++) {
        ck_assert_int_lt(turn, 5000);
        ask(&f);
        drain(&f);
        empty(&f, "stalling");
        empty(&f, "erring");
    }
    ask(&f);
    ck_assert_uint_gt(heard.words[word_of("failed")], 0);
    faulty_turn_off(&f);
    assert_is_well(&f, "stalling");
    assert_none_repeats();
    faulty_stop(&f);
}
END_TEST

START_TEST(an_alarm_that_passes_leaves_its_count_and_a_healthy_source)
{
    struct faulty f;
    /* 80 equal samples: above the intermittent cut-off of 61, below the
     * permanent one of 121. They come before the ring is full, for the 64
     * samples behind a pause are not judged. */
    const char *settings[] = {
        "sources.stuck.onset=20000", "sources.stuck.heal=80",
        "sources.stuck.duty_percent=100", "pool.ring_samples=65536", NULL};
    faulty_start(&f, "good stuck", settings);
    for (int turn = 0;; turn++) {
        uint64_t ticks[256];
        json_t *source = faulty_source(&f, "stuck");
        bool is_over = faulty_number(source, "alarms rct intermittent") == 1 &&
                       strcmp(faulty_text(source, "state"), "healthy") == 0;
        json_decref(source);
        if (is_over)
            break;
        ck_assert_int_lt(turn, 5000);
        (void)faulty_take(&f, "stuck", ticks);
    }
    assert_is_well(&f, "stuck");
    faulty_stop(&f);
}
END_TEST

START_TEST(waiting_clients_get_an_error_when_the_last_source_fails)
{
    struct faulty f;
    faulty_start(&f, "stuck step", killable);
    faulty_await_health(&f, "ok");
    faulty_turn_on(&f);
    /* Far more than the rings hold, and longer than it takes to fail. */
    char *error = NULL;
    for (int i = 0; i < 10 && error == NULL; i++) {
        json_t *reply = faulty_ask(&f, "get",
                                   "{\"bytes\":4096,\"quality\":"
                                   "\"conditioned\",\"timeout_ms\":9000}");
        if (json_object_get(reply, "error") != NULL)
            error = strdup(faulty_text(reply, "error data name"));
        json_decref(reply);
    }
    ck_assert_ptr_nonnull(error);
    ck_assert_str_eq(error, "entropy_failed");
    free(error);
    faulty_stop(&f);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(both_sources_killed_under_a_loop_of_get_leave_no_reply_unmarked),
        TEST(the_generator_goes_on_and_conditioned_is_refused_at_once),
        TEST(failed_sources_recover_by_selftest_and_not_without),
        TEST(entropyctl_selftest_brings_a_source_back),
        TEST(a_thread_that_does_not_run_is_seen_from_the_loop),
        TEST(a_call_that_never_returns_does_not_keep_it_from_stopping),
        TEST(threads_end_while_clients_read_so_that_a_stuck_one_adds_no_wait),
        TEST(noise_that_returns_in_time_is_enough),
        TEST(an_alarm_that_passes_leaves_its_count_and_a_healthy_source),
        TEST(waiting_clients_get_an_error_when_the_last_source_fails),
        {0},
    };
    return run_tests("e2e_faults_failure", tests);
}
