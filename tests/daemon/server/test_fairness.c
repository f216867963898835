/* SPDX-License-Identifier: MIT */
/* One user beside another: the test's own peer_of() says who connects. */

#include "base/monotonic.h"
#include "tests/daemon/server/requests.h"
#include "tests/daemon/server/rig.h"
#include "tests/support/assert_has.h"
#include "tests/support/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ALICE 12345
#define BOB   12346
#define CAROL 12347

/* They wait for as long as a request may, so that none times out on a busy
 * machine. */
#define CONDITIONED(id, bytes)                                                 \
    GET(id, "\"bytes\":" #bytes                                                \
            ",\"quality\":\"conditioned\",\"timeout_ms\":60000")
#define BLOCK(id) CONDITIONED(id, 32)
#define STATUS    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}"

/* Samples behind a block, at half a bit each; and behind the reserve. */
#define BLOCK_SAMPLES   ((size_t)640)
#define RESERVE_SAMPLES ((size_t)768)

static struct rig rig;
static uid_t next_uid;

/* In place of the kernel's. */
struct peer peer_of(int fd)
{
    (void)fd;
    return (struct peer){.is_known = true, .uid = next_uid};
}

int peer_accept(int fd)
{
    int peer = accept(fd, NULL, NULL);
    return peer < 0 ? -errno : peer;
}

/* A connection of this user's, accepted or refused already. */
static int connect_as(uid_t uid)
{
    uint64_t before = rig.counts.connections_total;
    next_uid = uid;
    int fd = rig_connect(&rig);
    while (rig.counts.connections_total == before)
        rig_run(&rig, 1);
    return fd;
}

static bool is_served(int fd)
{
    rig_send(&rig, fd, PING "\n");
    const char *reply = rig_line(&rig, fd);
    return reply != NULL && strstr(reply, "\"protocol\":1") != NULL;
}

static void start(unsigned max_connections, unsigned max_waiting)
{
    rig_init(&rig);
    rig.config.server.max_connections = max_connections;
    rig.config.server.max_waiting = max_waiting;
    rig_start(&rig);
    rig_seed(&rig);
}

static void stop(const int *fds, int count)
{
    for (int i = 0; i < count; i++)
        close(fds[i]);
    rig_close(&rig);
}

START_TEST(places_are_kept_for_the_daemons_own_user_and_root)
{
    int fds[130];
    start(128, 64);
    for (int i = 0; i < 126; i++)
        fds[i] = connect_as(ALICE);
    ck_assert_uint_eq(rig.counts.connections, 126);
    fds[126] = connect_as(ALICE);
    assert_has(rig_line(&rig, fds[126]), "per-user connection limit reached");
    fds[127] = connect_as(geteuid());
    fds[128] = connect_as(0);
    ck_assert(is_served(fds[127]) && is_served(fds[128]));
    ck_assert(is_served(fds[0]));
    stop(fds, 129);
}
END_TEST

/* One of alice's is busy, one was used last: the other one goes. */
START_TEST(the_place_of_the_longest_idle_connection_is_taken)
{
    int fds[4];
    start(4, 64);
    for (int i = 0; i < 3; i++)
        fds[i] = connect_as(ALICE);
    rig_send(&rig, fds[0], BLOCK(1) "\n");
    rig_run(&rig, 20);
    ck_assert(is_served(fds[1]));
    rig_run(&rig, 20);
    ck_assert(is_served(fds[2]));
    fds[3] = connect_as(BOB);
    ck_assert(is_served(fds[3]));
    ck_assert_ptr_null(rig_line(&rig, fds[1]));
    ck_assert(is_served(fds[2]));
    rig_feed(&rig, 0, RESERVE_SAMPLES + BLOCK_SAMPLES);
    assert_has(rig_line(&rig, fds[0]), "\"credited_bits\":320");
    stop(fds, 4);
}
END_TEST

START_TEST(sixty_four_users_with_all_places_shut_no_one_out)
{
    int fds[256];
    start(256, 64);
    for (int i = 0; i < 252; i++) {
        fds[i] = connect_as((uid_t)(ALICE + i % 63));
        ck_assert(is_served(fds[i]));
    }
    fds[252] = connect_as(1);
    ck_assert(is_served(fds[252]));
    ck_assert_uint_eq(rig.counts.connections, 252);
    stop(fds, 253);
}
END_TEST

