/* SPDX-License-Identifier: MIT */
/* EGD's commands byte by byte, and what clients may do wrong with them. */

#include "base/monotonic.h"
#include "daemon/server/egd.h"
#include "tests/daemon/server/requests.h"
#include "tests/daemon/server/rig.h"
#include "tests/support/assert_has.h"
#include "tests/support/patience.h"
#include "tests/support/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct rig rig;
static uint64_t ahead_ms; /* of the kernel's clock */

/* In place of all that base's file has; there are no threads that wait. */
uint64_t monotonic_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 +
           ahead_ms;
}

int monotonic_cond_init(pthread_cond_t *cond)
{
    return -pthread_cond_init(cond, NULL);
}

int monotonic_wait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                   uint64_t timeout_ms)
{
    (void)timeout_ms;
    return -pthread_cond_wait(cond, mutex);
}

/* A string literal with its NULs, without the last one. */
#define SEND(fd, text) rig_send_bytes(&rig, fd, text, sizeof(text) - 1)

static int open_seeded(void)
{
    rig_open(&rig);
    rig_seed(&rig);
    return rig_connect_egd(&rig);
}

static void end(int fd)
{
    close(fd);
    rig_close(&rig);
}

static bool is_closed(int fd)
{
    char byte;
    return !rig_bytes(&rig, fd, &byte, 1);
}

/* What one recv() gets. */
static size_t receive(int fd, void *out, size_t size)
{
    uint64_t until = monotonic_now_ms() + PATIENCE_MS;
    for (;;) {
        ssize_t n = recv(fd, out, size, 0);
        if (n >= 0)
            return (size_t)n;
        ck_assert_int_eq(errno, EAGAIN);
        ck_assert_msg(monotonic_now_ms() < until, "no answer");
        rig_iterate(&rig);
    }
}

static uint32_t available(int fd)
{
    uint8_t answer[4];
    SEND(fd, "\0");
    ck_assert_uint_eq(receive(fd, answer, sizeof(answer)), 4);
    return (uint32_t)answer[0] << 24 | (uint32_t)answer[1] << 16 |
           (uint32_t)answer[2] << 8 | answer[3];
}

static bool is_constant(const uint8_t *bytes, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (bytes[i] != bytes[0])
            return false;
    }
    return true;
}

/* The other protocol goes on all the time. */
static void check_json_is_served(void)
{
    int fd = rig_connect(&rig);
    assert_has(rig_ask(&rig, fd, PING), "\"protocol\":1");
    close(fd);
}

START_TEST(available_bits_are_the_key_and_the_credit_once_seeded)
{
    rig_open(&rig);
    int fd = rig_connect_egd(&rig);
    ck_assert_uint_eq(available(fd), 0);
    rig_seed(&rig);
    uint32_t seeded = available(fd);
    ck_assert_uint_ge(seeded, 256);
    rig_feed(&rig, 1, 1000); /* at half a bit each */
    ck_assert_uint_eq(available(fd), seeded + 500);
    end(fd);
}
END_TEST

START_TEST(read_now_gives_the_count_and_all_bytes_in_one_piece)
{
    uint8_t answer[300];
    int fd = open_seeded();
    SEND(fd, "\1\40");
    ck_assert_uint_eq(receive(fd, answer, sizeof(answer)), 33);
    ck_assert_uint_eq(answer[0], 32);
    ck_assert(!is_constant(answer + 1, 32));
    SEND(fd, "\1\377");
    ck_assert_uint_eq(receive(fd, answer, sizeof(answer)), 256);
    ck_assert_uint_eq(answer[0], 255);
    SEND(fd, "\1\0");
    ck_assert_uint_eq(receive(fd, answer, sizeof(answer)), 1);
    ck_assert_uint_eq(answer[0], 0);
    end(fd);
}
END_TEST

START_TEST(read_now_gives_none_before_the_seed)
{
    uint8_t answer[300];
    rig_open(&rig);
    int fd = rig_connect_egd(&rig);
    SEND(fd, "\1\40");
    ck_assert_uint_eq(receive(fd, answer, sizeof(answer)), 1);
    ck_assert_uint_eq(answer[0], 0);
    ck_assert_uint_eq(rig.counts.egd.bytes_total, 0);
    ck_assert_uint_eq(rig.counts.egd.refused_total, 0);
    end(fd);
}
END_TEST

