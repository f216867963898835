/* SPDX-License-Identifier: MIT */
/* A daemon whose machine sleeps, as a client sees it: the test says how long it
 * has slept. */

#include "daemon/host/suspend.h"
#include "tests/daemon/server/rig.h"
#include "tests/support/run.h"

#include <string.h>
#include <unistd.h>

#define A_SLEEP_MS 3600000

#define GET                                                                    \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"            \
    "\"bytes\":32}}"
#define HEALTH "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"health\"}"

static uint64_t slept_ms = 12345; /* before the daemon's start */

/* In place of the one that asks the kernel. */
uint64_t suspend_total_ms(void)
{
    return slept_ms;
}

static struct rig rig;

/* A sleep ends, and the loop's time goes on: the server looks once a
 * millisecond of it. */
static void sleep_for(uint64_t ms)
{
    slept_ms += ms;
    rig_run(&rig, 3);
}

static uint64_t reseeds(void)
{
    struct pool_stats stats;
    pool_stats(rig.pool, &stats);
    return stats.reseeds;
}

static void ask(int fd, const char *line)
{
    const char *reply = rig_ask(&rig, fd, line);
    ck_assert_msg(strstr(reply, "\"result\"") != NULL, "%s", reply);
}

START_TEST(the_first_bytes_after_a_sleep_come_from_a_fresh_seed)
{
    rig_open(&rig);
    rig_seed(&rig);
    rig_feed(&rig, 0, 4096);
    int fd = rig_connect(&rig);
    ask(fd, GET);
    ck_assert_uint_eq(reseeds(), 1); /* sleep before the start is none */

    sleep_for(A_SLEEP_MS);
    ask(fd, HEALTH);
    ck_assert_uint_eq(reseeds(), 1); /* no request for bytes yet */
    ask(fd, GET);
    ck_assert_uint_eq(reseeds(), 2);
    ask(fd, GET);
    ck_assert_uint_eq(reseeds(), 2); /* one sleep, one seed */

    sleep_for(SUSPEND_NOISE_MS);
    ask(fd, GET);
    ck_assert_uint_eq(reseeds(), 2); /* the clocks' distance is none */
    close(fd);
    rig_close(&rig);
}
END_TEST

START_TEST(a_sleep_in_the_middle_of_binary_bytes_is_seen_too)
{
    static char bytes[65536];
    const size_t size = 4u << 20;
    rig_open(&rig);
    rig_seed(&rig);
    rig_feed(&rig, 0, 4096);
    int fd = rig_connect(&rig);
    rig_send(&rig, fd,
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"
             "\"bytes\":4194304,\"encoding\":\"binary\"}}\n");
    ck_assert_ptr_nonnull(rig_line(&rig, fd));
    ck_assert(rig_bytes(&rig, fd, bytes, sizeof(bytes)));
    ck_assert_uint_eq(reseeds(), 1);
    sleep_for(A_SLEEP_MS);
    for (size_t got = sizeof(bytes); got < size; got += sizeof(bytes))
        ck_assert(rig_bytes(&rig, fd, bytes, sizeof(bytes)));
    ck_assert_uint_eq(reseeds(), 2);
    close(fd);
    rig_close(&rig);
}
END_TEST

static uint64_t requests(void)
{
    struct pool_stats stats;
    pool_stats(rig.pool, &stats);
    return stats.requests;
}

/* The client reads again after the sleep, and that alone gives the next request
 * its turn. */
START_TEST(a_sleep_while_replies_lie_unread_is_seen_too)
{
    static char byte;
    rig_open(&rig);
    rig_seed(&rig);
    int fd = rig_connect(&rig);
    for (int i = 0; i < 4; i++)
        rig_send(&rig, fd,
                 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\","
                 "\"params\":{\"bytes\":65536}}\n");
    rig_run(&rig, 50);
    uint64_t before = requests();
    ck_assert_uint_lt(before, 4);
    ck_assert_uint_eq(reseeds(), 1);
    sleep_for(A_SLEEP_MS);
    while (requests() == before)
        ck_assert(rig_bytes(&rig, fd, &byte, 1));
    ck_assert_uint_eq(reseeds(), 2);
    close(fd);
    rig_close(&rig);
}
END_TEST

/* A copy of the memory from before the sleep holds them too. */
START_TEST(samples_from_before_a_sleep_get_no_credit_after_it)
{
    rig_open(&rig);
    rig_seed(&rig);
    rig_feed(&rig, 0, 4096);
    int fd = rig_connect(&rig);
    ask(fd, GET);
    ck_assert(!atomic_load(&rig.is_credit_wanted));
    sleep_for(A_SLEEP_MS);
    const char *reply = rig_ask(&rig, fd, GET);
    ck_assert_msg(strstr(reply, "\"health\":\"degraded\"") != NULL, "%s",
                  reply);
    struct pool_stats stats;
    pool_stats(rig.pool, &stats);
    ck_assert_uint_eq(stats.reseeds, 2);
    ck_assert_uint_eq(stats.credited_reseeds, 1);
    /* What a source gives now pays, without a request. */
    ck_assert(atomic_load(&rig.is_credit_wanted));
    rig_feed(&rig, 0, 640);
    pool_stats(rig.pool, &stats);
    ck_assert_uint_eq(stats.credited_reseeds, 2);
    close(fd);
    rig_close(&rig);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_first_bytes_after_a_sleep_come_from_a_fresh_seed),
        TEST(a_sleep_in_the_middle_of_binary_bytes_is_seen_too),
        TEST(a_sleep_while_replies_lie_unread_is_seen_too),
        TEST(samples_from_before_a_sleep_get_no_credit_after_it),
        {0},
    };
    return run_tests("suspend_server", tests);
}
