/* SPDX-License-Identifier: MIT */
/* Bytes come whole and as they were sent, or not at all. */

#include "tests/client/client_rig.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void two_gets(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"method\":\"get\",\"params\":{\"bytes\":32,\"encoding\":"
                    "\"binary\",\"quality\":\"drbg\",\"timeout_ms\":5000}");
    fake_binary(fd, 1, 32, 32);
    fake_expect(fd, "\"bytes\":100000,");
    fake_binary(fd, 7, 100000, 100000);
    fake_expect_end(fd);
}

START_TEST(get_fills_the_buffer_and_the_provenance)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, two_gets, 5000);
    static uint8_t bytes[100001];
    struct entropy_client_provenance provenance;
    ck_assert_int_eq(entropy_client_get(client, bytes, 32, NULL, &provenance),
                     0);
    check_pattern(bytes, 1, 32);
    check_zero(bytes + 32, 10);
    ck_assert_int_eq(provenance.health, ENTROPY_CLIENT_HEALTH_OK);
    ck_assert_int_eq(provenance.quality, ENTROPY_CLIENT_DRBG);
    ck_assert_uint_eq(provenance.credited_bits, 384);
    ck_assert_str_eq(provenance.sources, "unix_ipc,epoll_events");
    ck_assert_int_eq(entropy_client_get(client, bytes, 100000, NULL, NULL), 0);
    check_pattern(bytes, 7, 100000);
    ck_assert_int_eq(bytes[100000], 0);
    ck_assert_str_eq(entropy_client_message(client), "");
    rig_end(client, &s);
}
END_TEST

static void conditioned_pieces(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "{\"bytes\":4096,\"encoding\":\"binary\",\"quality\":"
                    "\"conditioned\",\"timeout_ms\":7}");
    fake_binary(fd, 0, 4096, 4096);
    fake_expect(fd, "{\"bytes\":904,");
    fake_binary(fd, 0, 904, 904);
    fake_expect_end(fd);
}

START_TEST(more_than_one_request_allows_is_split_into_pieces)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, conditioned_pieces, 5000);
    static uint8_t bytes[5000];
    struct entropy_client_get_options options = ENTROPY_CLIENT_GET_OPTIONS;
    options.quality = ENTROPY_CLIENT_CONDITIONED;
    options.wait_ms = 7;
    struct entropy_client_provenance provenance;
    ck_assert_int_eq(
        entropy_client_get(client, bytes, sizeof(bytes), &options, &provenance),
        0);
    check_pattern(bytes, 0, 4096);
    check_pattern(bytes + 4096, 0, 904);
    /* The credit of both pieces: 128 blocks and 29. */
    ck_assert_uint_eq(provenance.credited_bits, UINT64_C(157) * 320);
    rig_end(client, &s);
}
END_TEST

#define BULK ((size_t)64 * 1024 * 1024)

static void bulk_pieces(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "{\"bytes\":67108864,");
    fake_binary(fd, 0, BULK, BULK);
    fake_expect(fd, "{\"bytes\":1,");
    fake_binary(fd, 9, 1, 1);
    fake_expect_end(fd);
}

START_TEST(more_than_64_MiB_are_split_into_pieces)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, bulk_pieces, 20000);
    uint8_t *bytes = malloc(BULK + 1);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_int_eq(entropy_client_get(client, bytes, BULK + 1, NULL, NULL),
                     0);
    check_pattern(bytes + BULK - 256, 0, 256);
    ck_assert_int_eq(bytes[BULK], 9);
    free(bytes);
    rig_end(client, &s);
}
END_TEST

static void half_the_bytes(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"get\"");
    fake_binary(fd, 1, 1000, 999);
    close(fd);
    fd = fake_accept(listener);
    fake_expect(fd, "\"get\"");
    fake_binary(fd, 5, 1000, 1000);
    fake_expect_end(fd);
}