/* Idle for this long, a user's only connection may be taken: LONG_IDLE_MS of
 * daemon/server/server.c. */
#define LONG_IDLE_MS 1000

/* Users with one connection each, idle; one more tries until he has a place. He
 * gets it as soon as the oldest was idle for long, and not before: whenever
 * that is on a busy machine. */
START_TEST(a_user_without_a_connection_takes_one_that_is_idle_for_long)
{
    int fds[64];
    bool has_place = false;
    start(64, 64);
    uint64_t before_first = monotonic_now_ms();
    fds[0] = connect_as(ALICE);
    uint64_t after_first = monotonic_now_ms();
    for (int i = 1; i < 63; i++)
        fds[i] = connect_as((uid_t)(ALICE + i));
    while (!has_place) {
        uint64_t before = monotonic_now_ms();
        fds[63] = connect_as(1);
        uint64_t after = monotonic_now_ms();
        (void)send(fds[63], PING "\n", strlen(PING) + 1, MSG_NOSIGNAL);
        const char *reply = rig_line(&rig, fds[63]);
        ck_assert_ptr_nonnull(reply);
        has_place = strstr(reply, "\"protocol\":1") != NULL;
        if (has_place) {
            ck_assert_uint_ge(after - before_first, LONG_IDLE_MS);
        } else {
            assert_has(reply, "connection limit reached");
            ck_assert_uint_lt(before - after_first, LONG_IDLE_MS);
            close(fds[63]);
            rig_run(&rig, 50);
        }
    }
    ck_assert_ptr_null(rig_line(&rig, fds[0])); /* hers it was */
    ck_assert(is_served(fds[1]));
    stop(fds, 64);
}
END_TEST

/* Reads a line of many replies, by large pieces; how many there are. */
static unsigned count_replies(int fd)
{
    static char line[1024 * 1024];
    size_t length = 0;
    do {
        ssize_t n = recv(fd, line + length, sizeof(line) - 1 - length, 0);
        length += n > 0 ? (size_t)n : 0;
        if (n <= 0)
            rig_run(&rig, 1);
    } while (length == 0 || line[length - 1] != '\n');
    line[length] = '\0';
    unsigned count = 0;
    for (const char *at = line; (at = strstr(at, "\"uptime_ms\"")) != NULL;
         at++)
        count++;
    return count;
}

/* Each of alice's forty batches is 64 requests for status, which take more
 * than a slice of time together. Bob's ping comes when all are on their way. */
START_TEST(a_batch_is_interrupted_for_another_users_request)
{
    enum { BATCHES = 40 };
    static char batch[64 * sizeof(STATUS) + 3];
    int fds[BATCHES + 1];
    size_t n = 0;
    batch[n++] = '[';
    for (int i = 0; i < 64; i++)
        n += (size_t)snprintf(batch + n, sizeof(batch) - n, "%s%s", STATUS,
                              i < 63 ? "," : "]\n");
    start(1024, 64);
    for (int i = 0; i < BATCHES; i++)
        fds[i] = connect_as(ALICE);
    fds[BATCHES] = connect_as(BOB);
    for (int i = 0; i < BATCHES; i++)
        rig_send_bytes(&rig, fds[i], batch, n);
    rig_send(&rig, fds[BATCHES], PING "\n");
    char byte;
    unsigned iterations = 0;
    while (recv(fds[BATCHES], &byte, 1, MSG_PEEK) < 0) {
        (void)uv_run(&rig.loop, UV_RUN_NOWAIT);
        ck_assert_uint_lt(++iterations, 4);
    }
    /* Few of hers can be answered by then, and all are in the end. */
    unsigned answered = 0;
    for (int i = 0; i < BATCHES; i++)
        answered += recv(fds[i], &byte, 1, MSG_PEEK) > 0;
    ck_assert_uint_lt(answered, BATCHES / 2);
    for (int i = 0; i < BATCHES; i++)
        ck_assert_uint_eq(count_replies(fds[i]), 64);
    ck_assert(is_served(fds[BATCHES]));
    stop(fds, BATCHES + 1);
}
END_TEST

/* Samples for one more block, as soon as the ring takes them. */
static void feed_block(void)
{
    while (source_space(&rig.sources[0]) < BLOCK_SAMPLES)
        rig_run(&rig, 1);
    rig_feed(&rig, 0, BLOCK_SAMPLES);
}

