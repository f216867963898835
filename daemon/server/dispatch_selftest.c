/* SPDX-License-Identifier: MIT */
/*
 * selftest, for the daemon's own user and root: the start-up test on demand, in
 * the sources' own workers. Requests that come while it runs join it, because
 * all of them wait for the same count to rise. Each end is logged and passed
 * on; that of a test whose asker does not wait any more, too.
 */

#include "daemon/server/call.h"

#include "base/monotonic.h"
#include "base/quote.h"
#include "base/text.h"
#include "daemon/host/log.h"

#include <limits.h>
#include <string.h>

_Static_assert(SOURCE_MAX <=
                   sizeof(((struct dispatch_progress *)NULL)->tested) *
                       CHAR_BIT,
               "a bit for each source");

/* ends */

/* Logs the end and passes it on: an operator finds later who tested what. */
static void tell_end(const struct dispatcher *d, size_t i, uid_t uid,
                     const char *result, const char *reason)
{
    struct source *s = &d->view->sources[i];
    enum source_state state = source_state(s);
    struct selftest_end end = {
        .move = {.from = state, .to = state, .at_ms = monotonic_now_ms()},
        .uid = uid,
        .result = result,
    };
    char quoted[QUOTE_SIZE(SOURCE_REASON_MAX)];

    text_format(end.move.reason, sizeof(end.move.reason), "%s", reason);
    log_event(
        strcmp(result, "passed") == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
        "selftest", "source=%s uid=%u result=%s state=%s reason=%s",
        s->collector->name, (unsigned)uid, result, source_state_name(state),
        quote_text(reason, quoted, sizeof(quoted)));
    if (d->selftest_ended != NULL)
        d->selftest_ended(d->context, i, &end);
}

static uint64_t ends_of(const struct dispatcher *d, size_t i)
{
    return atomic_load_explicit(&d->view->sources[i].selftests_done,
                                memory_order_relaxed);
}

/* The state after a test is its result. */
static void tell_result(const struct dispatcher *d, size_t i, uid_t uid)
{
    struct source *s = &d->view->sources[i];
    char reason[SOURCE_REASON_MAX];

    source_reason(s, reason, sizeof(reason));
    tell_end(d, i, uid, source_state(s) == SOURCE_HEALTHY ? "passed" : "failed",
             reason);
}

/* Why there is no result. */
static void describe_no_end(const struct dispatcher *d,
                            struct protocol_error *error)
{
    if (d->is_stopping)
        protocol_error_set(error, ERROR_SHUTTING_DOWN,
                           "the daemon stopped before the on-demand test "
                           "ended");
    else
        protocol_error_set(error, ERROR_TIMEOUT,
                           "the on-demand test did not end within %d ms",
                           SELFTEST_TIMEOUT_MS);
}

static void tell_no_end(const struct dispatcher *d, size_t i, uid_t uid)
{
    struct protocol_error error;

    describe_no_end(d, &error);
    tell_end(d, i, uid, "timed_out", error.message);
}

/* tests without asker */

static struct left_test *left_test_of(struct dispatcher *d, size_t i, uid_t uid)
{
    return &d->left_tests[i][uid == 0];
}

/* Tells of its end if there was one, or its time is over. */
static void look_at_test(struct dispatcher *d, size_t i, struct left_test *left)
{
    if (left->deadline_ms == 0)
        return;
    if (ends_of(d, i) != left->ends_before)
        tell_result(d, i, left->uid);
    else if (d->is_stopping || d->now_ms >= left->deadline_ms)
        tell_no_end(d, i, left->uid);
    else
        return;
    left->deadline_ms = 0;
}

void dispatch_look_at_tests(struct dispatcher *d)
{
    for (size_t i = 0; i < d->view->source_count; i++) {
        look_at_test(d, i, &d->left_tests[i][false]);
        look_at_test(d, i, &d->left_tests[i][true]);
    }
}

uint64_t dispatch_tests_deadline(const struct dispatcher *d)
{
    uint64_t nearest = UINT64_MAX;

    for (size_t i = 0; i < d->view->source_count; i++) {
        for (int k = 0; k < 2; k++) {
            uint64_t at_ms = d->left_tests[i][k].deadline_ms;

            if (at_ms != 0 && at_ms < nearest)
                nearest = at_ms;
        }
    }
    return nearest;
}

/* If the test has not ended, what is kept already is of the same one, or of one
 * that has ended. */