START_TEST(a_connection_lost_within_the_bytes_leaves_zeros)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, half_the_bytes, 5000);
    static uint8_t bytes[1000];
    memset(bytes, 0x5a, sizeof(bytes));
    int rc = entropy_client_get(client, bytes, sizeof(bytes), NULL, NULL);
    check_error(client, rc, ENTROPY_CLIENT_DISCONNECTED, "999 of 1000");
    check_zero(bytes, sizeof(bytes));
    /* Nothing was asked again in silence, and the next call works. */
    ck_assert_int_eq(
        entropy_client_get(client, bytes, sizeof(bytes), NULL, NULL), 0);
    check_pattern(bytes, 5, sizeof(bytes));
    rig_end(client, &s);
}
END_TEST

static void a_stall_within_the_bytes(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"get\"");
    fake_binary(fd, 1, 1000, 10);
    fake_expect_end(fd);
}

START_TEST(a_server_that_stalls_within_the_bytes_times_out)
{
    struct fake_server s;
    struct entropy_client *client =
        rig_connect(&s, a_stall_within_the_bytes, 1000);
    uint8_t bytes[1000];
    memset(bytes, 0x5a, sizeof(bytes));
    int rc = entropy_client_get(client, bytes, sizeof(bytes), NULL, NULL);
    check_error(client, rc, ENTROPY_CLIENT_NO_ANSWER, "10 of 1000");
    check_zero(bytes, sizeof(bytes));
    rig_end(client, &s);
}
END_TEST

static void second_piece_fails(int listener)
{
    int fd = fake_accept(listener);
    fake_expect(fd, "\"bytes\":4096");
    fake_binary(fd, 1, 4096, 4096);
    fake_expect(fd, "\"bytes\":1,");
    fake_error(fd, "{\"code\":-32004,\"message\":\"not enough credit\","
                   "\"data\":{\"name\":\"timeout\",\"timeout_ms\":5000}}");
    fake_expect_end(fd);
}

START_TEST(a_failed_piece_wipes_the_earlier_ones)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, second_piece_fails, 5000);
    static uint8_t bytes[4097];
    struct entropy_client_get_options options = ENTROPY_CLIENT_GET_OPTIONS;
    options.quality = ENTROPY_CLIENT_CONDITIONED;
    struct entropy_client_provenance provenance = {.credited_bits = 77};
    int rc =
        entropy_client_get(client, bytes, sizeof(bytes), &options, &provenance);
    check_error(client, rc, ENTROPY_CLIENT_TIMEOUT, "not enough credit");
    ck_assert_str_eq(entropy_client_error_name(rc), "timeout");
    ck_assert_str_eq(entropy_client_error_data(client),
                     "{\"name\":\"timeout\",\"timeout_ms\":5000}");
    check_zero(bytes, sizeof(bytes));
    ck_assert_uint_eq(provenance.credited_bits, 77);
    rig_end(client, &s);
}
END_TEST

/* Answers that are none to "16 binary bytes of drbg". */
static const char *const wrong_results[] = {
    "{}",
    "{\"encoding\":\"binary\",\"bytes\":17,\"quality\":\"drbg\",\"health\":"
    "\"ok\",\"sources\":[],\"credited_bits\":1}",
    "{\"encoding\":\"hex\",\"bytes\":16,\"quality\":\"drbg\",\"health\":"
    "\"ok\",\"sources\":[],\"credited_bits\":1}",
    "{\"encoding\":\"binary\",\"bytes\":16,\"quality\":\"conditioned\","
    "\"health\":\"ok\",\"sources\":[],\"credited_bits\":1}",
    "{\"encoding\":\"binary\",\"bytes\":16,\"quality\":\"drbg\",\"health\":"
    "\"well\",\"sources\":[],\"credited_bits\":1}",
    "{\"encoding\":\"binary\",\"bytes\":16,\"quality\":\"drbg\",\"health\":"
    "\"ok\",\"sources\":[],\"credited_bits\":-1}",
    "{\"encoding\":\"binary\",\"bytes\":-16,\"quality\":\"drbg\",\"health\":"
    "\"ok\",\"sources\":[],\"credited_bits\":1}",
};

#define WRONG_COUNT (sizeof(wrong_results) / sizeof(wrong_results[0]))

static void wrong_answers(int listener)
{
    for (size_t i = 0; i < WRONG_COUNT; i++) {
        int fd = fake_accept(listener);
        fake_expect(fd, "\"get\"");
        fake_result(fd, wrong_results[i]);
        fake_expect_end(fd);
    }
}

