/* SPDX-License-Identifier: MIT */
/* A connection's deadlines and turns, where requests follow on each other. */

#include "base/monotonic.h"
#include "tests/daemon/server/requests.h"
#include "tests/daemon/server/rig.h"
#include "tests/support/assert_has.h"
#include "tests/support/patience.h"
#include "tests/support/run.h"

#include <check.h>
#include <stdio.h>
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

#define LINE_MS 1000

/* Each write ends one line and begins the next, so that there is always an
 * unfinished one, and never for long. False where a busy machine did not let
 * it: a line was unfinished for too long then. */
static bool writes_for_long(int fd)
{
    static const char line[] = PING "\n{";
    uint64_t begin = monotonic_now_ms();
    uint64_t wrote = begin;
    rig_send(&rig, fd, "{");
    while (wrote - begin < LINE_MS + LINE_MS / 2) {
        uint64_t now = monotonic_now_ms();
        bool is_sent = send(fd, line + 1, sizeof(line) - 2, MSG_NOSIGNAL) > 0;
        const char *reply = is_sent ? rig_line(&rig, fd) : NULL;
        if (reply == NULL) {
            ck_assert_uint_ge(monotonic_now_ms() - wrote, LINE_MS);
            return false;
        }
        assert_has(reply, "\"protocol\":1");
        wrote = now;
        rig_run(&rig, 20);
    }
    return true;
}

START_TEST(the_time_of_a_line_begins_with_the_line)
{
    rig_init(&rig);
    rig.config.server.request_timeout_ms = LINE_MS;
    rig_start(&rig);
    int fd = rig_connect(&rig);
    while (!writes_for_long(fd)) {
        close(fd);
        fd = rig_connect(&rig);
    }
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(a_subscriber_that_stops_reading_is_closed_after_its_time)
{
    const struct source_move move = {.from = SOURCE_HEALTHY,
                                     .to = SOURCE_SUSPECT,
                                     .at_ms = monotonic_now_ms()};
    rig_init(&rig);
    rig.config.server.write_timeout_ms = 100;
    rig_start(&rig);
    int deaf = rig_connect(&rig);
    int good = rig_connect(&rig);
    assert_has(rig_ask(&rig, deaf, SUBSCRIBE), "health");
    assert_has(rig_ask(&rig, good, SUBSCRIBE), "health");
    for (int i = 0; i < 1000; i++) {
        subscriptions_health(&rig.subscriptions, 1, &move);
        assert_has(rig_line(&rig, good), "\"suspect\"");
    }
    uint64_t begin = monotonic_now_ms();
    while (rig.counts.connections > 1 && monotonic_now_ms() - begin < 5000)
        rig_run(&rig, 10);
    ck_assert_uint_eq(rig.counts.connections, 1);
    ck_assert_uint_eq(rig.counts.subscriptions, 1);
    close(deaf);
    close(good);
    rig_close(&rig);
}
END_TEST

/* Nothing else happens while the client does not read, so nothing else tells
 * the server how late it has become. False: the machine was so busy that the
 * request's time was over before it was looked at. */
static bool gets_all_of_its_time(unsigned timeout_ms)
{
    char request[160];
    (void)snprintf(request, sizeof(request),
                   GET(2, "\"bytes\":32,\"quality\":\"conditioned\","
                          "\"timeout_ms\":%u") "\n",
                   timeout_ms);
    rig_open(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    for (int i = 0; i < 2; i++)
        rig_send(&rig, fd, GET(1, "\"bytes\":65536") "\n");
    rig_send(&rig, fd, request);
    rig_run(&rig, timeout_ms + 100);
    ck_assert_uint_eq(rig.counts.waiting, 0); /* its turn has not come */
    uint64_t begin = monotonic_now_ms();
    for (int i = 0; i < 2; i++)
        assert_has(rig_line(&rig, fd), "\"id\":1");
    bool is_in_time = rig_is_silent(&rig, fd);
    if (is_in_time) {
        ck_assert_uint_eq(rig.counts.waiting, 1);
        rig_feed(&rig, 0, RESERVE_SAMPLES + BLOCK_SAMPLES);
        assert_has(rig_line(&rig, fd), "\"credited_bits\":320");
    } else {
        ck_assert_uint_ge(monotonic_now_ms() - begin, timeout_ms);
    }
    close(fd);
    rig_close(&rig);
    return is_in_time;
}

START_TEST(a_request_behind_unread_replies_gets_all_of_its_time)
{
    unsigned timeout_ms = 600;
    while (!gets_all_of_its_time(timeout_ms) && timeout_ms < PATIENCE_MS)
        timeout_ms *= 2;
    ck_assert_uint_lt(timeout_ms, PATIENCE_MS);
}
END_TEST

START_TEST(a_batch_takes_a_turn_for_each_of_its_requests)
{
    rig_open(&rig);
    rig_seed(&rig);
    int greedy = rig_connect(&rig);
    int polite = rig_connect(&rig);
    rig_send(&rig, greedy, "[" BLOCK(1) "," BLOCK(2) "," BLOCK(3) "]\n");
    rig_run(&rig, 20);
    rig_send(&rig, polite, BLOCK(4) "\n");
    rig_run(&rig, 20);
    ck_assert_uint_eq(rig.counts.waiting, 2);
    rig_feed(&rig, 0, RESERVE_SAMPLES + 2 * BLOCK_SAMPLES);
    assert_has(rig_line(&rig, polite), "\"id\":4,\"result\"");
    ck_assert(rig_is_silent(&rig, greedy));
    rig_feed(&rig, 0, 2 * BLOCK_SAMPLES);
    const char *reply = rig_line(&rig, greedy);
    assert_has(reply, "\"id\":1,\"result\"");
    assert_has(reply, "\"id\":3,\"result\"");
    close(greedy);
    close(polite);
    rig_close(&rig);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_time_of_a_line_begins_with_the_line),
        TEST(a_subscriber_that_stops_reading_is_closed_after_its_time),
        TEST(a_request_behind_unread_replies_gets_all_of_its_time),
        TEST(a_batch_takes_a_turn_for_each_of_its_requests),
        {0},
    };
    return run_tests("session", tests);
}
