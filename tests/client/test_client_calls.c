/* SPDX-License-Identifier: MIT */
/* Questions, their answers, and answers that are none. */

#include "tests/client/client_rig.h"
#include "tests/support/patience.h"
#include "tests/support/run.h"

#include "protocol/protocol.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static void every_question(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"method\":\"status\"}");
    fake_result(fd, "{\"protocol\":1,\"sources\":[]}");
    fake_expect(fd, "\"method\":\"sources\"}");
    fake_result(fd, "{\"sources\":[1]}");
    fake_expect(fd, "\"method\":\"ping\"}");
    fake_result(fd, "{\"version\":\"9\",\"protocol\":1}");
    fake_expect(fd, "\"method\":\"selftest\"}");
    fake_result(fd, "{\"sources\":[]}");
    fake_expect(fd, "\"selftest\",\"params\":{\"source\":\"a\\\"b\"}}");
    fake_error(fd, "{\"code\":-32002,\"message\":\"none\",\"data\":{\"name\":"
                   "\"unknown_source\"}}");
    fake_expect(fd, "\"method\":\"get\",\"params\":[1,\"hex\"]}");
    fake_result(fd, "{\"data\":\"00\"}");
    fake_expect_end(fd);
}

START_TEST(results_are_json_text)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, every_question, 5000);
    char *json = NULL;
    ck_assert_int_eq(entropy_client_status(client, &json), 0);
    ck_assert_str_eq(json, "{\"protocol\":1,\"sources\":[]}");
    entropy_client_free(json);
    ck_assert_int_eq(entropy_client_sources(client, &json), 0);
    ck_assert_str_eq(json, "{\"sources\":[1]}");
    entropy_client_free(json);
    ck_assert_int_eq(entropy_client_ping(client, &json), 0);
    ck_assert_str_eq(json, "{\"version\":\"9\",\"protocol\":1}");
    entropy_client_free(json);
    ck_assert_int_eq(entropy_client_selftest(client, NULL, &json), 0);
    entropy_client_free(json);
    int rc = entropy_client_selftest(client, "a\"b", &json);
    check_error(client, rc, ENTROPY_CLIENT_UNKNOWN_SOURCE, "none");
    ck_assert_ptr_null(json);
    ck_assert_int_eq(
        entropy_client_call(client, "get", "[1,\"hex\"]", 0, &json), 0);
    ck_assert_str_eq(json, "{\"data\":\"00\"}");
    ck_assert_str_eq(entropy_client_message(client), "");
    entropy_client_free(json);
    entropy_client_free(NULL);
    rig_end(client, &s);
}
END_TEST

static void health_words(int listener)
{
    int fd = fake_accept(listener);
    static const char *const words[] = {"ok", "degraded", "failed", "starting",
                                        "splendid"};
    for (size_t i = 0; i < 5; i++) {
        char result[64];
        fake_expect(fd, "\"health\"");
        snprintf(result, sizeof(result), "{\"health\":\"%s\"}", words[i]);
        fake_result(fd, result);
    }
    fake_expect_end(fd);
}

START_TEST(health_is_a_value_and_has_a_name)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, health_words, 5000);
    static const enum entropy_client_health values[] = {
        ENTROPY_CLIENT_HEALTH_OK, ENTROPY_CLIENT_HEALTH_DEGRADED,
        ENTROPY_CLIENT_HEALTH_FAILED, ENTROPY_CLIENT_HEALTH_STARTING};
    static const char *const names[] = {"ok", "degraded", "failed", "starting"};
    enum entropy_client_health health;
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(entropy_client_health(client, &health), 0);
        ck_assert_int_eq(health, values[i]);
        ck_assert_str_eq(entropy_client_health_name(health), names[i]);
    }
    check_error(client, entropy_client_health(client, &health),
                ENTROPY_CLIENT_BAD_REPLY, "health word");
    rig_end(client, &s);
}
END_TEST

static void every_error(int listener)
{
    int fd = fake_accept(listener);
    for (unsigned i = 0; i < ERROR_KIND_COUNT; i++) {
        char error[160];
        fake_expect(fd, "\"ping\"");
        snprintf(error, sizeof(error),
                 "{\"code\":%d,\"message\":\"it is %s\",\"data\":{\"name\":"
                 "\"%s\"}}",
                 error_code((enum error_kind)i), error_name((enum error_kind)i),
                 error_name((enum error_kind)i));
        fake_error(fd, error);
    }
    fake_expect(fd, "\"ping\"");
    fake_error(fd, "{\"code\":-32050,\"message\":\"new\"}");
    fake_expect(fd, "\"ping\"");
    fake_line(fd, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32007,"
                  "\"message\":\"full\"}}");
    fake_expect_end(fd);
}

