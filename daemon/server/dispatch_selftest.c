/*
 * selftest: the start-up test once more, in the sources' own workers. Those
 * who ask while it runs join it: all wait for the same count to rise.
 */

#include "daemon/server/call.h"

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

static bool selftest_has_ended(const struct call *c)
{
    for (size_t i = 0; i < c->d->view->source_count; i++) {
        struct source *s = &c->d->view->sources[i];
        if (is_tested(c, i) &&
            atomic_load_explicit(&s->selftests_done, memory_order_relaxed) ==
                c->progress->selftests[i])
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
        if (!is_tested(c, i))
            continue;
        source_reason(s, reasons[i], sizeof(reasons[i]));
        reports[count++] = (struct selftest_report){
            .name = s->collector->name,
            .state = source_state_name(source_state(s)),
            .reason = reasons[i][0] != '\0' ? reasons[i] : NULL,
            .passed = source_state(s) == SOURCE_HEALTHY,
        };
    }
    if (call_wants_reply(c))
        reply_selftest(c->out, &c->request->id, reports, count);
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
        return dispatch_refuse(c, &error);
    if (!c->progress->has_begun)
        begin_selftest(c);
    if (!selftest_has_ended(c)) {
        if (!c->is_last_chance)
            return DISPATCH_NOT_YET;
        protocol_error_set(&error, ERROR_TIMEOUT,
                           "the selftest has not ended within %d ms",
                           SELFTEST_TIMEOUT_MS);
        return dispatch_refuse(c, &error);
    }
    answer_selftest(c);
    return DISPATCH_DONE;
}
