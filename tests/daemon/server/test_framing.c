/* SPDX-License-Identifier: MIT */
/* Clients that frame with Content-Length headers, and what is no framing. */

#include "base/monotonic.h"
#include "tests/daemon/server/requests.h"
#include "tests/daemon/server/rig.h"
#include "tests/support/assert_has.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK(id) GET(id, "\"bytes\":32,\"quality\":\"conditioned\"")
#define SUBSCRIBE                                                              \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\","                  \
    "\"params\":{\"events\":\"health\"}}"

/* Samples behind a block, at half a bit each; and behind the reserve. */
#define BLOCK_SAMPLES   ((size_t)640)
#define RESERVE_SAMPLES ((size_t)768)

static struct rig rig;

static void send_content(int fd, const char *text)
{
    char header[64];
    snprintf(header, sizeof(header), "Content-Length: %zu\r\n\r\n",
             strlen(text));
    rig_send(&rig, fd, header);
    rig_send(&rig, fd, text);
}

/* Reads the header of the next frame, which is exactly one; false where the
 * connection was closed instead. */
static bool read_header(int fd, size_t *length)
{
    char header[32];
    static const char name[] = "Content-Length: ";
    const char *line = rig_line(&rig, fd);
    if (line == NULL)
        return false;
    ck_assert_msg(strncmp(line, name, sizeof(name) - 1) == 0, "%s", line);
    *length = strtoul(line + sizeof(name) - 1, NULL, 10);
    snprintf(header, sizeof(header), "%s%zu\r", name, *length);
    ck_assert_str_eq(line, header);
    ck_assert_str_eq(rig_line(&rig, fd), "\r");
    return true;
}

/* The content of the next frame, terminated, in memory that is reused; NULL
 * where the connection was closed instead. */
static const char *content(int fd)
{
    static char text[140000];
    size_t length;
    if (!read_header(fd, &length))
        return NULL;
    ck_assert_uint_lt(length, sizeof(text));
    ck_assert(rig_bytes(&rig, fd, text, length));
    text[length] = '\0';
    ck_assert_ptr_null(strchr(text, '\n'));
    return text;
}

static const char *ask(int fd, const char *text)
{
    send_content(fd, text);
    return content(fd);
}

static int open_rig(void)
{
    rig_open(&rig);
    rig_seed(&rig);
    return rig_connect(&rig);
}

static void end(int fd)
{
    close(fd);
    rig_close(&rig);
}

START_TEST(requests_with_headers_get_replies_with_headers)
{
    int fd = open_rig();
    assert_has(ask(fd, PING), "\"id\":1,\"result\":{\"version\"");
    assert_has(ask(fd, GET(2, "\"bytes\":32")), "\"id\":2,\"result\"");
    assert_has(ask(fd, "{\"jsonrpc\":\"2.0\",\r\n\"id\":3,\n\"method\":"
                       "\"ping\"}\n"),
               "\"id\":3,\"result\"");
    end(fd);
}
END_TEST

START_TEST(a_request_with_headers_may_arrive_byte_by_byte)
{
    static const char bytes[] =
        "content-type: application/vscode-jsonrpc; charset=utf-8\r\n"
        "CONTENT-LENGTH: 40\r\n\r\n" PING;
    ck_assert_uint_eq(strlen(PING), 40);
    int fd = open_rig();
    for (size_t i = 0; bytes[i] != '\0'; i++) {
        ck_assert_uint_eq(rig.counts.requests_total, 0);
        rig_send_bytes(&rig, fd, bytes + i, 1);
        for (int turns = 0; turns < 3; turns++)
            rig_iterate(&rig);
    }
    assert_has(content(fd), "\"id\":1,\"result\"");
    end(fd);
}
END_TEST

START_TEST(many_requests_with_headers_may_arrive_at_once)
{
    char request[128];
    int fd = open_rig();
    for (int i = 0; i < 200; i++) {
        snprintf(request, sizeof(request),
                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"ping\"}", i);
        send_content(fd, request);
    }
    for (int i = 0; i < 200; i++) {
        snprintf(request, sizeof(request), "\"id\":%d,", i);
        assert_has(content(fd), request);
    }
    end(fd);
}
END_TEST

START_TEST(a_batch_with_headers_gets_one_frame)
{
    int fd = open_rig();
    const char *reply =
        ask(fd, "[" PING ",{\"jsonrpc\":\"2.0\",\"method\":\"ping\"},1]");
    ck_assert_int_eq(*reply, '[');
    assert_has(reply, "\"result\"");
    assert_has(reply, "a request must be an object");
    send_content(fd, "[{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}]");
    send_content(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}");
    assert_has(ask(fd, GET(9, "\"bytes\":1")), "\"id\":9,");
    end(fd);
}
END_TEST

