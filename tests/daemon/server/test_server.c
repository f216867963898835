/* SPDX-License-Identifier: MIT */
/* Connections: framing, order, waiting, limits, time-outs, stopping. */

#include "base/monotonic.h"
#include "daemon/server/connection.h"
#include "tests/daemon/server/requests.h"
#include "tests/daemon/server/rig.h"
#include "tests/support/assert_has.h"
#include "tests/support/patience.h"
#include "tests/support/run.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NOTIFICATION                                                           \
    "{\"jsonrpc\":\"2.0\",\"method\":\"get\",\"params\":{\"bytes\":4}}"

/* Longer than a line may be, by far. */
#define LONG_LINE ((size_t)100 * 1024)

static struct rig rig;

START_TEST(requests_of_one_write_are_answered_in_order)
{
    rig_open(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    rig_send(&rig, fd,
             GET(1, "\"bytes\":8") "\n" PING "\n" GET(3, "\"bytes\":9") "\n");
    assert_has(rig_line(&rig, fd), "\"id\":1,\"result\":{\"data\":\"");
    assert_has(rig_line(&rig, fd), "\"protocol\":1");
    assert_has(rig_line(&rig, fd), "\"bytes\":9");
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(a_request_may_arrive_byte_by_byte)
{
    rig_open(&rig);
    int fd = rig_connect(&rig);
    for (const char *c = PING "\n"; *c != '\0'; c++) {
        rig_send_bytes(&rig, fd, c, 1);
        rig_run(&rig, 1);
    }
    assert_has(rig_line(&rig, fd), "\"protocol\":1");
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(what_is_complete_is_answered_after_the_clients_eof)
{
    rig_open(&rig);
    int fd = rig_connect(&rig);
    rig_send(&rig, fd, PING "\n" PING); /* the last without its newline */
    shutdown(fd, SHUT_WR);
    assert_has(rig_line(&rig, fd), "\"protocol\":1");
    assert_has(rig_line(&rig, fd), "\"protocol\":1");
    ck_assert_ptr_null(rig_line(&rig, fd));
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(a_waiting_request_is_answered_after_the_clients_eof_too)
{
    rig_open(&rig);
    int fd = rig_connect(&rig);
    rig_send(&rig, fd, GET(7, "\"bytes\":4") "\n");
    shutdown(fd, SHUT_WR);
    rig_run(&rig, 20);
    rig_seed(&rig);
    assert_has(rig_line(&rig, fd), "\"id\":7");
    ck_assert_ptr_null(rig_line(&rig, fd));
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(a_line_that_is_too_long_gets_an_error_and_the_next_one_its_answer)
{
    rig_open(&rig);
    int fd = rig_connect(&rig);
    char *line = malloc(LONG_LINE);
    memset(line, 'x', LONG_LINE);
    line[0] = '[';
    line[LONG_LINE - 1] = '\n';
    rig_send_bytes(&rig, fd, line, LONG_LINE);
    rig_send(&rig, fd, PING "\n");
    const char *reply = rig_line(&rig, fd);
    assert_has(reply, "\"too_large\"");
    assert_has(reply, "65536");
    assert_has(rig_line(&rig, fd), "\"protocol\":1");
    ck_assert_uint_eq(rig.counts.errors_total[ERROR_TOO_LARGE], 1);
    free(line);
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(bad_input_gets_its_error_and_the_connection_goes_on)
{
    static const struct {
        const char *line, *part;
    } bad[] = {
        {"nonsense", "\"code\":-32700"},
        {"", "\"code\":-32700"},
        {"[]", "\"code\":-32600"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nope\"}",
         "\"code\":-32601"},
        {GET(1, "\"byte\":1"), "\"code\":-32602"},
        {GET(1, "\"bytes\":0"), "[1,65536]"},
        {GET(1, "\"bytes\":-1"), "\"got\":-1"},
        {GET(1, "\"bytes\":65537"), "65536"},
        {GET(1, "\"bytes\":1e99"), "\"code\":-32602"},
        {GET(1, "\"bytes\":1.5"), "\"code\":-32602"},
        {GET(1, "\"bytes\":\"32\""), "\"code\":-32602"},
        {GET(1, "\"bytes\":null"), "\"code\":-32602"},
    };
    rig_open(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        const char *reply = rig_ask(&rig, fd, bad[i].line);
        assert_has(reply, "\"error\":");
        assert_has(reply, bad[i].part);
    }
    assert_has(rig_ask(&rig, fd, PING), "\"protocol\":1");
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(a_notification_gets_no_reply)
{
    rig_open(&rig);
    int fd = rig_connect(&rig);
    rig_send(&rig, fd, "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}\n");
    ck_assert(rig_is_silent(&rig, fd));
    assert_has(rig_ask(&rig, fd, PING), "\"id\":1");
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(a_batch_is_answered_by_one_array_in_order)
{
    rig_open(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    const char *reply = rig_ask(
        &rig, fd,
        "[" GET(1, "\"bytes\":4") ",{\"jsonrpc\":\"2.0\",\"method\":\"ping\"},"
                                  "3," PING "]");
    ck_assert_int_eq(reply[0], '[');
    ck_assert_int_eq(reply[strlen(reply) - 1], ']');
    const char *get = strstr(reply, "\"data\":");
    const char *invalid = strstr(reply, "-32600");
    const char *ping = strstr(reply, "\"protocol\":1");
    ck_assert(get != NULL && invalid != NULL && ping != NULL);
    ck_assert(get < invalid && invalid < ping);
    rig_send(&rig, fd, "[{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}]\n");
    ck_assert(rig_is_silent(&rig, fd));
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(a_batch_waits_as_a_whole_and_keeps_its_order)
{
    rig_open(&rig);
    int fd = rig_connect(&rig);
    rig_send(&rig, fd, "[" PING "," GET(2, "\"bytes\":4") "," PING "]\n");
    ck_assert(rig_is_silent(&rig, fd));
    ck_assert_uint_eq(rig.counts.waiting, 1);
    rig_seed(&rig);
    const char *reply = rig_line(&rig, fd);
    const char *get = strstr(reply, "\"id\":2,\"result\"");
    ck_assert_ptr_nonnull(get);
    ck_assert_ptr_nonnull(strstr(get, "\"protocol\":1"));
    ck_assert_uint_eq(rig.counts.waiting, 0);
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(a_request_that_waits_holds_those_behind_it_on_its_connection_only)
{
    rig_open(&rig);
    int waiting = rig_connect(&rig);
    int other = rig_connect(&rig);
    rig_send(&rig, waiting, GET(1, "\"bytes\":4") "\n" PING "\n");
    ck_assert(rig_is_silent(&rig, waiting));
    assert_has(rig_ask(&rig, other, PING), "\"protocol\":1");
    rig_seed(&rig);
    assert_has(rig_line(&rig, waiting), "\"data\"");
    assert_has(rig_line(&rig, waiting), "\"protocol\":1");
    close(waiting);
    close(other);
    rig_close(&rig);
}
END_TEST

START_TEST(waiting_ends_with_its_time)
{
    rig_open(&rig);
    int fd = rig_connect(&rig);
    const char *reply =
        rig_ask(&rig, fd, GET(1, "\"bytes\":4,\"timeout_ms\":30"));
    assert_has(reply, "not_seeded");
    assert_has(rig_ask(&rig, fd, GET(1, "\"bytes\":4,\"timeout_ms\":0")),
               "not_seeded");
    rig_seed(&rig);
    reply = rig_ask(&rig, fd,
                    GET(1, "\"bytes\":32,\"quality\":\"conditioned\","
                           "\"timeout_ms\":30"));
    assert_has(reply, "\"timeout\"");
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(conditioned_bytes_come_with_credit_and_hold_back_a_seed)
{
    rig_open(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    rig_send(&rig, fd, GET(5, "\"bytes\":32,\"quality\":\"conditioned\"") "\n");
    rig_feed(&rig, 0, 640); /* a block's worth, and no reserve */
    ck_assert(rig_is_silent(&rig, fd));
    ck_assert(atomic_load(&rig.is_credit_wanted));
    rig_feed(&rig, 0, 1536);
    const char *reply = rig_line(&rig, fd);
    assert_has(reply, "\"quality\":\"conditioned\"");
    assert_has(reply, "\"credited_bits\":320");
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(conditioned_waits_for_a_suspect_source_and_not_for_failed_ones)
{
    rig_open(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    source_move(&rig.sources[0], SOURCE_SUSPECT, "an alarm");
    source_move(&rig.sources[1], SOURCE_FAILED, "worse");
    rig_send(&rig, fd, GET(1, "\"bytes\":32,\"quality\":\"conditioned\"") "\n");
    ck_assert(rig_is_silent(&rig, fd));
    source_move(&rig.sources[0], SOURCE_FAILED, "for good");
    server_retry(rig.server);
    assert_has(rig_line(&rig, fd), "\"entropy_failed\"");
    assert_has(rig_ask(&rig, fd, GET(2, "\"bytes\":4")),
               "\"health\":\"failed\"");
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(too_many_waiting_requests_are_refused_as_busy)
{
    rig_init(&rig);
    rig.config.server.max_waiting = 1;
    rig_start(&rig);
    int first = rig_connect(&rig);
    int second = rig_connect(&rig);
    rig_send(&rig, first, GET(1, "\"bytes\":4") "\n");
    rig_run(&rig, 20);
    assert_has(rig_ask(&rig, second, GET(2, "\"bytes\":4")), "\"busy\"");
    assert_has(rig_ask(&rig, second, "[" GET(2, "\"bytes\":4") "," PING "]"),
               "\"busy\"");
    rig_seed(&rig);
    assert_has(rig_line(&rig, first), "\"id\":1");
    close(first);
    close(second);
    rig_close(&rig);
}
END_TEST

/* A notification is not answered, with nothing at all: no empty line, and no
 * comma that would make the others' array no JSON. */
START_TEST(a_notification_that_is_refused_as_busy_leaves_no_trace)
{
    rig_init(&rig);
    rig.config.server.max_waiting = 1;
    rig_start(&rig);
    int first = rig_connect(&rig);
    int second = rig_connect(&rig);
    rig_send(&rig, first, GET(1, "\"bytes\":4") "\n");
    rig_run(&rig, 20);
    rig_send(&rig, second, NOTIFICATION "\n");
    ck_assert(rig_is_silent(&rig, second));
    rig_send(&rig, second, "[" NOTIFICATION "," NOTIFICATION "]\n");
    ck_assert(rig_is_silent(&rig, second));
    static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{";
    const char *reply = rig_ask(&rig, second,
                                "[" NOTIFICATION "," PING "," NOTIFICATION
                                "," PING "," NOTIFICATION "]");
    ck_assert_ptr_nonnull(reply);
    ck_assert(reply[0] == '[' && strncmp(reply + 1, ping, strlen(ping)) == 0);
    assert_has(reply, "\"protocol\":1}},{\"jsonrpc\"");
    ck_assert_str_eq(reply + strlen(reply) - 3, "}}]");
    ck_assert_uint_eq(rig.counts.errors_total[ERROR_BUSY], 6);
    rig_send(&rig, second, NOTIFICATION "\n" PING "\n");
    assert_has(rig_line(&rig, second), "\"protocol\":1");
    rig_send(&rig, second, "[" PING "," NOTIFICATION "," PING "]\n");
    reply = rig_line(&rig, second);
    ck_assert_ptr_null(strstr(reply, ",,"));
    assert_has(reply, "},{");
    rig_send(&rig, second, "[" NOTIFICATION "]\n");
    ck_assert(rig_is_silent(&rig, second));
    close(first);
    close(second);
    rig_close(&rig);
}
END_TEST

START_TEST(a_waiting_client_that_left_costs_no_credit)
{
    rig_open(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    rig_send(&rig, fd, GET(1, "\"bytes\":32,\"quality\":\"conditioned\"") "\n");
    rig_run(&rig, 20);
    close(fd);
    rig_feed(&rig, 0, 4096);
    struct pool_stats stats;
    pool_stats(rig.pool, &stats);
    ck_assert_uint_eq(stats.conditioned_blocks, 0);
    rig_run(&rig, 20);
    ck_assert_uint_eq(rig.counts.connections, 0);
    rig_close(&rig);
}
END_TEST

static void await_requests(uint64_t count)
{
    while (rig.counts.requests_total < count)
        rig_run(&rig, 1);
}

/* `count` clients ask for what does not come, and leave. */
static void wait_and_leave(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        int fd = rig_connect(&rig);
        rig_send(&rig, fd,
                 GET(1, "\"bytes\":32,\"quality\":\"conditioned\"") "\n");
        await_requests(i + 1);
        close(fd);
    }
}

START_TEST(waiting_clients_that_left_give_their_connections_back)
{
    rig_init(&rig);
    rig.config.server.max_connections = 8;
    rig_start(&rig);
    rig_seed(&rig);
    wait_and_leave(8);
    int fd = rig_connect(&rig);
    assert_has(rig_ask(&rig, fd, PING), "\"protocol\":1");
    ck_assert_uint_le(rig.counts.connections, 8 / 2 + 1);
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(waiting_clients_that_left_do_not_make_the_daemon_busy)
{
    rig_init(&rig);
    rig.config.server.max_waiting = 8;
    rig_start(&rig);
    rig_seed(&rig);
    wait_and_leave(8);
    ck_assert_uint_eq(rig.counts.waiting, 8);
    int fd = rig_connect(&rig);
    rig_send(&rig, fd, GET(2, "\"bytes\":32,\"quality\":\"conditioned\"") "\n");
    await_requests(9);
    ck_assert_uint_eq(rig.counts.waiting, 1);
    rig_feed(&rig, 0, 2048);
    assert_has(rig_line(&rig, fd), "\"credited_bits\":320");
    close(fd);
    rig_close(&rig);
}
END_TEST

static void check_binary(size_t bytes)
{
    char line[128];
    int fd = rig_connect(&rig);
    (void)snprintf(line, sizeof(line),
                   GET(1, "\"bytes\":%zu,\"encoding\":\"binary\""), bytes);
    rig_send(&rig, fd, line);
    rig_send(&rig, fd, "\n" PING "\n");
    const char *reply = rig_line(&rig, fd);
    assert_has(reply, "\"encoding\":\"binary\"");
    ck_assert_ptr_null(strstr(reply, "\"data\""));
    unsigned char *data = malloc(bytes);
    ck_assert(rig_bytes(&rig, fd, data, bytes));
    assert_has(rig_line(&rig, fd), "\"protocol\":1");
    free(data);
    close(fd);
}

START_TEST(binary_is_a_line_then_exactly_that_many_bytes)
{
    rig_open(&rig);
    rig_seed(&rig);
    check_binary(1);
    check_binary(65536);
    check_binary(65537);
    check_binary(4u << 20);
    rig_close(&rig);
}
END_TEST

START_TEST(a_client_that_reads_nothing_delays_no_other)
{
    rig_open(&rig);
    rig_seed(&rig);
    int greedy = rig_connect(&rig);
    int polite = rig_connect(&rig);
    rig_send(&rig, greedy,
             GET(1, "\"bytes\":67108864,\"encoding\":\"binary\"") "\n");
    char pings[200 * sizeof(PING)];
    for (size_t i = 0; i < sizeof(pings); i += sizeof(PING))
        memcpy(pings + i, PING "\n", sizeof(PING));
    rig_send_bytes(&rig, greedy, pings, sizeof(pings));
    for (int i = 0; i < 20; i++)
        assert_has(rig_ask(&rig, polite, GET(2, "\"bytes\":32")), "\"id\":2");
    close(greedy);
    assert_has(rig_ask(&rig, polite, PING), "\"protocol\":1");
    close(polite);
    rig_close(&rig);
}
END_TEST

/* Asks for `count` times 4,096 bytes: replies of 8 KB. */
static void ask_for_pages(int fd, int count)
{
    for (int i = 0; i < count; i++)
        rig_send(&rig, fd, GET(1, "\"bytes\":4096") "\n");
}

START_TEST(a_reply_that_comes_while_the_client_does_not_read_waits_its_turn)
{
    enum { PAGES = 30 }; /* two turns' output, more than a socket holds */
    rig_open(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    ask_for_pages(fd, PAGES);
    rig_send(&rig, fd, GET(2, "\"bytes\":32,\"quality\":\"conditioned\"") "\n");
    rig_run(&rig, 50);
    ck_assert_uint_eq(rig.counts.waiting, 1);
    rig_feed(&rig, 0, 2048); /* its reply comes behind what is unread */
    ck_assert_uint_eq(rig.counts.waiting, 0);
    for (int i = 0; i < PAGES; i++)
        assert_has(rig_line(&rig, fd), "\"id\":1,");
    assert_has(rig_line(&rig, fd), "\"quality\":\"conditioned\"");
    assert_has(rig_ask(&rig, fd, PING), "\"protocol\":1");
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(a_client_that_leaves_with_two_replies_unread_affects_no_other)
{
    rig_open(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    ask_for_pages(fd, 30);
    rig_send(&rig, fd, GET(2, "\"bytes\":32,\"quality\":\"conditioned\"") "\n");
    rig_run(&rig, 50);
    rig_feed(&rig, 0, 2048);
    close(fd);
    fd = rig_connect(&rig);
    assert_has(rig_ask(&rig, fd, PING), "\"protocol\":1");
    ck_assert_uint_eq(rig.counts.connections, 1);
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(many_pipelined_requests_are_all_answered_in_order)
{
    rig_open(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    enum { ROUNDS = 5000 };
    char line[128];
    int answered = 0;
    for (int i = 0; i < ROUNDS; i++) {
        (void)snprintf(line, sizeof(line),
                       "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"get\","
                       "\"params\":{\"bytes\":16}}\n",
                       i);
        rig_send(&rig, fd, line);
        for (; i - answered >= 500; answered++) {
            (void)snprintf(line, sizeof(line), "\"id\":%d,", answered);
            assert_has(rig_line(&rig, fd), line);
        }
    }
    for (; answered < ROUNDS; answered++) {
        (void)snprintf(line, sizeof(line), "\"id\":%d,", answered);
        assert_has(rig_line(&rig, fd), line);
    }
    close(fd);
    rig_close(&rig);
}
END_TEST

#define IDLE_MS 600

/* Sends a ping. False: the server has closed the connection. */
static bool can_ping(int fd)
{
    static const char line[] = PING "\n";
    ssize_t sent = send(fd, line, sizeof(line) - 1, MSG_NOSIGNAL);
    ck_assert(sent == (ssize_t)sizeof(line) - 1 || errno == EPIPE);
    return sent > 0;
}

/* Asks often enough for longer than a connection may be idle; *asked_ms is not
 * later than the last answer. False where a busy machine did not let it: the
 * connection was idle for too long then. */
static bool asks_for_long(int fd, uint64_t *asked_ms)
{
    uint64_t begin = monotonic_now_ms();
    for (*asked_ms = begin;;) {
        uint64_t now = monotonic_now_ms();
        const char *reply = can_ping(fd) ? rig_line(&rig, fd) : NULL;
        if (reply == NULL) {
            ck_assert_uint_ge(monotonic_now_ms() - *asked_ms, IDLE_MS);
            return false;
        }
        assert_has(reply, "\"protocol\":1");
        *asked_ms = now;
        if (now - begin > IDLE_MS + 50)
            return true;
        rig_run(&rig, IDLE_MS / 3);
    }
}

START_TEST(an_idle_connection_is_closed_after_its_time)
{
    uint64_t asked_ms;
    rig_init(&rig);
    rig.config.server.idle_timeout_ms = IDLE_MS;
    rig_start(&rig);
    int fd = rig_connect(&rig);
    while (!asks_for_long(fd, &asked_ms)) {
        close(fd);
        fd = rig_connect(&rig);
    }
    ck_assert_ptr_null(rig_line(&rig, fd));
    ck_assert_uint_ge(monotonic_now_ms() - asked_ms, IDLE_MS);
    close(fd);
    rig_close(&rig);
}
END_TEST

/* The daemon was without a processor for longer than that. */
START_TEST(a_connection_whose_request_has_arrived_is_not_idle)
{
    rig_init(&rig);
    rig.config.server.idle_timeout_ms = 20;
    rig_start(&rig);
    int idle = rig_connect(&rig);
    int fresh = rig_connect(&rig);
    rig_send(&rig, fresh, PING "\n");
    while (rig.counts.connections_total < 2)
        (void)uv_run(&rig.loop, UV_RUN_NOWAIT);
    (void)usleep(40000); /* accepted, and due before anything is read */
    assert_has(rig_line(&rig, fresh), "\"protocol\":1");
    ck_assert_ptr_null(rig_line(&rig, idle));
    ck_assert_ptr_null(rig_line(&rig, fresh));
    close(idle);
    close(fresh);
    rig_close(&rig);
}
END_TEST

/* A deadline can have passed by the time the timer is set to it, as that of a
 * request with hundreds of others before it. The timer then fires again
 * before connections that were closed are gone. */
START_TEST(a_deadline_that_has_already_passed_delays_no_one)
{
    static const char status[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\n";
    static char text[65536]; /* sent at once, and read at once */
    size_t length =
        (size_t)sprintf(text, GET(1, "\"bytes\":4,\"timeout_ms\":15") "\n");
    for (int i = 0; i < 600; i++)
        length += (size_t)sprintf(text + length, "%s", status);
    length += (size_t)sprintf(text + length,
                              GET(2, "\"bytes\":4,\"timeout_ms\":1") "\n");
    rig_init(&rig);
    rig.config.server.idle_timeout_ms = 20;
    rig.config.server.requests_per_iteration = 1024;
    rig.config.server.output_per_iteration_bytes = 16777216;
    rig_start(&rig);
    int idle = rig_connect(&rig);
    int fd = rig_connect(&rig);
    rig_send_bytes(&rig, fd, text, length);
    char first;
    /* On a busy machine it may be due, and answered, before it is seen. */
    while (rig.counts.waiting == 0 && recv(fd, &first, 1, MSG_PEEK) < 0)
        rig_iterate(&rig);
    (void)usleep(40000); /* both are due when the loop runs again */
    assert_has(rig_line(&rig, fd), "\"not_seeded\"");
    for (int i = 0; i < 600; i++)
        assert_has(rig_line(&rig, fd), "\"uptime_ms\"");
    assert_has(rig_line(&rig, fd), "\"not_seeded\"");
    ck_assert_ptr_null(rig_line(&rig, idle));
    close(idle);
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(a_line_that_dribbles_in_gains_no_time_by_it)
{
    rig_init(&rig);
    rig.config.server.request_timeout_ms = 60;
    rig_start(&rig);
    int fd = rig_connect(&rig);
    uint64_t begin = monotonic_now_ms();
    bool is_closed = false;
    while (!is_closed && monotonic_now_ms() - begin < PATIENCE_MS) {
        is_closed = send(fd, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE;
        rig_run(&rig, 5);
    }
    ck_assert(is_closed);
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(a_client_that_stops_reading_is_closed_after_its_time)
{
    rig_init(&rig);
    rig.config.server.write_timeout_ms = 60;
    rig_start(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    rig_send(&rig, fd,
             GET(1, "\"bytes\":8388608,\"encoding\":\"binary\"") "\n");
    while (rig.counts.connections == 0)
        rig_iterate(&rig);
    uint64_t begin = monotonic_now_ms();
    while (rig.counts.connections > 0 &&
           monotonic_now_ms() - begin < PATIENCE_MS)
        rig_run(&rig, 10);
    ck_assert_uint_eq(rig.counts.connections, 0);
    close(fd);
    rig_close(&rig);
}
END_TEST

/* Reads a little more than a buffer of the kernel's (36 KiB on Linux) three
 * times within one and a half of the time-out, too little for the loop to write
 * again. False: the machine was too busy for that, so that it says nothing. */
static bool reads_three_buffers_late(int fd, unsigned timeout_ms)
{
    enum { BUFFER = 40 * 1024 };
    static char bytes[BUFFER];
    for (int i = 0; i < 3; i++) {
        uint64_t begin = monotonic_now_ms();
        rig_run(&rig, timeout_ms / 2);
        if (monotonic_now_ms() - begin >= timeout_ms)
            return false;
        ck_assert_int_gt(read(fd, bytes, sizeof(bytes)), 0);
    }
    return true;
}

START_TEST(a_client_that_reads_slowly_is_not_closed)
{
    enum { TIMEOUT_MS = 200, TRIES = 20 };
    rig_init(&rig);
    rig.config.server.write_timeout_ms = TIMEOUT_MS;
    rig_start(&rig);
    rig_seed(&rig);
    bool was_slow = false;
    for (int i = 0; i < TRIES && !was_slow; i++) {
        int fd = rig_connect(&rig);
        rig_send(&rig, fd,
                 GET(1, "\"bytes\":8388608,\"encoding\":\"binary\"") "\n");
        was_slow = reads_three_buffers_late(fd, TIMEOUT_MS);
        if (was_slow)
            ck_assert_uint_eq(rig.counts.connections, 1);
        close(fd);
        while (rig.counts.connections > 0)
            rig_run(&rig, 1);
    }
    ck_assert(was_slow);
    rig_close(&rig);
}
END_TEST

START_TEST(beyond_the_limit_a_client_is_refused_until_another_leaves)
{
    rig_init(&rig);
    rig.config.server.max_connections = 2;
    rig_start(&rig);
    int a = rig_connect(&rig);
    int b = rig_connect(&rig);
    assert_has(rig_ask(&rig, a, PING), "\"id\":1");
    assert_has(rig_ask(&rig, b, PING), "\"id\":1");
    int c = rig_connect(&rig);
    assert_has(rig_line(&rig, c), "per-user connection limit reached");
    ck_assert_ptr_null(rig_line(&rig, c));
    close(c);
    close(a);
    while (rig.counts.connections > 1)
        rig_run(&rig, 1);
    c = rig_connect(&rig);
    assert_has(rig_ask(&rig, c, PING), "\"protocol\":1");
    close(b);
    close(c);
    rig_close(&rig);
}
END_TEST

/* The loop does not run for late_ms after the request. False: the machine was
 * so busy that the client was not new any more when it asked. */
static bool answers_first_request(unsigned late_ms)
{
    rig_open(&rig);
    rig.config.server.shutdown_ms = PATIENCE_MS;
    int fresh = rig_connect(&rig);
    int old = rig_connect(&rig);
    uint64_t begin = monotonic_now_ms();
    assert_has(rig_ask(&rig, old, PING), "\"id\":1");
    server_stop(rig.server);
    rig_run(&rig, 60); /* it was slow to begin, as on a busy machine */
    uint64_t slow_ms = monotonic_now_ms() - begin;
    (void)send(fresh, PING "\n", strlen(PING) + 1, MSG_NOSIGNAL);
    (void)usleep(late_ms * 1000);
    const char *reply = rig_line(&rig, fresh);
    bool is_answered = reply != NULL;
    if (is_answered) {
        assert_has(reply, "\"protocol\":1");
        ck_assert_ptr_null(rig_line(&rig, fresh));
    } else {
        ck_assert_uint_ge(slow_ms, CONNECTION_FRESH_MS);
    }
    ck_assert_ptr_null(rig_line(&rig, old));
    close(fresh);
    close(old);
    rig_close(&rig);
    return is_answered;
}

START_TEST(stopping_waits_for_the_first_request_of_a_new_client)
{
    while (!answers_first_request(0))
        continue;
}
END_TEST

START_TEST(a_late_stop_reads_the_first_request_of_a_new_client)
{
    while (!answers_first_request(CONNECTION_FRESH_MS + 100))
        continue;
}
END_TEST

START_TEST(stopping_answers_what_is_in_flight)
{
    rig_open(&rig);
    rig.config.server.shutdown_ms = PATIENCE_MS;
    int waiting = rig_connect(&rig);
    int sent = rig_connect(&rig);
    rig_send(&rig, waiting, GET(1, "\"bytes\":4") "\n");
    assert_has(rig_ask(&rig, sent, PING), "\"id\":1");
    rig_run(&rig, 10);
    rig_send(&rig, sent, PING "\n"); /* not read yet when the stop comes */
    server_stop(rig.server);
    assert_has(rig_line(&rig, waiting), "\"shutting_down\"");
    assert_has(rig_line(&rig, sent), "\"protocol\":1");
    ck_assert_ptr_null(rig_line(&rig, waiting));
    ck_assert_ptr_null(rig_line(&rig, sent));
    close(waiting);
    close(sent);
    rig_close(&rig);
}
END_TEST

START_TEST(stopping_answers_what_is_in_flight_also_without_a_processor)
{
    rig_open(&rig);
    rig.config.server.shutdown_ms = PATIENCE_MS;
    int fd = rig_connect(&rig);
    assert_has(rig_ask(&rig, fd, PING), "\"id\":1");
    rig_send(&rig, fd, PING "\n");
    server_stop(rig.server);
    (void)usleep(50000); /* the loop does not run */
    assert_has(rig_line(&rig, fd), "\"protocol\":1");
    ck_assert_ptr_null(rig_line(&rig, fd));
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(stopping_waits_no_longer_than_it_is_told)
{
    rig_init(&rig);
    rig.config.server.shutdown_ms = 50;
    rig_start(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    rig_send(&rig, fd,
             GET(1, "\"bytes\":8388608,\"encoding\":\"binary\"") "\n");
    rig_run(&rig, 20);
    uint64_t begin = monotonic_now_ms();
    rig_close(&rig);
    ck_assert_uint_lt(monotonic_now_ms() - begin, 3000);
    close(fd);
}
END_TEST

START_TEST(stopping_does_not_wait_for_clients_that_do_not_read)
{
    rig_init(&rig);
    rig.config.server.shutdown_ms = PATIENCE_MS;
    rig_start(&rig);
    rig_seed(&rig);
    int stream = rig_connect(&rig);
    int replies = rig_connect(&rig);
    rig_send(&rig, stream,
             GET(1, "\"bytes\":8388608,\"encoding\":\"binary\"") "\n");
    ask_for_pages(replies, 30);
    rig_run(&rig, 50);
    ck_assert_uint_eq(rig.counts.connections, 2);
    uint64_t begin = monotonic_now_ms();
    rig_close(&rig);
    ck_assert_uint_lt(monotonic_now_ms() - begin, PATIENCE_MS);
    close(stream);
    close(replies);
}
END_TEST

START_TEST(stopping_waits_for_a_client_that_reads_slowly)
{
    enum { BYTES = 1 << 20, PIECE = 8 * 1024 };
    static char piece[PIECE];
    size_t taken = 0;
    rig_init(&rig);
    rig.config.server.shutdown_ms = PATIENCE_MS;
    rig_start(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    rig_send(&rig, fd,
             GET(1, "\"bytes\":1048576,\"encoding\":\"binary\"") "\n");
    rig_run(&rig, 50);
    server_stop(rig.server);
    for (;;) { /* for longer than the daemon waits for one piece */
        rig_run(&rig, 50);
        ssize_t n = read(fd, piece, sizeof(piece));
        ck_assert_msg(n >= 0, "after %zu bytes: error %d", taken, errno);
        if (n == 0)
            break;
        taken += (size_t)n;
    }
    ck_assert_uint_gt(taken, BYTES); /* the line before them, too */
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(health_events_reach_subscriptions_and_coalesce_for_the_slow)
{
    rig_open(&rig);
    int fd = rig_connect(&rig);
    assert_has(rig_ask(&rig, fd,
                       "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\","
                       "\"params\":{\"events\":\"health\"}}"),
               "health");
    struct source_move move = {.from = SOURCE_HEALTHY,
                               .to = SOURCE_SUSPECT,
                               .at_ms = monotonic_now_ms()};
    subscriptions_health(&rig.subscriptions, 1, &move);
    const char *event = rig_line(&rig, fd);
    assert_has(event, "\"second\"");
    assert_has(event, "\"suspect\"");
    assert_has(rig_ask(&rig, fd, GET(2, "\"bytes\":4,\"encoding\":\"binary\"")),
               "\"invalid_params\"");
    for (int i = 0; i < 20000; i++)
        subscriptions_health(&rig.subscriptions, 1, &move);
    size_t events = 0;
    const char *last = NULL;
    rig_run(&rig, 50);
    for (;;) {
        last = rig_line(&rig, fd);
        events++;
        if (strstr(last, "\"skipped\":0") == NULL)
            break;
    }
    ck_assert_uint_lt(events, 20000);
    close(fd);
    rig_close(&rig);
}
END_TEST

#define SELFTEST(id)                                                           \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"selftest\",\"params\":"   \
    "{\"source\":\"second\"}}"

#define SUBSCRIBE(id)                                                          \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"subscribe\",\"params\":"  \
    "{\"events\":\"health\"}}"

/* One who will ask for a test, and another who is told of its end. */
static void open_with_subscriber(int *asking, int *other)
{
    rig_open(&rig);
    *asking = rig_connect(&rig);
    *other = rig_connect(&rig);
    assert_has(rig_ask(&rig, *other, SUBSCRIBE("1")), "\"health\"");
}

/* What an event says of a test that passed for the user of this process. */
static const char *passed_for_us(void)
{
    static char text[128];
    (void)snprintf(text, sizeof(text),
                   "\"selftest\":{\"uid\":%u,\"result\":\"passed\"}",
                   (unsigned)getuid());
    return text;
}

/* The one who asked, while his request waited, and another. */
START_TEST(the_end_of_an_on_demand_test_reaches_subscribers_after_its_reply)
{
    int asking;
    int other;
    open_with_subscriber(&asking, &other);
    assert_has(rig_ask(&rig, asking, SUBSCRIBE("1")), "\"health\"");
    rig_send(&rig, asking, SELFTEST("2") "\n");
    rig_run(&rig, 20);
    ck_assert_uint_eq(rig.counts.waiting, 1);
    atomic_fetch_add(&rig.sources[1].selftests_done, 1);
    server_retry(rig.server);
    assert_has(rig_line(&rig, asking), "\"passed\":true");
    const char *event = rig_line(&rig, asking);
    assert_has(event, "\"source\":\"second\",\"from\":\"healthy\",\"to\":"
                      "\"healthy\",\"reason\":null");
    assert_has(event, passed_for_us());
    assert_has(rig_line(&rig, other), passed_for_us());
    close(asking);
    close(other);
    rig_close(&rig);
}
END_TEST

/* Its asker has left before: closed, as by Ctrl-C of entropyctl, or its place
 * was taken from it. */
START_TEST(a_test_whose_asker_has_left_is_told_of_at_its_end)
{
    int asking;
    int other;
    open_with_subscriber(&asking, &other);
    rig_send(&rig, asking, SELFTEST("2") "\n");
    rig_run(&rig, 20);
    ck_assert_uint_eq(rig.counts.waiting, 1);
    close(asking);
    server_retry(rig.server); /* something else happened: he is missed */
    ck_assert_uint_eq(rig.counts.waiting, 0);
    ck_assert_ptr_null(strstr(rig_ask(&rig, other, PING), "selftest"));
    atomic_fetch_add(&rig.sources[1].selftests_done, 1);
    server_retry(rig.server);
    assert_has(rig_line(&rig, other), passed_for_us());
    server_retry(rig.server); /* once */
    assert_has(rig_ask(&rig, other, PING), "\"protocol\":1");
    close(other);
    rig_close(&rig);
}
END_TEST

START_TEST(a_test_that_is_refused_a_place_to_wait_says_that_it_goes_on)
{
    rig_init(&rig);
    rig.config.server.max_waiting = 1;
    rig_start(&rig);
    rig_seed(&rig);
    int first = rig_connect(&rig);
    int second = rig_connect(&rig);
    rig_send(&rig, first, SELFTEST("1") "\n");
    rig_run(&rig, 20);
    ck_assert_uint_eq(rig.counts.waiting, 1);
    const char *reply = rig_ask(&rig, second, SELFTEST("2"));
    assert_has(reply, "\"busy\"");
    assert_has(reply, "waiting; the test goes on, and its result will be");
    close(first);
    close(second);
    rig_close(&rig);
}
END_TEST

/* He leaves, and nothing else happens before the test has ended. */
START_TEST(a_test_that_ends_before_its_asker_is_missed_is_told_of_too)
{
    int asking;
    int other;
    open_with_subscriber(&asking, &other);
    rig_send(&rig, asking, SELFTEST("2") "\n");
    rig_run(&rig, 20);
    close(asking);
    atomic_fetch_add(&rig.sources[1].selftests_done, 1);
    server_retry(rig.server);
    assert_has(rig_line(&rig, other), "\"result\":\"passed\"");
    close(other);
    rig_close(&rig);
}
END_TEST

/* Not even of what happened while a subscription stood, and its connection
 * was busy. */
START_TEST(after_an_unsubscribe_no_event_comes)
{
    rig_open(&rig);
    int fd = rig_connect(&rig);
    assert_has(rig_ask(&rig, fd,
                       "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\","
                       "\"params\":[\"health\"]}"),
               "health");
    rig_send(&rig, fd,
             GET(2, "\"bytes\":4") "\n{\"jsonrpc\":\"2.0\",\"id\":3,"
                                   "\"method\":\"unsubscribe\",\"params\":"
                                   "[\"health\"]}\n");
    rig_run(&rig, 20);
    struct source_move move = {.from = SOURCE_HEALTHY,
                               .to = SOURCE_SUSPECT,
                               .at_ms = monotonic_now_ms()};
    subscriptions_health(&rig.subscriptions, 1, &move);
    rig_seed(&rig);
    assert_has(rig_line(&rig, fd), "\"id\":2");
    assert_has(rig_line(&rig, fd), "\"subscribed\":[]");
    ck_assert(rig_is_silent(&rig, fd));
    assert_has(rig_ask(&rig, fd,
                       "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"subscribe\","
                       "\"params\":[\"health\"]}"),
               "\"id\":4");
    ck_assert(rig_is_silent(&rig, fd));
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(status_comes_every_interval_until_unsubscribed)
{
    rig_open(&rig);
    int fd = rig_connect(&rig);
    rig_ask(&rig, fd,
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\","
            "\"params\":{\"events\":\"status\",\"interval_ms\":1000}}");
    assert_has(rig_line(&rig, fd), "\"method\":\"status\"");
    ck_assert_uint_eq(rig.counts.subscriptions, 1);
    const char *line =
        rig_ask(&rig, fd,
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"unsubscribe\","
                "\"params\":{\"events\":\"status\"}}");
    while (strstr(line, "\"method\":\"status\"") != NULL) /* a second later */
        line = rig_line(&rig, fd);
    assert_has(line, "\"subscribed\":[]");
    ck_assert_uint_eq(rig.counts.subscriptions, 0);
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(a_client_that_vanishes_at_any_point_affects_no_other)
{
    rig_open(&rig);
    rig_seed(&rig);
    int other = rig_connect(&rig);
    static const char text[] =
        GET(1, "\"bytes\":65536") "\n[" PING "," PING "]\nhalf a line";
    for (size_t n = 0; n < sizeof(text) - 1; n += 7) {
        int fd = rig_connect(&rig);
        rig_send_bytes(&rig, fd, text, n);
        if (n % 2 == 0)
            rig_run(&rig, 1);
        close(fd);
        if (n % 5 == 0)
            assert_has(rig_ask(&rig, other, PING), "\"protocol\":1");
    }
    rig_run(&rig, 20);
    ck_assert_uint_eq(rig.counts.connections, 1);
    close(other);
    rig_close(&rig);
}
END_TEST

/* Reads n bytes of the answer, or what there is of it, and leaves. */
static void leave_after(const char *request, size_t n)
{
    char bytes[4096];
    int fd = rig_connect(&rig);
    rig_send(&rig, fd, request);
    for (unsigned idle = 0; n > 0 && idle < 20;) {
        ssize_t got = recv(fd, bytes, n < sizeof(bytes) ? n : sizeof(bytes), 0);
        if (got > 0)
            n -= (size_t)got;
        else
            idle++, rig_run(&rig, 1);
    }
    close(fd);
}

START_TEST(a_client_that_leaves_at_any_point_of_its_reply_affects_no_other)
{
    static const char *const requests[] = {
        GET(1, "\"bytes\":65536") "\n",
        GET(1, "\"bytes\":65536,\"encoding\":\"binary\"") "\n" PING "\n",
        GET(1, "\"bytes\":3000000,\"encoding\":\"binary\"") "\n" PING "\n",
        GET(1, "\"bytes\":64,\"quality\":\"conditioned\"") "\n",
        "[" PING "," GET(2, "\"bytes\":9000") "," PING "]\n",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\n",
    };
    static const size_t points[] = {
        0, 1, 2, 60, 150, 200, 4096, 65600, 65700, 131200, 500000, 2999999};
    rig_open(&rig);
    rig_seed(&rig);
    rig_feed(&rig, 0, 32768);
    int other = rig_connect(&rig);
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        for (size_t k = 0; k < sizeof(points) / sizeof(*points); k++) {
            leave_after(requests[i], points[k]);
            assert_has(rig_ask(&rig, other, PING), "\"protocol\":1");
        }
    }
    rig_run(&rig, 20);
    ck_assert_uint_eq(rig.counts.connections, 1);
    ck_assert_uint_eq(rig.counts.waiting, 0);
    close(other);
    rig_close(&rig);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(requests_of_one_write_are_answered_in_order),
        TEST(a_request_may_arrive_byte_by_byte),
        TEST(what_is_complete_is_answered_after_the_clients_eof),
        TEST(a_waiting_request_is_answered_after_the_clients_eof_too),
        TEST(a_line_that_is_too_long_gets_an_error_and_the_next_one_its_answer),
        TEST(bad_input_gets_its_error_and_the_connection_goes_on),
        TEST(a_notification_gets_no_reply),
        TEST(a_batch_is_answered_by_one_array_in_order),
        TEST(a_batch_waits_as_a_whole_and_keeps_its_order),
        TEST(a_request_that_waits_holds_those_behind_it_on_its_connection_only),
        TEST(waiting_ends_with_its_time),
        TEST(conditioned_bytes_come_with_credit_and_hold_back_a_seed),
        TEST(conditioned_waits_for_a_suspect_source_and_not_for_failed_ones),
        TEST(too_many_waiting_requests_are_refused_as_busy),
        TEST(a_notification_that_is_refused_as_busy_leaves_no_trace),
        TEST(a_waiting_client_that_left_costs_no_credit),
        TEST(waiting_clients_that_left_give_their_connections_back),
        TEST(waiting_clients_that_left_do_not_make_the_daemon_busy),
        TEST(binary_is_a_line_then_exactly_that_many_bytes),
        TEST(a_client_that_reads_nothing_delays_no_other),
        TEST(a_reply_that_comes_while_the_client_does_not_read_waits_its_turn),
        TEST(a_client_that_leaves_with_two_replies_unread_affects_no_other),
        TEST(many_pipelined_requests_are_all_answered_in_order),
        TEST(an_idle_connection_is_closed_after_its_time),
        TEST(a_connection_whose_request_has_arrived_is_not_idle),
        TEST(a_deadline_that_has_already_passed_delays_no_one),
        TEST(a_line_that_dribbles_in_gains_no_time_by_it),
        TEST(a_client_that_stops_reading_is_closed_after_its_time),
        TEST(a_client_that_reads_slowly_is_not_closed),
        TEST(beyond_the_limit_a_client_is_refused_until_another_leaves),
        TEST(stopping_waits_for_the_first_request_of_a_new_client),
        TEST(stopping_answers_what_is_in_flight),
        TEST(stopping_answers_what_is_in_flight_also_without_a_processor),
        TEST(a_late_stop_reads_the_first_request_of_a_new_client),
        TEST(stopping_waits_no_longer_than_it_is_told),
        TEST(stopping_does_not_wait_for_clients_that_do_not_read),
        TEST(stopping_waits_for_a_client_that_reads_slowly),
        TEST(health_events_reach_subscriptions_and_coalesce_for_the_slow),
        TEST(the_end_of_an_on_demand_test_reaches_subscribers_after_its_reply),
        TEST(a_test_whose_asker_has_left_is_told_of_at_its_end),
        TEST(a_test_that_is_refused_a_place_to_wait_says_that_it_goes_on),
        TEST(a_test_that_ends_before_its_asker_is_missed_is_told_of_too),
        TEST(after_an_unsubscribe_no_event_comes),
        TEST(status_comes_every_interval_until_unsubscribed),
        TEST(a_client_that_vanishes_at_any_point_affects_no_other),
        TEST(a_client_that_leaves_at_any_point_of_its_reply_affects_no_other),
        {0},
    };
    return run_tests("server", tests);
}
