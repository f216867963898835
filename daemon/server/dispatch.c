/* SPDX-License-Identifier: MIT */
/* Which function answers which method, and the short ones. */

#include "daemon/server/dispatch.h"

#include "base/monotonic.h"
#include "daemon/host/suspend.h"
#include "daemon/server/call.h"
#include "protocol/version.h"

#include <assert.h>

void dispatch_update_time(struct dispatcher *d, uint64_t loop_ms)
{
    if (loop_ms == d->loop_ms && d->now_ms != 0)
        return;
    d->loop_ms = loop_ms;
    d->now_ms = monotonic_now_ms();
    uint64_t slept_ms = suspend_total_ms();
    if (slept_ms > d->slept_ms + SUSPEND_NOISE_MS) {
        d->slept_ms = slept_ms;
        d->num_sleeps++;
        pool_reseed_soon(d->view->pool);
    }
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

/* A switch, because the compiler reports a method that is missing from it; a
 * table of functions would have NULL there. */
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
    case METHOD_UNSUBSCRIBE: /* answered by the session */
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
                              struct buffer *out)
{
    const struct call c = {
        .d = d,
        .peer = peer,
        .request = request,
        .is_last_chance = is_last_chance || d->is_stopping,
        .progress = progress,
        .out = out,
    };
    if (!request->is_valid)
        return call_refuse(&c, &request->error);
    return answer(&c);
}

uint32_t dispatch_timeout_ms(const struct request *request)
{
    return request->method == METHOD_GET ? request->get.timeout_ms
                                         : SELFTEST_TIMEOUT_MS;
}