START_TEST(a_small_conditioned_request_does_not_wait_for_a_large_one)
{
    int fds[2];
    start(1024, 64);
    fds[0] = connect_as(ALICE);
    fds[1] = connect_as(BOB);
    rig_send(&rig, fds[0], CONDITIONED(1, 4096) "\n");
    rig_run(&rig, 20);
    rig_send(&rig, fds[1], BLOCK(2) "\n");
    rig_run(&rig, 20);
    ck_assert_uint_eq(rig.counts.waiting, 2);
    rig_feed(&rig, 0, RESERVE_SAMPLES + 2 * BLOCK_SAMPLES);
    assert_has(rig_line(&rig, fds[1]), "\"id\":2,\"result\"");
    /* ... and alice has lost nothing by it: 128 blocks are hers. */
    for (int i = 0; i < 126; i++)
        feed_block();
    ck_assert(rig_is_silent(&rig, fds[0]));
    feed_block();
    const char *reply = rig_line(&rig, fds[0]);
    assert_has(reply, "\"id\":1,\"result\"");
    assert_has(reply, "\"credited_bits\":40960");
    struct pool_stats stats;
    pool_stats(rig.pool, &stats);
    ck_assert_uint_eq(stats.conditioned_blocks, 129);
    stop(fds, 2);
}
END_TEST

/* alice's request is given four blocks, and then its time is over. False where
 * the machine was so busy that the time was over before. */
static bool times_out_with_blocks(const int fds[2], unsigned timeout_ms)
{
    char request[160];
    (void)snprintf(request, sizeof(request),
                   GET(1, "\"bytes\":4096,\"quality\":\"conditioned\","
                          "\"timeout_ms\":%u") "\n",
                   timeout_ms);
    rig_send(&rig, fds[0], request);
    rig_run(&rig, 20);
    rig_send(&rig, fds[1], BLOCK(2) "\n");
    rig_run(&rig, 20);
    rig_feed(&rig, 0, RESERVE_SAMPLES + 5 * BLOCK_SAMPLES);
    while (rig.counts.waiting > 0 && rig.dispatcher.blocks_taken < 5)
        rig_iterate(&rig);
    bool is_in_time = rig.counts.waiting > 0;
    assert_has(rig_line(&rig, fds[1]), "\"id\":2,\"result\"");
    assert_has(rig_line(&rig, fds[0]), "\"timeout\"");
    return is_in_time;
}

START_TEST(blocks_of_a_request_that_timed_out_serve_the_next_one)
{
    int fds[2];
    for (unsigned timeout_ms = 300;; timeout_ms *= 2) {
        ck_assert_uint_lt(timeout_ms, 60000);
        start(1024, 64);
        fds[0] = connect_as(ALICE);
        fds[1] = connect_as(BOB);
        if (times_out_with_blocks(fds, timeout_ms))
            break;
        stop(fds, 2);
    }
    struct pool_stats stats;
    pool_stats(rig.pool, &stats);
    ck_assert_uint_eq(stats.conditioned_blocks, 1);
    ck_assert_uint_ge(stats.blocks_ready, 4);
    assert_has(rig_ask(&rig, fds[1],
                       GET(3, "\"bytes\":128,\"quality\":\"conditioned\","
                              "\"timeout_ms\":0")),
               "\"credited_bits\":1280");
    stop(fds, 2);
}
END_TEST

/* carol, who was served nothing yet, is given one of her four blocks at once,
 * though alice waits; then she leaves. */