START_TEST(the_daemons_errors_have_their_codes_and_names)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, every_error, 5000);
    char *json;
    for (unsigned i = 0; i < ERROR_KIND_COUNT; i++) {
        int rc = entropy_client_ping(client, &json);
        check_error(client, rc, error_code((enum error_kind)i), "it is ");
        ck_assert_str_eq(entropy_client_error_name(rc),
                         error_name((enum error_kind)i));
        ck_assert_ptr_nonnull(strstr(entropy_client_error_data(client),
                                     error_name((enum error_kind)i)));
    }
    int rc = entropy_client_ping(client, &json);
    check_error(client, rc, -32050, "new");
    ck_assert_str_eq(entropy_client_error_name(rc), "unknown_error");
    ck_assert_str_eq(entropy_client_error_data(client), "");
    check_error(client, entropy_client_ping(client, &json), ENTROPY_CLIENT_BUSY,
                "full");
    rig_end(client, &s);
}
END_TEST

START_TEST(the_clients_errors_have_names)
{
    for (int error = 0; error >= ENTROPY_CLIENT_ACCESS_DENIED; error--)
        ck_assert_str_ne(entropy_client_error_name(error), "unknown_error");
    ck_assert_str_eq(entropy_client_error_name(1), "unknown_error");
    ck_assert_str_eq(entropy_client_error_name(-10), "unknown_error");
    ck_assert_str_eq(entropy_client_error_name(INT32_MIN), "unknown_error");
}
END_TEST

static const char *const broken_lines[] = {
    "",
    "hello",
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\"",
    "{\"jsonrpc\":\"2.0\",\"id\":999,\"result\":{}}",
    "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":{}}",
    "{\"jsonrpc\":\"2.0\",\"result\":{}}",
    "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}]",
    "{\"jsonrpc\":\"2.0\",\"method\":\"health\",\"params\":{}}",
    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":5,\"message\":\"\"}}",
    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"message\":\"a\"}}",
    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":7}",
    "null",
    "\xff\xfe",
};

#define BROKEN_COUNT (sizeof(broken_lines) / sizeof(broken_lines[0]))

static void broken_answers(int listener)
{
    for (size_t i = 0; i < BROKEN_COUNT; i++) {
        int fd = fake_accept(listener);
        fake_expect(fd, "\"ping\"");
        fake_line(fd, broken_lines[i]);
        /* Given up at once: nothing is asked on this connection again. */
        fake_expect_end(fd);
    }
}

START_TEST(a_malformed_reply_ends_the_connection)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, broken_answers, 5000);
    for (size_t i = 0; i < BROKEN_COUNT; i++) {
        char *json = (char *)"";
        int rc = entropy_client_ping(client, &json);
        ck_assert_msg(rc == ENTROPY_CLIENT_BAD_REPLY, "%s: %s", broken_lines[i],
                      entropy_client_error_name(rc));
        ck_assert_ptr_null(json);
    }
    rig_end(client, &s);
}
END_TEST

static void endless_line(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"ping\"");
    char piece[4096];
    memset(piece, 'x', sizeof(piece));
    signal(SIGPIPE, SIG_IGN);
    while (write(fd, piece, sizeof(piece)) > 0)
        continue;
    close(fd);
}

START_TEST(an_oversized_reply_is_refused)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, endless_line, 5000);
    char *json;
    check_error(client, entropy_client_ping(client, &json),
                ENTROPY_CLIENT_BAD_REPLY, "longer than 2097152 bytes");
    rig_end(client, &s);
}
END_TEST

static void late_answer(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"ping\"");
    /* What would be answered now could meet the next request: the client must
     * be gone, and come back on a connection that never saw this one. */
    fake_expect_end(fd);
    fd = fake_accept(listener);
    fake_expect(fd, "\"ping\"");
    fake_result(fd, "{\"second\":true}");
    fake_expect_end(fd);
}

