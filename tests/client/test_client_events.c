/* SPDX-License-Identifier: MIT */
/* Subscriptions: events in their order, kept apart from answers. */

#include "tests/client/client_rig.h"
#include "tests/support/patience.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void send_event(int fd, const char *method, int number)
{
    char line[160];
    snprintf(line, sizeof(line),
             "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":{\"n\":%d}}",
             method, number);
    fake_line(fd, line);
}

static void check_event(struct entropy_client *client,
                        enum entropy_client_events expected, int number)
{
    enum entropy_client_events what;
    char *json;
    char wanted[32];
    int rc = entropy_client_next_event(client, 5000, &what, &json);
    ck_assert_msg(rc == 0, "%s", entropy_client_message(client));
    ck_assert_int_eq(what, expected);
    snprintf(wanted, sizeof(wanted), "{\"n\":%d}", number);
    ck_assert_str_eq(json, wanted);
    entropy_client_free(json);
}

static void events_between(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"subscribe\",\"params\":{\"events\":\"health\"}}");
    fake_result(fd, "{\"subscribed\":[\"health\"],\"interval_ms\":null}");
    send_event(fd, "health", 1);
    fake_expect(fd, "\"subscribe\",\"params\":{\"events\":\"status\","
                    "\"interval_ms\":2000}}");
    send_event(fd, "health", 2);
    fake_result(fd, "{}");
    send_event(fd, "status", 3);
    fake_expect(fd, "\"unsubscribe\",\"params\":{\"events\":\"status\"}}");
    send_event(fd, "status", 4);
    fake_result(fd, "{}");
    send_event(fd, "health", 5);
    fake_expect_end(fd);
}

START_TEST(events_keep_their_order_around_replies)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, events_between, 5000);
    ck_assert_int_eq(
        entropy_client_subscribe(client, ENTROPY_CLIENT_EVENTS_HEALTH, 0), 0);
    ck_assert_int_eq(
        entropy_client_subscribe(client, ENTROPY_CLIENT_EVENTS_STATUS, 2000),
        0);
    check_event(client, ENTROPY_CLIENT_EVENTS_HEALTH, 1);
    check_event(client, ENTROPY_CLIENT_EVENTS_HEALTH, 2);
    check_event(client, ENTROPY_CLIENT_EVENTS_STATUS, 3);
    ck_assert_int_eq(
        entropy_client_unsubscribe(client, ENTROPY_CLIENT_EVENTS_STATUS), 0);
    check_event(client, ENTROPY_CLIENT_EVENTS_STATUS, 4);
    check_event(client, ENTROPY_CLIENT_EVENTS_HEALTH, 5);
    ck_assert_uint_eq(entropy_client_events_lost(client), 0);
    rig_end(client, &s);
}
END_TEST

/* The script sends the next half for each byte that comes here. */
static int gate[2];

static void await_gate(void)
{
    char byte;
    if (read(gate[0], &byte, 1) != 1)
        _exit(EXIT_FAILURE); /* the test has failed */
}

static void an_event_late(int listener)
{
    close(gate[1]);
    int fd = fake_accept(listener);
    fake_expect(fd, "\"subscribe\"");
    fake_result(fd, "{}");
    await_gate();
    /* Half of it first: a time-out must not lose the half. */
    static const char event[] = "{\"jsonrpc\":\"2.0\",\"method\":\"health\","
                                "\"params\":{\"n\":7}}\n";
    fake_send(fd, event, 30);
    await_gate();
    fake_send(fd, event + 30, sizeof(event) - 1 - 30);
    fake_expect_end(fd);
}

START_TEST(a_timeout_does_not_end_a_subscription)
{
    struct fake_server s;
    ck_assert_int_eq(pipe(gate), 0);
    struct entropy_client *client = rig_connect(&s, an_event_late, 5000);
    enum entropy_client_events what;
    char *json;
    ck_assert_int_eq(
        entropy_client_subscribe(client, ENTROPY_CLIENT_EVENTS_HEALTH, 0), 0);
    for (int i = 0; i < 4; i++) {
        check_error(client, entropy_client_next_event(client, 50, &what, &json),
                    ENTROPY_CLIENT_NO_ANSWER, "timed out");
        if (i == 0)
            ck_assert_int_eq(write(gate[1], "", 1), 1);
    }
    ck_assert_int_eq(write(gate[1], "", 1), 1);
    ck_assert_int_eq(
        entropy_client_next_event(client, PATIENCE_MS, &what, &json), 0);
    ck_assert_str_eq(json, "{\"n\":7}");
    entropy_client_free(json);
    rig_end(client, &s);
    close(gate[0]);
    close(gate[1]);
}
END_TEST

