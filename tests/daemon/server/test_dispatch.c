/* SPDX-License-Identifier: MIT */
/* A get whose bytes are made in pieces, when one of the pieces fails. */

#include "base/monotonic.h"
#include "daemon/server/dispatch.h"
#include "tests/daemon/server/rig.h"
#include "tests/support/must.h"
#include "tests/support/run.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static bool has_kernel_failed;

static int failing_random(void *out, size_t n)
{
    return has_kernel_failed ? -EIO : pool_kernel_random(out, n);
}

/* A rig whose generator's next reseed is due after `left` more bytes. */
static void open_shortly_before_a_reseed(struct rig *r, size_t left)
{
    static uint8_t bytes[POOL_CHUNK_MAX];
    bool is_locked;
    has_kernel_failed = false;
    rig_init(r);
    pool_destroy(r->pool);
    MUST(pool_create(&r->pool, r->sources, RIG_SOURCES, failing_random,
                     &is_locked) == 0);
    r->view.pool = r->pool;
    rig_start(r);
    rig_seed(r);
    r->dispatcher.now_ms = monotonic_now_ms();
    size_t rest = POOL_RESEED_BYTES - left;
    while (rest > 0) {
        struct pool_provenance made;
        size_t n = rest < sizeof(bytes) ? rest : sizeof(bytes);
        MUST(pool_generate(r->pool, bytes, n, false, r->dispatcher.now_ms,
                           &made) == 0);
        rest -= n;
    }
}

static void ask(struct rig *r, const char *line, struct buffer *out)
{
    const struct peer peer = {.is_known = true, .uid = 0};
    struct dispatch_progress progress = {0};
    struct request request;
    struct request_list list;
    MUST(request_parse(line, strlen(line), 64, &request, &list) == 0);
    r->dispatcher.blocks_allowed = SIZE_MAX;
    ck_assert_int_eq(
        dispatch(&r->dispatcher, &peer, &request, true, &progress, out),
        DISPATCH_DONE);
}

#define GET_64K                                                                \
    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"get\",\"params\":"             \
    "{\"bytes\":65536}}"

START_TEST(a_piece_that_fails_makes_the_whole_reply_an_error)
{
    struct rig r;
    struct buffer out = {0};
    const char *name = NULL;
    int id = 0;
    open_shortly_before_a_reseed(&r, 20000);
    has_kernel_failed = true;
    buffer_append_text(&out, "before");
    ask(&r, GET_64K, &out);
    ck_assert_mem_eq(out.data, "before", 6);
    json_t *reply = json_loadb(out.data + 6, out.length - 6, 0, NULL);
    ck_assert_ptr_nonnull(reply);
    ck_assert_int_eq(json_unpack(reply, "{s:i,s:{s:{s:s}}}", "id", &id, "error",
                                 "data", "name", &name),
                     0);
    ck_assert_int_eq(id, 7);
    ck_assert_str_eq(name, "internal_error");
    ck_assert_ptr_null(json_object_get(reply, "result"));
    json_decref(reply);
    buffer_fini(&out);
    rig_close(&r);
}
END_TEST

START_TEST(a_reseed_in_the_middle_of_a_reply_changes_nothing_else)
{
    struct rig r;
    struct buffer out = {0};
    const char *data = NULL;
    struct pool_stats before;
    struct pool_stats after;
    open_shortly_before_a_reseed(&r, 20000);
    pool_stats(r.pool, &before);
    ask(&r, GET_64K, &out);
    pool_stats(r.pool, &after);
    json_t *reply = json_loadb(out.data, out.length, 0, NULL);
    ck_assert_int_eq(json_unpack(reply, "{s:{s:s}}", "result", "data", &data),
                     0);
    ck_assert_uint_eq(strlen(data), 131072);
    ck_assert_uint_eq(after.reseeds, before.reseeds + 1);
    ck_assert_uint_eq(after.requests, before.requests + 1);
    ck_assert_uint_eq(after.bytes, before.bytes + 65536);
    json_decref(reply);
    buffer_fini(&out);
    rig_close(&r);
}
END_TEST

struct told {
    size_t count, source;
    struct selftest_end end;
};

static void on_selftest_ended(void *context, size_t source,
                              const struct selftest_end *end)
{
    struct told *told = context;
    told->count++;
    told->source = source;
    told->end = *end;
}

/* Ends of on-demand tests are told to `told`. */
static void rig_start_telling(struct rig *r, struct told *told)
{
    rig_init(r);
    rig_start(r);
    r->dispatcher.selftest_ended = on_selftest_ended;
    r->dispatcher.context = told;
}