START_TEST(read_wait_gives_exactly_the_bytes_in_one_piece)
{
    uint8_t answer[300];
    int fd = open_seeded();
    SEND(fd, "\2\60");
    ck_assert_uint_eq(receive(fd, answer, sizeof(answer)), 48);
    ck_assert(!is_constant(answer, 48));
    SEND(fd, "\2\0");
    ck_assert(rig_is_silent(&rig, fd));
    SEND(fd, "\2\377");
    ck_assert_uint_eq(receive(fd, answer, sizeof(answer)), 255);
    ck_assert_uint_eq(rig.counts.egd.bytes_total, 48 + 255);
    end(fd);
}
END_TEST

START_TEST(read_wait_waits_for_the_seed_and_holds_what_follows)
{
    uint8_t answer[300];
    rig_open(&rig);
    int fd = rig_connect_egd(&rig);
    SEND(fd, "\2\40\4\2\1");
    ck_assert(rig_is_silent(&rig, fd));
    ck_assert_uint_eq(rig.counts.waiting, 1);
    check_json_is_served();
    rig_seed(&rig);
    ck_assert(rig_bytes(&rig, fd, answer, 32));
    ck_assert(!is_constant(answer, 32));
    ck_assert(rig_bytes(&rig, fd, answer, 1));
    ck_assert(rig_bytes(&rig, fd, answer + 1, answer[0]));
    ck_assert(rig_bytes(&rig, fd, answer, 1)); /* of the last command */
    ck_assert_uint_eq(rig.counts.waiting, 0);
    end(fd);
}
END_TEST

/* The timer is the kernel's, so another deadline makes the server look. */
START_TEST(a_read_that_waits_ends_the_connection_when_its_time_is_over)
{
    rig_init(&rig);
    rig.config.server.request_timeout_ms = 100;
    rig_start(&rig);
    int fd = rig_connect_egd(&rig);
    SEND(fd, "\2\40");
    rig_run(&rig, 1);
    ck_assert_uint_eq(rig.counts.waiting, 1);
    ahead_ms += EGD_WAIT_MS - 20000;
    int half = rig_connect_egd(&rig);
    SEND(half, "\2");
    ck_assert(is_closed(half));
    ck_assert_uint_eq(rig.counts.waiting, 1);
    ahead_ms += 20001;
    half = rig_connect_egd(&rig);
    SEND(half, "\2");
    ck_assert(is_closed(fd));
    ck_assert_uint_eq(rig.counts.waiting, 0);
    ck_assert_uint_eq(rig.counts.egd.refused_total, 1);
    close(half);
    end(fd);
}
END_TEST

START_TEST(written_bytes_are_mixed_in_and_get_no_credit)
{
    struct pool_stats before, after;
    rig_open(&rig);
    int fd = rig_connect_egd(&rig);
    pool_stats(rig.pool, &before);
    /* 2040 bits are claimed for three bytes. */
    SEND(fd, "\3\7\370\3abc\4");
    char pid[2];
    ck_assert(rig_bytes(&rig, fd, pid, 2)); /* no reply before this */
    pool_stats(rig.pool, &after);
    ck_assert_uint_eq(rig.counts.egd.mixed_bytes_total, 3);
    ck_assert(!pool_is_seeded(rig.pool));
    ck_assert_uint_eq(after.waiting_bits, before.waiting_bits);
    ck_assert_uint_eq(after.reseeds, before.reseeds);
    end(fd);
}
END_TEST

START_TEST(pid_is_a_count_and_decimal_digits)
{
    char expected[32], answer[32] = "";
    int fd = open_seeded();
    SEND(fd, "\4");
    size_t n = receive(fd, answer, sizeof(answer) - 1);
    (void)snprintf(expected, sizeof(expected), "%ld", (long)getpid());
    ck_assert_uint_eq(n, 1 + strlen(expected));
    ck_assert_int_eq(answer[0], (char)strlen(expected));
    ck_assert_str_eq(answer + 1, expected);
    end(fd);
}
END_TEST