START_TEST(a_request_with_headers_may_wait)
{
    int fd = open_rig();
    send_content(fd, BLOCK(1));
    send_content(fd, "[" BLOCK(2) "," PING "]");
    rig_run(&rig, 20);
    ck_assert_uint_eq(rig.counts.waiting, 1);
    rig_feed(&rig, 0, RESERVE_SAMPLES + 2 * BLOCK_SAMPLES);
    assert_has(content(fd), "\"id\":1,\"result\"");
    const char *reply = content(fd);
    ck_assert_int_eq(*reply, '[');
    assert_has(reply, "\"id\":2,\"result\"");
    end(fd);
}
END_TEST

START_TEST(an_error_in_a_content_ends_no_connection)
{
    int fd = open_rig();
    assert_has(ask(fd, "{\"jsonrpc\":"), "-32700");
    assert_has(ask(fd, ""), "Content-Length must be from 1 to 65536, not 0");
    assert_has(ask(fd, "{}"), "-32600");
    assert_has(ask(fd, PING), "\"result\"");
    ck_assert_uint_eq(rig.counts.errors_total[ERROR_PARSE], 2);
    end(fd);
}
END_TEST

START_TEST(a_content_that_is_too_long_is_refused_and_skipped)
{
    static char text[PROTOCOL_LINE_MAX + 2];
    int fd = open_rig();
    memset(text, ' ', sizeof(text) - 1);
    memcpy(text, PING, strlen(PING));
    assert_has(ask(fd, text),
               "Content-Length must be from 1 to 65536, not 65537");
    text[PROTOCOL_LINE_MAX] = '\0';
    assert_has(ask(fd, text), "\"result\"");
    ck_assert_uint_eq(rig.counts.errors_total[ERROR_TOO_LARGE], 1);
    end(fd);
}
END_TEST

START_TEST(binary_is_refused_between_headers)
{
    int fd = open_rig();
    const char *reply = ask(fd, GET(5, "\"bytes\":1,\"encoding\":\"binary\""));
    assert_has(reply, "\"id\":5,");
    assert_has(reply, "-32602");
    assert_has(reply, "binary is not allowed on a connection with "
                      "Content-Length headers");
    assert_has(ask(fd, PING), "\"result\"");
    end(fd);
}
END_TEST

/* One change of a source while the first client waits for another reply. */
START_TEST(events_are_framed_for_each_subscriber)
{
    const struct source_move move = {.from = SOURCE_HEALTHY,
                                     .to = SOURCE_SUSPECT,
                                     .at_ms = monotonic_now_ms()};
    int fd = open_rig();
    int other = rig_connect(&rig);
    assert_has(ask(fd, SUBSCRIBE), "\"subscribed\":[\"health\"]");
    assert_has(rig_ask(&rig, other, SUBSCRIBE), "\"subscribed\":[\"health\"]");
    subscriptions_health(&rig.subscriptions, 1, &move);
    assert_has(content(fd), "\"source\":\"second\"");
    assert_has(rig_line(&rig, other), "\"source\":\"second\"");

    send_content(fd, BLOCK(7));
    rig_run(&rig, 20);
    for (size_t i = 0; i < RIG_SOURCES; i++)
        subscriptions_health(&rig.subscriptions, i, &move);
    ck_assert(rig_is_silent(&rig, fd));
    rig_feed(&rig, 0, RESERVE_SAMPLES + BLOCK_SAMPLES);
    assert_has(content(fd), "\"id\":7,\"result\"");
    assert_has(content(fd), "\"source\":\"first\"");
    assert_has(content(fd), "\"source\":\"second\"");
    assert_has(rig_line(&rig, other), "\"source\":\"first\"");
    assert_has(rig_line(&rig, other), "\"source\":\"second\"");
    close(other);
    end(fd);
}
END_TEST