static void gone_while_subscribed(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"subscribe\"");
    fake_result(fd, "{}");
    close(fd);
    fd = fake_accept(listener);
    fake_expect(fd, "\"subscribe\"");
    fake_result(fd, "{}");
    close(fd);
    fd = fake_accept(listener);
    fake_expect(fd, "\"ping\"");
    fake_result(fd, "{}");
    fake_expect_end(fd);
}

START_TEST(a_lost_subscription_is_never_renewed_silently)
{
    struct fake_server s;
    struct entropy_client *client =
        rig_connect(&s, gone_while_subscribed, 5000);
    enum entropy_client_events what;
    char *json;
    ck_assert_int_eq(
        entropy_client_subscribe(client, ENTROPY_CLIENT_EVENTS_HEALTH, 0), 0);
    check_error(client, entropy_client_next_event(client, -1, &what, &json),
                ENTROPY_CLIENT_DISCONNECTED, "connection closed");
    check_error(client, entropy_client_next_event(client, -1, &what, &json),
                ENTROPY_CLIENT_MISUSE, "not subscribed to any");
    ck_assert_int_eq(
        entropy_client_subscribe(client, ENTROPY_CLIENT_EVENTS_HEALTH, 0), 0);
    usleep(20000); /* the close arrives */
    check_error(client, entropy_client_ping(client, &json),
                ENTROPY_CLIENT_DISCONNECTED, "connection closed");
    ck_assert_int_eq(entropy_client_ping(client, &json), 0);
    entropy_client_free(json);
    rig_end(client, &s);
}
END_TEST

#define MANY 70

static void too_many_events(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"subscribe\"");
    fake_result(fd, "{}");
    fake_expect(fd, "\"ping\"");
    for (int i = 0; i < MANY; i++)
        send_event(fd, "health", i);
    fake_result(fd, "{}");
    fake_expect_end(fd);
}

START_TEST(of_too_many_events_the_oldest_are_dropped_and_counted)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, too_many_events, 5000);
    char *json;
    ck_assert_int_eq(
        entropy_client_subscribe(client, ENTROPY_CLIENT_EVENTS_HEALTH, 0), 0);
    ck_assert_int_eq(entropy_client_ping(client, &json), 0);
    entropy_client_free(json);
    ck_assert_uint_eq(entropy_client_events_lost(client), MANY - 64);
    for (int i = MANY - 64; i < MANY; i++)
        check_event(client, ENTROPY_CLIENT_EVENTS_HEALTH, i);
    rig_end(client, &s);
}
END_TEST

static void strange_event(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"subscribe\"");
    fake_result(fd, "{}");
    fake_line(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"weather\",\"params\":{}}");
    fake_expect_end(fd);
}

START_TEST(misuse_and_unknown_events_are_reported)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, strange_event, 5000);
    enum entropy_client_events what;
    char *json;
    uint8_t byte = 1;
    check_error(client, entropy_client_next_event(client, 0, &what, &json),
                ENTROPY_CLIENT_MISUSE, "not subscribed to any");
    check_error(
        client,
        entropy_client_unsubscribe(client, ENTROPY_CLIENT_EVENTS_HEALTH),
        ENTROPY_CLIENT_MISUSE, "not subscribed to these");
    check_error(
        client,
        entropy_client_subscribe(client, ENTROPY_CLIENT_EVENTS_HEALTH, 1000),
        ENTROPY_CLIENT_MISUSE, "interval_ms");
    check_error(
        client,
        entropy_client_subscribe(client, ENTROPY_CLIENT_EVENTS_STATUS, 999),
        ENTROPY_CLIENT_MISUSE, "1000 to 3600000");
    check_error(
        client,
        entropy_client_subscribe(client, (enum entropy_client_events)2, 0),
        ENTROPY_CLIENT_MISUSE, "health or status");
    ck_assert_int_eq(
        entropy_client_subscribe(client, ENTROPY_CLIENT_EVENTS_HEALTH, 0), 0);
    check_error(client, entropy_client_next_event(client, -2, &what, &json),
                ENTROPY_CLIENT_MISUSE, "timeout_ms");
    check_error(client, entropy_client_get(client, &byte, 1, NULL, NULL),
                ENTROPY_CLIENT_MISUSE, "use another client");
    ck_assert_int_eq(byte, 0);
    check_error(client, entropy_client_next_event(client, -1, &what, &json),
                ENTROPY_CLIENT_BAD_REPLY, "unknown event");
    rig_end(client, &s);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(events_keep_their_order_around_replies),
        TEST(a_timeout_does_not_end_a_subscription),
        TEST(a_lost_subscription_is_never_renewed_silently),
        TEST(of_too_many_events_the_oldest_are_dropped_and_counted),
        TEST(misuse_and_unknown_events_are_reported),
        {0},
    };
    return run_tests("client_events", tests);
}
