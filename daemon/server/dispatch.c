/* One function a method, and the choice among them. */

#include "daemon/server/call.h"

#include "base/monotonic.h"
#include "daemon/host/suspend.h"
#include "protocol/version.h"

#include <assert.h>

void dispatch_turn(struct dispatcher *d, uint64_t loop_ms)
{
    if (loop_ms == d->loop_ms && d->now_ms != 0)
        return;
    d->loop_ms = loop_ms;
    d->now_ms = monotonic_now_ms();
    uint64_t slept_ms = suspend_total_ms();
    if (slept_ms > d->slept_ms + SUSPEND_NOISE_MS) {
        d->slept_ms = slept_ms;
        pool_reseed_soon(d->view->pool);
    }
}

void dispatch_error(struct dispatcher *d, const struct request *request,
                    const struct protocol_error *error, struct buffer *out)
{
    d->counts->errors_total[error->kind]++;
    if (request->id.length > 0)
        reply_error(out, &request->id, error);
}

enum dispatch_result dispatch_refuse(const struct call *c,
                                     const struct protocol_error *error)
{
    dispatch_error(c->d, c->request, error, c->out);
    return DISPATCH_DONE;
}

bool call_wants_reply(const struct call *c)
{
    return c->request->id.length > 0;
}

/* Who may see raw samples and start tests: the one gate, and its only way out
 * for anybody else is the refusal. */
bool call_is_forbidden(const struct call *c, struct protocol_error *error)
{
    if (peer_is_privileged(c->peer))
        return false;
    protocol_error_set(error, ERROR_FORBIDDEN,
                       "%s is for the daemon's own user and root",
                       method_name(c->request->method));
    protocol_error_add_string(error, "method", method_name(c->request->method));
    return true;
}

bool call_names_no_source(const struct call *c, const char *name, int *index,
                          struct protocol_error *error)
{
    *index = status_find_source(c->d->view, name);
    if (*index >= 0)
        return false;
    protocol_error_set(error, ERROR_UNKNOWN_SOURCE, "no source is called %s",
                       name);
    protocol_error_add_string(error, "param", "source");
    protocol_error_add_string(error, "got", name);
    return true;
}

static enum dispatch_result do_status(const struct call *c)
{
    if (call_wants_reply(c))
        status_reply(c->d->view, c->out, &c->request->id);
    return DISPATCH_DONE;
}

static enum dispatch_result do_health(const struct call *c)
{
    if (call_wants_reply(c))
        status_reply_health(c->d->view, c->out, &c->request->id);
    return DISPATCH_DONE;
}

static enum dispatch_result do_sources(const struct call *c)
{
    if (call_wants_reply(c))
        status_reply_sources(c->d->view, c->out, &c->request->id);
    return DISPATCH_DONE;
}

static enum dispatch_result do_ping(const struct call *c)
{
    if (call_wants_reply(c))
        reply_ping(c->out, &c->request->id, ENTROPYD_VERSION);
    return DISPATCH_DONE;
}

/* No table: the compiler tells a method that is missing here, and a table would
 * call NULL for it. */
static enum dispatch_result answer(const struct call *c)
{
    switch (c->request->method) {
    case METHOD_GET:
        return dispatch_get(c);
    case METHOD_RAW:
        return dispatch_raw(c);
    case METHOD_STATUS:
        return do_status(c);
    case METHOD_HEALTH:
        return do_health(c);
    case METHOD_SOURCES:
        return do_sources(c);
    case METHOD_SELFTEST:
        return dispatch_selftest(c);
    case METHOD_PING:
        return do_ping(c);
    case METHOD_SUBSCRIBE:
    case METHOD_UNSUBSCRIBE: /* the session's own */
    case METHOD_COUNT:
        break;
    }
    assert(false);
    return DISPATCH_DONE;
}

enum dispatch_result dispatch(struct dispatcher *d, const struct peer *peer,
                              const struct request *request,
                              bool is_last_chance,
                              struct dispatch_progress *progress,
                              struct buffer *out, struct dispatch_bulk *bulk)
{
    const struct call c = {
        .d = d,
        .peer = peer,
        .request = request,
        .is_last_chance = is_last_chance || d->is_stopping,
        .progress = progress,
        .out = out,
        .bulk = bulk,
    };
    if (!request->is_valid)
        return dispatch_refuse(&c, &request->error);
    return answer(&c);
}

uint32_t dispatch_timeout_ms(const struct request *request)
{
    return request->method == METHOD_GET ? request->get.timeout_ms
                                         : SELFTEST_TIMEOUT_MS;
}