START_TEST(status_is_framed_for_each_subscriber)
{
    static const char status[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\","
        "\"params\":{\"events\":\"status\"}}";
    int fd = open_rig();
    int other = rig_connect(&rig);
    assert_has(ask(fd, status), "\"subscribed\":[\"status\"]");
    assert_has(rig_ask(&rig, other, status), "\"subscribed\":[\"status\"]");
    assert_has(content(fd), "\"method\":\"status\"");
    assert_has(rig_line(&rig, other), "\"method\":\"status\"");
    send_content(fd, PING);
    const char *reply = content(fd);
    while (strstr(reply, "\"method\":\"status\"") != NULL) /* a second later */
        reply = content(fd);
    assert_has(reply, "\"result\"");
    close(other);
    end(fd);
}
END_TEST

START_TEST(all_that_is_whole_is_answered_after_the_end_of_input)
{
    int fd = open_rig();
    send_content(fd, PING);
    send_content(fd, GET(2, "\"bytes\":1"));
    shutdown(fd, SHUT_WR);
    assert_has(content(fd), "\"id\":1,");
    assert_has(content(fd), "\"id\":2,");
    ck_assert_ptr_null(content(fd));
    end(fd);
}
END_TEST

START_TEST(an_end_of_input_within_a_message_is_answered)
{
    int fd = open_rig();
    rig_send(&rig, fd, "Content-Length: 40\r\n\r\n{");
    shutdown(fd, SHUT_WR);
    assert_has(content(fd), "the input ends after 1 of 40 bytes of content");
    ck_assert_ptr_null(content(fd));
    close(fd);
    fd = rig_connect(&rig);
    rig_send(&rig, fd, "Content-Length: 40\r\n");
    shutdown(fd, SHUT_WR);
    assert_has(content(fd), "the input ends within the header");
    ck_assert_ptr_null(content(fd));
    end(fd);
}
END_TEST

START_TEST(an_unfinished_header_has_its_time)
{
    rig_init(&rig);
    rig.config.server.request_timeout_ms = 100;
    rig_start(&rig);
    int fd = rig_connect(&rig);
    rig_send(&rig, fd, "Content-Le");
    ck_assert_ptr_null(rig_line(&rig, fd));
    end(fd);
}
END_TEST

START_TEST(a_wrong_header_is_answered_and_ends_the_connection)
{
    int fd = open_rig();
    send_content(fd, PING);
    rig_send(&rig, fd, "Content-Length: -1\r\n\r\n" PING);
    assert_has(content(fd), "\"id\":1,\"result\"");
    assert_has(content(fd), "not \\\"-1\\\"");
    ck_assert_ptr_null(content(fd));
    end(fd);
}
END_TEST

START_TEST(what_is_neither_framing_gets_one_error_and_an_end)
{
    static const char *const greetings[] = {
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "\x16\x03\x01\x02",
        "SSH-2.0-OpenSSH_9.2\r\n", "CONNECT a:1 HTTP/1.1\r\n\r\n"};
    int fd = open_rig();
    for (size_t i = 0; i < sizeof(greetings) / sizeof(*greetings); i++) {
        int other = rig_connect(&rig);
        rig_send(&rig, other, greetings[i]);
        const char *reply = rig_line(&rig, other);
        assert_has(reply, "\"id\":null,\"error\":{\"code\":-32700,");
        assert_has(reply, "neither a JSON text nor a Content-Length header");
        ck_assert_ptr_null(rig_line(&rig, other));
        close(other);
    }
    ck_assert_uint_eq(rig.counts.errors_total[ERROR_PARSE], 4);
    end(fd);
}
END_TEST

/* The error is behind replies that the client has not read yet. */
START_TEST(the_last_error_waits_for_a_slow_reader)
{
    int fd = open_rig();
    for (int i = 0; i < 40; i++)
        send_content(fd, GET(1, "\"bytes\":65536"));
    rig_send(&rig, fd, "Content-Length: x\r\n\r\n");
    rig_run(&rig, 50);
    for (int i = 0; i < 40; i++)
        assert_has(content(fd), "\"id\":1,\"result\"");
    assert_has(content(fd), "not \\\"x\\\"");
    ck_assert_ptr_null(content(fd));
    end(fd);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(requests_with_headers_get_replies_with_headers),
        TEST(a_request_with_headers_may_arrive_byte_by_byte),
        TEST(many_requests_with_headers_may_arrive_at_once),
        TEST(a_batch_with_headers_gets_one_frame),
        TEST(a_request_with_headers_may_wait),
        TEST(an_error_in_a_content_ends_no_connection),
        TEST(a_content_that_is_too_long_is_refused_and_skipped),
        TEST(binary_is_refused_between_headers),
        TEST(events_are_framed_for_each_subscriber),
        TEST(status_is_framed_for_each_subscriber),
        TEST(all_that_is_whole_is_answered_after_the_end_of_input),
        TEST(an_end_of_input_within_a_message_is_answered),
        TEST(an_unfinished_header_has_its_time),
        TEST(a_wrong_header_is_answered_and_ends_the_connection),
        TEST(what_is_neither_framing_gets_one_error_and_an_end),
        TEST(the_last_error_waits_for_a_slow_reader),
        {0},
    };
    return run_tests("framing", tests);
}
