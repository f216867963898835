/* SPDX-License-Identifier: MIT */
/* raw, for the daemon's own user and root: samples out of a source's ring. */

#include "daemon/server/call.h"

#include "base/ticks.h"
#include "base/wipe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