START_TEST(an_unknown_command_ends_the_connection_after_earlier_answers)
{
    static const char *const unknown[] = {"\5", "\6", "{", "\377"};
    uint8_t answer[300];
    rig_open(&rig);
    rig_seed(&rig);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        int fd = rig_connect_egd(&rig);
        SEND(fd, "\2\10");
        rig_send_bytes(&rig, fd, unknown[i], 1);
        SEND(fd, "\2\10\2\10");
        ck_assert(rig_bytes(&rig, fd, answer, 8));
        ck_assert(is_closed(fd));
        close(fd);
    }
    ck_assert_uint_eq(rig.counts.egd.refused_total, 4);
    ck_assert_uint_eq(rig.counts.egd.bytes_total, 32);
    check_json_is_served();
    rig_close(&rig);
}
END_TEST

START_TEST(commands_may_come_a_byte_at_a_time)
{
    static const char commands[] = "\0\1\5\3\0\0\4wxyz\2\7\4";
    uint8_t answer[300];
    int fd = open_seeded();
    for (size_t i = 0; i < sizeof(commands) - 1; i++) {
        rig_send_bytes(&rig, fd, commands + i, 1);
        rig_run(&rig, 1);
    }
    ck_assert(rig_bytes(&rig, fd, answer, 4 + 6 + 7 + 1));
    ck_assert_uint_eq(answer[4], 5);
    ck_assert(rig_bytes(&rig, fd, answer + 18, answer[17]));
    ck_assert_uint_eq(rig.counts.egd.requests_total, 5);
    ck_assert_uint_eq(rig.counts.egd.mixed_bytes_total, 4);
    end(fd);
}
END_TEST

START_TEST(thousands_of_commands_may_be_sent_ahead)
{
    enum { COUNT = 5000, PART = 100 };
    static uint8_t got[PART * 33];
    int fd = open_seeded();
    static char commands[2 * COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        commands[2 * i] = 1;
        commands[2 * i + 1] = 32;
    }
    rig_send_bytes(&rig, fd, commands, sizeof(commands));
    for (size_t i = 0; i < COUNT; i += PART) {
        ck_assert(rig_bytes(&rig, fd, got, sizeof(got)));
        for (size_t k = 0; k < PART; k++)
            ck_assert_uint_eq(got[33 * k], 32);
    }
    ck_assert(rig_is_silent(&rig, fd));
    ck_assert_uint_eq(rig.counts.egd.requests_total, COUNT);
    end(fd);
}
END_TEST

START_TEST(a_client_that_never_reads_harms_only_itself)
{
    static char commands[60000];
    rig_init(&rig);
    rig.config.server.write_timeout_ms = 300;
    rig_start(&rig);
    rig_seed(&rig);
    int fd = rig_connect_egd(&rig);
    for (size_t i = 0; i < sizeof(commands); i += 2) {
        commands[i] = 2;
        commands[i + 1] = '\377';
    }
    ssize_t sent = send(fd, commands, sizeof(commands), MSG_NOSIGNAL);
    ck_assert_int_gt((int)sent, 0);
    for (int i = 0; i < 20; i++) {
        check_json_is_served();
        rig_iterate(&rig);
    }
    uint64_t until = monotonic_now_ms() + PATIENCE_MS;
    while (rig.counts.egd.connections > 0) {
        ck_assert_msg(monotonic_now_ms() < until, "it is still connected");
        rig_iterate(&rig);
    }
    /* What its socket held, and one iteration's share. */
    ck_assert_uint_lt(rig.counts.egd.bytes_total, (uint64_t)4 * 1024 * 1024);
    end(fd);
}
END_TEST

START_TEST(a_client_that_leaves_while_it_waits_is_forgotten)
{
    rig_open(&rig);
    int fd = rig_connect_egd(&rig);
    SEND(fd, "\2\40");
    rig_run(&rig, 1);
    ck_assert_uint_eq(rig.counts.waiting, 1);
    close(fd);
    rig_seed(&rig);
    rig_run(&rig, 1);
    ck_assert_uint_eq(rig.counts.waiting, 0);
    ck_assert_uint_eq(rig.counts.egd.connections, 0);
    ck_assert_uint_eq(rig.counts.egd.bytes_total, 0);
    rig_close(&rig);
}
END_TEST