START_TEST(a_late_reply_never_answers_the_next_request)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, late_answer, 200);
    char *json;
    check_error(client, entropy_client_ping(client, &json),
                ENTROPY_CLIENT_NO_ANSWER, "timed out");
    ck_assert_int_eq(
        entropy_client_call(client, "ping", NULL, PATIENCE_MS, &json), 0);
    ck_assert_str_eq(json, "{\"second\":true}");
    entropy_client_free(json);
    rig_end(client, &s);
}
END_TEST

static void half_an_answer(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"ping\"");
    fake_result(fd, "{}");
    fake_expect(fd, "\"ping\"");
    fake_send(fd, "{\"jsonrpc\":\"2.0\",", 17);
    close(fd);
    /* Not asked again: an answer had begun. */
    fd = fake_accept(listener);
    fake_expect(fd, "\"status\"");
    fake_result(fd, "{}");
    fake_expect_end(fd);
}

START_TEST(half_a_reply_is_an_error_and_is_not_retried)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, half_an_answer, 5000);
    char *json;
    ck_assert_int_eq(entropy_client_ping(client, &json), 0);
    entropy_client_free(json);
    check_error(client, entropy_client_ping(client, &json),
                ENTROPY_CLIENT_DISCONNECTED, "connection closed");
    ck_assert_int_eq(entropy_client_status(client, &json), 0);
    entropy_client_free(json);
    rig_end(client, &s);
}
END_TEST

static void on_alarm(int number)
{
    (void)number;
}

static void slow_answer(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"ping\"");
    usleep(200000);
    fake_result(fd, "{}");
    fake_expect_end(fd);
}

START_TEST(signals_do_not_end_a_call)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, slow_answer, 5000);
    /* No SA_RESTART: every poll() and recv() is interrupted. */
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval often = {{0, 5000}, {0, 5000}};
    setitimer(ITIMER_REAL, &often, NULL);
    char *json;
    ck_assert_int_eq(entropy_client_ping(client, &json), 0);
    entropy_client_free(json);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    rig_end(client, &s);
}
END_TEST

/* Later than a time-out of 100 ms comes even on the busiest machine. */
static void answer_at_last(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"ping\"");
    usleep(5000000);
    fake_result(fd, "{}");
}

START_TEST(signals_do_not_extend_a_timeout)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, answer_at_last, 100);
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval often = {{0, 30000}, {0, 30000}};
    setitimer(ITIMER_REAL, &often, NULL);
    char *json;
    /* Each signal would start the 100 ms again, until the reply comes. */
    check_error(client, entropy_client_ping(client, &json),
                ENTROPY_CLIENT_NO_ANSWER, "timed out");
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    entropy_client_close(client);
    fake_server_kill(&s);
    fake_server_remove(&s);
}
END_TEST

static void binary_by_call(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"get\"");
    fake_binary(fd, 0, 4, 0);
    fake_expect_end(fd);
}

START_TEST(misuse_is_reported)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, binary_by_call, 5000);
    char *json;
    check_error(client, entropy_client_call(client, NULL, NULL, 0, &json),
                ENTROPY_CLIENT_MISUSE, "method");
    check_error(client, entropy_client_call(client, "ping", NULL, -1, &json),
                ENTROPY_CLIENT_MISUSE, "wait_ms");
    check_error(client, entropy_client_call(client, "ping", "[\n]", 0, &json),
                ENTROPY_CLIENT_MISUSE, "newline");
    /* The client would not know what its connection is subscribed to. */
    check_error(
        client,
        entropy_client_call(client, "subscribe", "[\"status\"]", 0, &json),
        ENTROPY_CLIENT_MISUSE, "entropy_client_subscribe()");
    check_error(
        client,
        entropy_client_call(client, "unsubscribe", "[\"status\"]", 0, &json),
        ENTROPY_CLIENT_MISUSE, "entropy_client_unsubscribe()");
    ck_assert_ptr_null(json);
    check_error(client,
                entropy_client_call(client, "get", "[4,\"binary\"]", 0, &json),
                ENTROPY_CLIENT_MISUSE, "binary");
    rig_end(client, &s);
}
END_TEST

