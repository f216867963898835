/* SPDX-License-Identifier: MIT */
/*
 * The methods for the daemon's own user and root. raw: samples out of a
 * source's ring. selftest: the start-up test on demand, in the sources' own
 * workers; requests that come while it runs join it, because all of them wait
 * for the same count to rise.
 */

#include "daemon/server/call.h"

#include "base/monotonic.h"
#include "base/quote.h"
#include "base/text.h"
#include "base/ticks.h"
#include "base/wipe.h"
#include "daemon/host/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* raw */

static void symbols_of(const uint64_t *ticks, size_t n, uint64_t step_q16,
                       uint8_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = source_symbol(ticks[i], step_q16);
}

static void little_endian(const uint64_t *ticks, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++) {
        for (unsigned byte = 0; byte < sizeof(*ticks); byte++)
            *out++ = (uint8_t)(ticks[i] >> (8 * byte));
    }
}

static void answer_raw(const struct call *c, const uint64_t *ticks,
                       uint8_t *bytes, uint64_t step_q16)
{
    const struct raw_params *raw = &c->request->raw;
    struct raw_result result = {
        .data = bytes,
        .bytes = raw->samples,
        .source = raw->source,
        .samples = raw->samples,
        .format = raw->format,
        .encoding = raw->encoding,
        .step_ticks = (double)step_q16 / SOURCE_STEP_ONE,
        .clock = ticks_clock_name(),
    };
    ticks_timebase(&result.timebase_numerator, &result.timebase_denominator);
    if (raw->format == RAW_SYMBOLS) {
        symbols_of(ticks, raw->samples, step_q16, bytes);
    } else {
        little_endian(ticks, raw->samples, bytes);
        result.bytes = raw->samples * sizeof(*ticks);
    }
    if (call_wants_reply(c))
        reply_raw(c->out, &c->request->id, &result);
}

static void describe_raw_failure(const struct call *c, struct source *s,
                                 struct protocol_error *error)
{
    const struct raw_params *raw = &c->request->raw;
    if (source_state(s) != SOURCE_HEALTHY)
        protocol_error_set(error, ERROR_SOURCE_UNAVAILABLE, "%s is %s",
                           raw->source, source_state_name(source_state(s)));
    else
        protocol_error_set(error, ERROR_BUSY,
                           "%s has fewer than %" PRIu32 " samples to spare",
                           raw->source, raw->samples);
    protocol_error_add_string(error, "source", raw->source);
    protocol_error_add_string(error, "state",
                              source_state_name(source_state(s)));
    protocol_error_add_integer(error, "available",
                               (int64_t)source_available(s));
}

enum dispatch_result dispatch_raw(const struct call *c)
{
    const struct raw_params *raw = &c->request->raw;
    struct protocol_error error;
    int index;
    if (call_is_forbidden(c, &error) ||
        call_names_no_source(c, raw->source, &index, &error))
        return call_refuse(c, &error);

    size_t size = raw->samples * sizeof(uint64_t);
    uint64_t *ticks = malloc(2 * size); /* samples, then their bytes */
    uint64_t step_q16;
    if (ticks == NULL) {
        protocol_error_set(&error, ERROR_INTERNAL, "out of memory");
        return call_refuse(c, &error);
    }
    enum dispatch_result result = DISPATCH_DONE;
    if (pool_raw(c->d->view->pool, (size_t)index, ticks, raw->samples,
                 &step_q16) == 0) {
        answer_raw(c, ticks, (uint8_t *)(ticks + raw->samples), step_q16);
    } else {
        describe_raw_failure(c, &c->d->view->sources[index], &error);
        result = call_refuse(c, &error);
    }
    wipe(ticks, 2 * size);
    free(ticks);
    return result;
}

/* selftest */

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
    for (size_t i = 0; i < c->d->view->source_count; i++) {
        struct source *s = &c->d->view->sources[i];
        if (!is_tested(c, i))
            continue;
        c->progress->selftests[i] =
            atomic_load_explicit(&s->selftests_done, memory_order_relaxed);
        source_command(s, SOURCE_SELFTEST);
    }
    c->progress->has_begun = true;
}

static bool test_has_ended(const struct call *c, size_t i)
{
    struct source *s = &c->d->view->sources[i];
    return atomic_load_explicit(&s->selftests_done, memory_order_relaxed) !=
           c->progress->selftests[i];
}

static bool selftest_has_ended(const struct call *c)
{
    for (size_t i = 0; i < c->d->view->source_count; i++) {
        if (is_tested(c, i) && !test_has_ended(c, i))
            return false;
    }
    return true;
}

/* Logs the end and passes it on: an operator finds later who tested what. */
static void tell_end(const struct call *c, size_t i, const char *result,
                     const char *reason)
{
    struct source *s = &c->d->view->sources[i];
    enum source_state state = source_state(s);
    struct selftest_end end = {
        .move = {.from = state, .to = state, .at_ms = monotonic_now_ms()},
        .uid = c->peer->uid,
        .result = result,
    };
    char quoted[QUOTE_SIZE(SOURCE_REASON_MAX)];

    text_format(end.move.reason, sizeof(end.move.reason), "%s", reason);
    log_event(
        strcmp(result, "passed") == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
        "selftest", "source=%s uid=%u result=%s state=%s reason=%s",
        s->collector->name, (unsigned)c->peer->uid, result,
        source_state_name(state), quote_text(reason, quoted, sizeof(quoted)));
    if (c->d->selftest_ended != NULL)
        c->d->selftest_ended(c->d->context, i, &end);
}

static const char *result_name(bool has_passed)
{
    return has_passed ? "passed" : "failed";
}

static void answer_selftest(const struct call *c)
{
    struct selftest_report reports[SOURCE_MAX];
    char reasons[SOURCE_MAX][SOURCE_REASON_MAX];
    size_t count = 0;
    for (size_t i = 0; i < c->d->view->source_count; i++) {
        struct source *s = &c->d->view->sources[i];
        if (!is_tested(c, i))
            continue;
        source_reason(s, reasons[i], sizeof(reasons[i]));
        reports[count] = (struct selftest_report){
            .name = s->collector->name,
            .state = source_state_name(source_state(s)),
            .reason = reasons[i][0] != '\0' ? reasons[i] : NULL,
            .passed = source_state(s) == SOURCE_HEALTHY,
        };
        tell_end(c, i, result_name(reports[count].passed), reasons[i]);
        count++;
    }
    if (call_wants_reply(c))
        reply_selftest(c->out, &c->request->id, reports, count);
}

/* The time is over: some of the tests may have ended all the same. */
static enum dispatch_result give_up_selftest(const struct call *c)
{
    struct protocol_error error;
    char reason[SOURCE_REASON_MAX];

    protocol_error_set(&error, ERROR_TIMEOUT,
                       "the on-demand test did not end within %d ms",
                       SELFTEST_TIMEOUT_MS);
    for (size_t i = 0; i < c->d->view->source_count; i++) {
        struct source *s = &c->d->view->sources[i];
        if (!is_tested(c, i))
            continue;
        source_reason(s, reason, sizeof(reason));
        if (!test_has_ended(c, i))
            tell_end(c, i, "timed_out", error.message);
        else
            tell_end(c, i, result_name(source_state(s) == SOURCE_HEALTHY),
                     reason);
    }
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