/* Waiting would not help: no source can ever seed. */
START_TEST(without_any_source_left_reads_end_the_connection)
{
    static const char *const reads[] = {"\1\40", "\2\40"};
    rig_open(&rig);
    for (size_t i = 0; i < RIG_SOURCES; i++)
        source_move(&rig.sources[i], SOURCE_FAILED, "broken by the test");
    for (size_t i = 0; i < 2; i++) {
        int fd = rig_connect_egd(&rig);
        ck_assert_uint_eq(available(fd), 0);
        rig_send_bytes(&rig, fd, reads[i], 2);
        ck_assert(is_closed(fd));
        close(fd);
    }
    ck_assert_uint_eq(rig.counts.egd.refused_total, 2);
    rig_close(&rig);
}
END_TEST

/* A day after the last credit, as JSON-RPC's entropy_failed. */
START_TEST(past_the_limit_on_uncredited_output_reads_end_the_connection)
{
    uint8_t answer[300];
    int fd = open_seeded();
    SEND(fd, "\2\40");
    ck_assert(rig_bytes(&rig, fd, answer, 32));
    ahead_ms += POOL_UNCREDITED_MS + 1000;
    for (size_t i = 0; i < RIG_SOURCES; i++) {
        source_move(&rig.sources[i], SOURCE_FAILED, "broken by the test");
        source_discard(&rig.sources[i], source_available(&rig.sources[i]));
    }
    int now = rig_connect_egd(&rig);
    rig_run(&rig, 2);
    ck_assert_uint_eq(available(now), 0);
    SEND(now, "\1\40");
    ck_assert(is_closed(now));
    SEND(fd, "\2\40");
    ck_assert(is_closed(fd));
    ck_assert_uint_eq(rig.counts.egd.refused_total, 2);
    close(now);
    end(fd);
}
END_TEST

START_TEST(at_a_stop_a_read_that_waits_ends_without_bytes)
{
    rig_open(&rig);
    int fd = rig_connect_egd(&rig);
    SEND(fd, "\2\40");
    rig_run(&rig, 1);
    ck_assert_uint_eq(rig.counts.waiting, 1);
    rig_close(&rig);
    char byte;
    ck_assert_int_eq((int)recv(fd, &byte, 1, 0), 0);
    close(fd);
}
END_TEST

START_TEST(commands_before_the_end_of_input_are_answered)
{
    uint8_t answer[300];
    int fd = open_seeded();
    SEND(fd, "\2\40\1\20\2"); /* the last one is half */
    ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
    ck_assert(rig_bytes(&rig, fd, answer, 32 + 17));
    ck_assert(is_closed(fd));
    ck_assert_uint_eq(rig.counts.egd.requests_total, 2);
    end(fd);
}
END_TEST

START_TEST(a_read_that_waits_is_answered_after_the_end_of_input)
{
    uint8_t answer[300];
    rig_open(&rig);
    int fd = rig_connect_egd(&rig);
    SEND(fd, "\2\40");
    ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
    ck_assert(rig_is_silent(&rig, fd));
    rig_seed(&rig);
    ck_assert(rig_bytes(&rig, fd, answer, 32));
    ck_assert(is_closed(fd));
    end(fd);
}
END_TEST

/* QEMU may ask for nothing for hours and would not connect again. */
START_TEST(an_idle_connection_stays_and_a_half_command_does_not)
{
    uint8_t answer[300];
    rig_init(&rig);
    rig.config.server.idle_timeout_ms = 50;
    rig.config.server.request_timeout_ms = 150;
    rig_start(&rig);
    rig_seed(&rig);
    int idle = rig_connect_egd(&rig);
    int json = rig_connect(&rig);
    int half = rig_connect_egd(&rig);
    SEND(half, "\3\0\0\5abc");
    ck_assert(is_closed(json));
    ck_assert(is_closed(half));
    SEND(idle, "\2\40");
    ck_assert(rig_bytes(&rig, idle, answer, 32));
    close(json);
    close(half);
    end(idle);
}
END_TEST