START_TEST(an_on_demand_test_that_does_not_end_is_told_of_too)
{
    static struct rig r;
    struct buffer out = {0};
    struct told told = {.count = 0};
    rig_start_telling(&r, &told);
    ask(&r,
        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"selftest\",\"params\":"
        "{\"source\":\"second\"}}",
        &out);
    buffer_append(&out, "", 1);
    ck_assert_ptr_nonnull(strstr(out.data, "\"name\":\"timeout\""));
    ck_assert_uint_eq(told.count, 1);
    ck_assert_uint_eq(told.source, 1);
    ck_assert_uint_eq(told.end.uid, 0);
    ck_assert_str_eq(told.end.result, "timed_out");
    ck_assert_str_eq(told.end.move.reason,
                     "the on-demand test did not end within 15000 ms");
    buffer_fini(&out);
    rig_close(&r);
}
END_TEST

#define SELFTEST                                                               \
    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"selftest\",\"params\":"        \
    "{\"source\":\"second\"}}"

/* Begins a test for `uid`, who does not wait for it. */
static void ask_and_leave(struct rig *r, uid_t uid)
{
    struct request one;
    struct request_list list;
    struct buffer out = {0};
    struct dispatch_progress progress = {.has_begun = false};
    const struct peer peer = {.is_known = true, .uid = uid};

    ck_assert_int_eq(request_parse(SELFTEST, strlen(SELFTEST), 64, &one, &list),
                     0);
    dispatch_update_time(&r->dispatcher, 1);
    ck_assert_int_eq(
        dispatch(&r->dispatcher, &peer, &one, false, &progress, &out),
        DISPATCH_NOT_YET);
    dispatch_forget(&r->dispatcher, &progress);
    buffer_fini(&out);
}

START_TEST(a_test_whose_asker_has_left_is_told_of_once)
{
    static struct rig r;
    struct told told = {.count = 0};
    rig_start_telling(&r, &told);
    ask_and_leave(&r, 0);
    ask_and_leave(&r, 0); /* joins the same test */
    dispatch_look_at_tests(&r.dispatcher);
    ck_assert_uint_eq(told.count, 0);
    atomic_fetch_add(&r.sources[1].selftests_done, 1);
    source_move(&r.sources[1], SOURCE_FAILED, "stuck");
    dispatch_look_at_tests(&r.dispatcher);
    ck_assert_uint_eq(told.count, 1);
    ck_assert_uint_eq(told.source, 1);
    ck_assert_str_eq(told.end.result, "failed");
    ck_assert_str_eq(told.end.move.reason, "stuck");
    dispatch_look_at_tests(&r.dispatcher);
    ck_assert_uint_eq(told.count, 1);
    ck_assert_uint_eq(dispatch_tests_deadline(&r.dispatcher), UINT64_MAX);
    rig_close(&r);
}
END_TEST

START_TEST(a_test_without_asker_that_does_not_end_is_told_of_too)
{
    static struct rig r;
    struct told told = {.count = 0};
    rig_start_telling(&r, &told);
    ask_and_leave(&r, 0);
    uint64_t deadline = dispatch_tests_deadline(&r.dispatcher);
    ck_assert_uint_eq(deadline, r.dispatcher.now_ms + 15000);
    r.dispatcher.now_ms = deadline - 1;
    dispatch_look_at_tests(&r.dispatcher);
    ck_assert_uint_eq(told.count, 0);
    r.dispatcher.now_ms = deadline;
    dispatch_look_at_tests(&r.dispatcher);
    ck_assert_uint_eq(told.count, 1);
    ck_assert_str_eq(told.end.result, "timed_out");
    ck_assert_str_eq(told.end.move.reason,
                     "the on-demand test did not end within 15000 ms");
    ask_and_leave(&r, 0);
    r.dispatcher.is_stopping = true;
    dispatch_look_at_tests(&r.dispatcher);
    ck_assert_uint_eq(told.count, 2);
    ck_assert_str_eq(told.end.result, "timed_out");
    ck_assert_str_eq(told.end.move.reason,
                     "the daemon stopped before the on-demand test ended");
    rig_close(&r);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_piece_that_fails_makes_the_whole_reply_an_error),
        TEST(a_reseed_in_the_middle_of_a_reply_changes_nothing_else),
        TEST(an_on_demand_test_that_does_not_end_is_told_of_too),
        TEST(a_test_whose_asker_has_left_is_told_of_once),
        TEST(a_test_without_asker_that_does_not_end_is_told_of_too),
        {0},
    };
    return run_tests("dispatch", tests);
}