START_TEST(a_block_of_the_first_try_is_not_lost)
{
    int fds[3];
    start(1024, 64);
    fds[0] = connect_as(ALICE);
    fds[1] = connect_as(BOB);
    fds[2] = connect_as(CAROL);
    rig_send(&rig, fds[0], CONDITIONED(1, 4096) "\n");
    rig_run(&rig, 20);
    rig_send(&rig, fds[1], BLOCK(2) "\n");
    rig_run(&rig, 20);
    rig_feed(&rig, 0, RESERVE_SAMPLES + 2 * BLOCK_SAMPLES);
    assert_has(rig_line(&rig, fds[1]), "\"id\":2,\"result\"");
    ck_assert_uint_eq(rig.dispatcher.blocks_taken, 2);
    rig_push(&rig, 0, BLOCK_SAMPLES);
    rig_send(&rig, fds[2], CONDITIONED(3, 128) "\n");
    while (rig.counts.waiting < 2)
        rig_iterate(&rig);
    ck_assert_uint_eq(rig.dispatcher.blocks_taken, 3);
    close(fds[2]);
    rig_feed(&rig, 0, BLOCK_SAMPLES); /* in her turn she is missed */
    for (int i = 0; i < 1000 && rig.dispatcher.blocks_taken < 5; i++) {
        rig_iterate(&rig);
        server_retry(rig.server);
    }
    ck_assert_uint_eq(rig.counts.waiting, 1);
    ck_assert_uint_eq(rig.dispatcher.blocks_taken, 5); /* alice has both */
    stop(fds, 2);
}
END_TEST

START_TEST(a_user_is_not_busy_while_his_share_of_the_queue_is_free)
{
    enum { PLACES = 8 };
    int alice[PLACES];
    int fds[3];
    start(1024, PLACES);
    for (int i = 0; i < PLACES; i++) {
        alice[i] = connect_as(ALICE);
        rig_send(&rig, alice[i], BLOCK(1) "\n");
    }
    rig_run(&rig, 20);
    ck_assert_uint_eq(rig.counts.waiting, PLACES);
    for (int i = 0; i < 3; i++) {
        fds[i] = connect_as(i < 2 ? BOB : CAROL);
        rig_send(&rig, fds[i], BLOCK(2) "\n");
        rig_run(&rig, 20);
        ck_assert_uint_eq(rig.counts.waiting, PLACES);
        /* alice's newest was refused */
        assert_has(rig_line(&rig, alice[PLACES - 1 - i]), "\"busy\"");
        ck_assert(is_served(alice[PLACES - 1 - i]));
    }
    ck_assert_uint_eq(rig.counts.errors_total[ERROR_BUSY], 3);
    rig_feed(&rig, 0, RESERVE_SAMPLES + PLACES * BLOCK_SAMPLES);
    for (int i = 0; i < 3; i++)
        assert_has(rig_line(&rig, fds[i]), "\"id\":2,\"result\"");
    for (int i = 0; i < PLACES; i++)
        close(alice[i]);
    stop(fds, 3);
}
END_TEST

START_TEST(status_names_the_users_and_counts_all)
{
    int fds[21];
    start(128, 64);
    fds[0] = connect_as(BOB);
    fds[1] = connect_as(ALICE);
    fds[2] = connect_as(ALICE);
    rig_send(&rig, fds[0], BLOCK(1) "\n");
    rig_run(&rig, 20);
    assert_has(rig_ask(&rig, fds[1], STATUS),
               "\"users\":[{\"uid\":12345,\"connections\":2,\"waiting\":0},"
               "{\"uid\":12346,\"connections\":1,\"waiting\":1}],"
               "\"users_total\":2,");
    /* Of 20, the 16 with the most connections are named. */
    for (uid_t i = 3; i < 21; i++)
        fds[i] = connect_as(20000 + i);
    const char *reply = rig_ask(&rig, fds[1], STATUS);
    assert_has(reply, "\"users_total\":20,");
    assert_has(reply, "\"users\":[{\"uid\":12345,");
    size_t named = 0;
    for (const char *at = reply; (at = strstr(at, "\"uid\":")) != NULL; at++)
        named++;
    ck_assert_uint_eq(named, 16);
    stop(fds, 21);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(places_are_kept_for_the_daemons_own_user_and_root),
        TEST(the_place_of_the_longest_idle_connection_is_taken),
        TEST(sixty_four_users_with_all_places_shut_no_one_out),
        TEST(a_user_without_a_connection_takes_one_that_is_idle_for_long),
        TEST(a_batch_is_interrupted_for_another_users_request),
        TEST(a_small_conditioned_request_does_not_wait_for_a_large_one),
        TEST(blocks_of_a_request_that_timed_out_serve_the_next_one),
        TEST(a_block_of_the_first_try_is_not_lost),
        TEST(a_user_is_not_busy_while_his_share_of_the_queue_is_free),
        TEST(status_names_the_users_and_counts_all),
        {0},
    };
    return run_tests("fairness", tests);
}