static void samples(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"raw\",\"params\":{\"source\":\"s\",\"samples\":2,"
                    "\"format\":\"ticks\",\"encoding\":\"hex\"}");
    fake_result(fd, "{\"data\":\"0102030405060708ff00000000000000\","
                    "\"encoding\":\"hex\",\"format\":\"ticks\",\"source\":"
                    "\"s\",\"samples\":2,\"step_ticks\":3,\"clock\":\"c\","
                    "\"timebase\":{\"numerator\":125,\"denominator\":3}}");
    fake_expect(fd, "\"format\":\"symbols\"");
    fake_result(fd, "{\"data\":\"07ff\",\"format\":\"symbols\",\"step_ticks\":"
                    "1,\"timebase\":{\"numerator\":1,\"denominator\":1}}");
    static const char *const wrong[] = {
        "{\"data\":\"07f\",\"format\":\"symbols\",\"step_ticks\":1,"
        "\"timebase\":{\"numerator\":1,\"denominator\":1}}",
        "{\"data\":\"07FF\",\"format\":\"symbols\",\"step_ticks\":1,"
        "\"timebase\":{\"numerator\":1,\"denominator\":1}}",
        "{\"data\":\"07ff\",\"format\":\"ticks\",\"step_ticks\":1,"
        "\"timebase\":{\"numerator\":1,\"denominator\":1}}",
        "{\"data\":\"07ff\",\"format\":\"symbols\",\"step_ticks\":1,"
        "\"timebase\":{\"numerator\":1,\"denominator\":0}}",
    };
    for (size_t i = 0; i < 4; i++) {
        fake_expect(fd, "\"raw\"");
        fake_result(fd, wrong[i]);
    }
    fake_expect(fd, "\"raw\"");
    fake_error(fd, "{\"code\":-32006,\"message\":\"not you\"}");
    fake_expect_end(fd);
}

START_TEST(raw_samples_are_decoded)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, samples, 5000);
    uint64_t ticks[2];
    uint8_t symbols[2];
    struct entropy_client_raw_info info;
    ck_assert_int_eq(entropy_client_raw_ticks(client, "s", ticks, 2, &info), 0);
    ck_assert_uint_eq(ticks[0], UINT64_C(0x0807060504030201));
    ck_assert_uint_eq(ticks[1], 255);
    ck_assert(info.step_ticks == 3);
    ck_assert_uint_eq(info.timebase_numerator, 125);
    ck_assert_uint_eq(info.timebase_denominator, 3);
    ck_assert_str_eq(info.clock, "c");
    ck_assert_int_eq(entropy_client_raw_symbols(client, "s", symbols, 2, NULL),
                     0);
    ck_assert_int_eq(symbols[0], 7);
    ck_assert_int_eq(symbols[1], 255);
    for (int i = 0; i < 4; i++) {
        memset(symbols, 0x5a, 2);
        check_error(client,
                    entropy_client_raw_symbols(client, "s", symbols, 2, NULL),
                    ENTROPY_CLIENT_BAD_REPLY, "does not match the request");
        check_zero(symbols, 2);
    }
    check_error(client, entropy_client_raw_ticks(client, "s", ticks, 2, NULL),
                ENTROPY_CLIENT_FORBIDDEN, "not you");
    check_zero(ticks, sizeof(ticks));
    check_error(client, entropy_client_raw_ticks(client, NULL, ticks, 2, NULL),
                ENTROPY_CLIENT_MISUSE, "1 to 65536");
    check_error(client, entropy_client_raw_ticks(client, "s", ticks, 0, NULL),
                ENTROPY_CLIENT_MISUSE, "1 to 65536");
    rig_end(client, &s);
}
END_TEST

START_TEST(the_version_matches_the_project)
{
    ck_assert_str_eq(entropy_client_version(), PROJECT_VERSION);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(results_are_json_text),
        TEST(health_is_a_value_and_has_a_name),
        TEST(the_daemons_errors_have_their_codes_and_names),
        TEST(the_clients_errors_have_names),
        TEST(a_malformed_reply_ends_the_connection),
        TEST(an_oversized_reply_is_refused),
        TEST(a_late_reply_never_answers_the_next_request),
        TEST(half_a_reply_is_an_error_and_is_not_retried),
        TEST(signals_do_not_end_a_call),
        TEST(signals_do_not_extend_a_timeout),
        TEST(misuse_is_reported),
        TEST(raw_samples_are_decoded),
        TEST(the_version_matches_the_project),
        {0},
    };
    return run_tests("client_calls", tests);
}