void dispatch_leave_selftest(struct dispatcher *d,
                             struct dispatch_progress *progress)
{
    for (size_t i = 0; i < d->view->source_count; i++) {
        if ((progress->tested & 1U << i) == 0)
            continue;
        struct left_test *kept = left_test_of(d, i, progress->uid);
        struct left_test fresh = {
            .uid = progress->uid,
            .ends_before = progress->selftests[i],
            .deadline_ms = progress->deadline_ms,
        };
        look_at_test(d, i, &fresh);
        if (fresh.deadline_ms == 0)
            continue;
        look_at_test(d, i, kept);
        *kept = fresh;
    }
    progress->has_begun = false;
}

/* requests */

static bool is_tested(const struct call *c, size_t i)
{
    const char *wanted = c->request->selftest.source;
    struct source *s = &c->d->view->sources[i];
    if (source_state(s) == SOURCE_UNAVAILABLE ||
        source_state(s) == SOURCE_DISABLED)
        return false;
    return wanted[0] == '\0' ||
           status_find_source(c->d->view, wanted) == (int)i;
}

static void begin_selftest(const struct call *c)
{
    struct dispatch_progress *progress = c->progress;

    progress->tested = 0;
    progress->uid = c->peer->uid;
    progress->deadline_ms = c->d->now_ms + SELFTEST_TIMEOUT_MS;
    for (size_t i = 0; i < c->d->view->source_count; i++) {
        if (!is_tested(c, i))
            continue;
        progress->tested |= 1U << i;
        progress->selftests[i] = ends_of(c->d, i);
        source_command(&c->d->view->sources[i], SOURCE_SELFTEST);
    }
    progress->has_begun = true;
}

static bool test_has_ended(const struct call *c, size_t i)
{
    return ends_of(c->d, i) != c->progress->selftests[i];
}

/* Is source i one of those whose tests this request began? */
static bool was_tested(const struct call *c, size_t i)
{
    return (c->progress->tested & 1U << i) != 0;
}

static bool selftest_has_ended(const struct call *c)
{
    for (size_t i = 0; i < c->d->view->source_count; i++) {
        if (was_tested(c, i) && !test_has_ended(c, i))
            return false;
    }
    return true;
}

static void answer_selftest(const struct call *c)
{
    struct selftest_report reports[SOURCE_MAX];
    char reasons[SOURCE_MAX][SOURCE_REASON_MAX];
    size_t count = 0;
    for (size_t i = 0; i < c->d->view->source_count; i++) {
        struct source *s = &c->d->view->sources[i];
        if (!was_tested(c, i))
            continue;
        source_reason(s, reasons[i], sizeof(reasons[i]));
        reports[count] = (struct selftest_report){
            .name = s->collector->name,
            .state = source_state_name(source_state(s)),
            .reason = reasons[i][0] != '\0' ? reasons[i] : NULL,
            .passed = source_state(s) == SOURCE_HEALTHY,
        };
        tell_end(c->d, i, c->peer->uid,
                 reports[count].passed ? "passed" : "failed", reasons[i]);
        count++;
    }
    c->progress->has_begun = false;
    if (call_wants_reply(c))
        reply_selftest(c->out, &c->request->id, reports, count);
}

/* The time is over: some of the tests may have ended all the same. */
static enum dispatch_result give_up_selftest(const struct call *c)
{
    struct protocol_error error;

    describe_no_end(c->d, &error);
    for (size_t i = 0; i < c->d->view->source_count; i++) {
        if (was_tested(c, i) && test_has_ended(c, i))
            tell_result(c->d, i, c->peer->uid);
        else if (was_tested(c, i))
            tell_no_end(c->d, i, c->peer->uid);
    }
    c->progress->has_begun = false;
    return call_refuse(c, &error);
}

static bool cannot_be_tested(const struct call *c, struct protocol_error *error)
{
    const char *name = c->request->selftest.source;
    int index;
    if (name[0] == '\0')
        return false;
    if (call_names_no_source(c, name, &index, error))
        return true;
    if (is_tested(c, (size_t)index))
        return false;
    enum source_state state = source_state(&c->d->view->sources[index]);
    protocol_error_set(error, ERROR_SOURCE_UNAVAILABLE, "%s is %s", name,
                       source_state_name(state));
    protocol_error_add_string(error, "source", name);
    protocol_error_add_string(error, "state", source_state_name(state));
    return true;
}

enum dispatch_result dispatch_selftest(const struct call *c)
{
    struct protocol_error error;
    if (call_is_forbidden(c, &error) || cannot_be_tested(c, &error))
        return call_refuse(c, &error);
    if (!c->progress->has_begun)
        begin_selftest(c);
    if (!selftest_has_ended(c))
        return c->is_last_chance ? give_up_selftest(c) : DISPATCH_NOT_YET;
    answer_selftest(c);
    return DISPATCH_DONE;
}