START_TEST(a_reply_that_does_not_match_the_request_is_refused)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, wrong_answers, 5000);
    for (size_t i = 0; i < WRONG_COUNT; i++) {
        uint8_t bytes[16];
        memset(bytes, 0x5a, sizeof(bytes));
        int rc = entropy_client_get(client, bytes, sizeof(bytes), NULL, NULL);
        check_error(client, rc, ENTROPY_CLIENT_BAD_REPLY,
                    "does not match the request");
        check_zero(bytes, sizeof(bytes));
    }
    rig_end(client, &s);
}
END_TEST

static void nothing(int listener)
{
    fake_expect_end(fake_accept(listener));
}

START_TEST(no_bytes_need_no_request)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, nothing, 5000);
    ck_assert_int_eq(entropy_client_get(client, NULL, 0, NULL, NULL), 0);
    rig_end(client, &s);
}
END_TEST

START_TEST(invalid_arguments_are_refused_and_leave_zeros)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, nothing, 5000);
    uint8_t bytes[8];
    struct entropy_client_get_options options = ENTROPY_CLIENT_GET_OPTIONS;
    options.wait_ms = 60001;
    memset(bytes, 0x5a, sizeof(bytes));
    int rc = entropy_client_get(client, bytes, sizeof(bytes), &options, NULL);
    check_error(client, rc, ENTROPY_CLIENT_MISUSE, "0 to 60000, not 60001");
    check_zero(bytes, sizeof(bytes));
    options.wait_ms = -1;
    rc = entropy_client_get(client, bytes, sizeof(bytes), &options, NULL);
    check_error(client, rc, ENTROPY_CLIENT_MISUSE, "wait_ms");
    options = (struct entropy_client_get_options){.size = 1};
    rc = entropy_client_get(client, bytes, sizeof(bytes), &options, NULL);
    check_error(client, rc, ENTROPY_CLIENT_MISUSE, "size");
    rc = entropy_client_get(client, NULL, 1, NULL, NULL);
    check_error(client, rc, ENTROPY_CLIENT_MISUSE, "must not be NULL");
    rig_end(client, &s);
}
END_TEST

static void one_byte_at_a_time(int listener)
{
    static const char reply[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"encoding\":\"binary\","
        "\"bytes\":3,\"quality\":\"drbg\",\"health\":\"degraded\",\"sources\":"
        "[],\"credited_bits\":0}}\n\x01\x02\x03";
    int fd = fake_accept(listener);
    fake_expect(fd, "\"id\":1");
    for (size_t i = 0; i < sizeof(reply) - 1; i++) {
        fake_send(fd, reply + i, 1);
        usleep(100);
    }
    fake_expect_end(fd);
}

START_TEST(a_reply_may_arrive_in_any_pieces)
{
    struct fake_server s;
    struct entropy_client *client = rig_connect(&s, one_byte_at_a_time, 5000);
    uint8_t bytes[3];
    struct entropy_client_provenance provenance;
    ck_assert_int_eq(
        entropy_client_get(client, bytes, sizeof(bytes), NULL, &provenance), 0);
    check_pattern(bytes, 1, 3);
    ck_assert_int_eq(provenance.health, ENTROPY_CLIENT_HEALTH_DEGRADED);
    ck_assert_str_eq(provenance.sources, "");
    rig_end(client, &s);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(get_fills_the_buffer_and_the_provenance),
        TEST(no_bytes_need_no_request),
        TEST(more_than_one_request_allows_is_split_into_pieces),
        TEST(more_than_64_MiB_are_split_into_pieces),
        TEST(a_connection_lost_within_the_bytes_leaves_zeros),
        TEST(a_server_that_stalls_within_the_bytes_times_out),
        TEST(a_failed_piece_wipes_the_earlier_ones),
        TEST(a_reply_that_does_not_match_the_request_is_refused),
        TEST(invalid_arguments_are_refused_and_leave_zeros),
        TEST(a_reply_may_arrive_in_any_pieces),
        {0},
    };
    return run_tests("client_get", tests);
}