START_TEST(where_no_place_is_left_the_connection_is_closed)
{
    rig_init(&rig);
    rig.config.server.max_connections = 2;
    rig_start(&rig);
    int a = rig_connect(&rig);
    int b = rig_connect_egd(&rig);
    SEND(b, "\2\40"); /* waits, and is not idle */
    assert_has(rig_ask(&rig, a, PING), "\"protocol\":1");
    ck_assert_uint_eq(rig.counts.waiting, 1);
    int c = rig_connect_egd(&rig);
    ck_assert(is_closed(c));
    ck_assert_uint_eq(rig.counts.egd.connections_total, 1);
    ck_assert_uint_eq(rig.counts.connections_total, 3);
    close(c);
    close(a);
    end(b);
}
END_TEST

START_TEST(reads_that_find_the_wait_queue_full_end_the_connection)
{
    rig_init(&rig);
    rig.config.server.max_waiting = 1;
    rig_start(&rig);
    int a = rig_connect_egd(&rig);
    SEND(a, "\2\40");
    rig_run(&rig, 1);
    ck_assert_uint_eq(rig.counts.waiting, 1);
    int b = rig_connect_egd(&rig);
    SEND(b, "\4\2\40");
    char pid[2];
    ck_assert(rig_bytes(&rig, b, pid, 2)); /* an earlier answer still comes */
    while (rig_bytes(&rig, b, pid, 1))
        ;
    ck_assert_uint_eq(rig.counts.egd.refused_total, 1);
    ck_assert_uint_eq(rig.counts.waiting, 1);
    close(b);
    end(a);
}
END_TEST

START_TEST(requests_of_both_protocols_are_counted_apart)
{
    uint8_t answer[300];
    int fd = open_seeded();
    SEND(fd, "\0\1\12\2\12\3\0\0\2ab");
    ck_assert(rig_bytes(&rig, fd, answer, 4 + 11 + 10));
    rig_run(&rig, 1);
    check_json_is_served();
    ck_assert(rig.counts.egd.is_listening);
    ck_assert_uint_eq(rig.counts.egd.connections, 1);
    ck_assert_uint_eq(rig.counts.egd.connections_total, 1);
    ck_assert_uint_eq(rig.counts.egd.requests_total, 4);
    ck_assert_uint_eq(rig.counts.egd.bytes_total, 20);
    ck_assert_uint_eq(rig.counts.egd.mixed_bytes_total, 2);
    ck_assert_uint_eq(rig.counts.egd.refused_total, 0);
    ck_assert_uint_eq(rig.counts.requests_total, 1);
    ck_assert_uint_eq(rig.counts.connections_total, 2);
    end(fd);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(available_bits_are_the_key_and_the_credit_once_seeded),
        TEST(read_now_gives_the_count_and_all_bytes_in_one_piece),
        TEST(read_now_gives_none_before_the_seed),
        TEST(read_wait_gives_exactly_the_bytes_in_one_piece),
        TEST(read_wait_waits_for_the_seed_and_holds_what_follows),
        TEST(a_read_that_waits_ends_the_connection_when_its_time_is_over),
        TEST(written_bytes_are_mixed_in_and_get_no_credit),
        TEST(pid_is_a_count_and_decimal_digits),
        TEST(an_unknown_command_ends_the_connection_after_earlier_answers),
        TEST(commands_may_come_a_byte_at_a_time),
        TEST(thousands_of_commands_may_be_sent_ahead),
        TEST(a_client_that_never_reads_harms_only_itself),
        TEST(a_client_that_leaves_while_it_waits_is_forgotten),
        TEST(without_any_source_left_reads_end_the_connection),
        TEST(past_the_limit_on_uncredited_output_reads_end_the_connection),
        TEST(at_a_stop_a_read_that_waits_ends_without_bytes),
        TEST(commands_before_the_end_of_input_are_answered),
        TEST(a_read_that_waits_is_answered_after_the_end_of_input),
        TEST(an_idle_connection_stays_and_a_half_command_does_not),
        TEST(where_no_place_is_left_the_connection_is_closed),
        TEST(reads_that_find_the_wait_queue_full_end_the_connection),
        TEST(requests_of_both_protocols_are_counted_apart),
        {0},
    };
    return run_tests("egd", tests);
}
