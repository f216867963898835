/* SPDX-License-Identifier: MIT */
/*
 * Replies as JSON text, member by member into the buffer. The names of status
 * are a promise: adding one is compatible, renaming one raises
 * PROTOCOL_VERSION.
 */

#include "protocol/reply.h"

#include "protocol/json_writer.h"

#include <assert.h>
#include <string.h>

static void append_id(struct buffer *out, const struct request_id *id)
{
    buffer_append_text(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    if (id->length > 0)
        buffer_append(out, id->text, id->length);
    else
        buffer_append_text(out, "null");
}

static void envelope_open(struct buffer *out, const struct request_id *id)
{
    append_id(out, id);
    buffer_append_text(out, ",\"result\":{");
}

static void envelope_close(struct buffer *out)
{
    buffer_append_text(out, "}}");
}

static void notification_open(struct buffer *out, const char *method)
{
    buffer_append_text(out, "{\"jsonrpc\":\"2.0\"");
    put_text(out, "method", method);
    put_open(out, "params", '{');
}

/* Room for all of a reply but its data and its names. */
#define FRAME_ROOM ((size_t)512)

static size_t encoded_length(size_t n, enum encoding encoding)
{
    switch (encoding) {
    case ENCODING_HEX:
        return 2 * n;
    case ENCODING_BASE64:
        return (n + 2) / 3 * 4;
    case ENCODING_BINARY:
        return 0;
    }
    return 0;
}

static void append_encoded(struct buffer *out, const uint8_t *data, size_t n,
                           enum encoding encoding)
{
    if (encoding == ENCODING_HEX)
        buffer_append_hex(out, data, n);
    else
        buffer_append_base64(out, data, n);
}

/* The hot reply is put together by hand: 0.1 us against 0.5 us by the JSON
 * writer, whose every member looks for room (measured at 16 requests in
 * flight). `at` walks through room that was reserved for all of it. */

static char *put(char *at, const char *text, size_t n)
{
    memcpy(at, text, n);
    return at + n;
}

#define PUT(at, literal) put(at, literal, sizeof(literal) - 1)

static char *put_word(char *at, const char *word)
{
    return put(at, word, strlen(word));
}

static char *put_sources(char *at, const char *const *sources, size_t count)
{
    at = PUT(at, ",\"sources\":[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *at++ = ',';
        *at++ = '"';
        at = put_word(at, sources[i]);
        *at++ = '"';
    }
    *at++ = ']';
    return at;
}

_Static_assert(sizeof(((struct provenance *)NULL)->text) >=
                   PROTOCOL_SOURCES_MAX * (PROTOCOL_NAME_MAX + 3) + 160,
               "every source and the rest");

void provenance_write(struct provenance *provenance, enum quality quality,
                      const char *health, const char *const *sources,
                      size_t source_count, uint64_t credited_bits)
{
    assert(source_count <= PROTOCOL_SOURCES_MAX);
    char *at = PUT(provenance->text, ",\"quality\":\"");
    at = put_word(at, quality_name(quality));
    at = PUT(at, "\",\"health\":\"");
    at = put_word(at, health);
    at = PUT(at, "\"");
    at = put_sources(at, sources, source_count);
    at = PUT(at, ",\"credited_bits\":");
    at = write_digits(at, credited_bits);
    at = PUT(at, "}}");
    provenance->length = (size_t)(at - provenance->text);
}

void reply_get_begin(struct buffer *out, const struct request_id *id,
                     const struct get_result *result)
{
    char *start = buffer_reserve(
        out, FRAME_ROOM + id->length + result->provenance->length +
                 encoded_length(result->bytes, result->encoding));
    if (start == NULL)
        return;
    char *at = PUT(start, "{\"jsonrpc\":\"2.0\",\"id\":");
    at = put(at, id->text, id->length);
    at = PUT(at, ",\"result\":{");
    if (result->encoding != ENCODING_BINARY)
        at = PUT(at, "\"data\":\"");
    out->length += (size_t)(at - start);
}

void reply_get_data(struct buffer *out, const struct get_result *result,
                    const uint8_t *data, size_t n)
{
    append_encoded(out, data, n, result->encoding);
}

void reply_get_end(struct buffer *out, const struct get_result *result)
{
    char *start = buffer_reserve(out, FRAME_ROOM + result->provenance->length);
    if (start == NULL)
        return;
    char *at = start;
    if (result->encoding != ENCODING_BINARY)
        at = PUT(at, "\",");
    at = PUT(at, "\"encoding\":\"");
    at = put_word(at, encoding_name(result->encoding));
    at = PUT(at, "\",\"bytes\":");
    at = write_digits(at, result->bytes);
    at = put(at, result->provenance->text, result->provenance->length);
    out->length += (size_t)(at - start);
}

void reply_raw(struct buffer *out, const struct request_id *id,
               const struct raw_result *result)
{
    assert(result->encoding != ENCODING_BINARY);
    if (buffer_reserve(
            out, FRAME_ROOM + id->length + PROTOCOL_NAME_MAX +
                     encoded_length(result->bytes, result->encoding)) == NULL)
        return;
    envelope_open(out, id);
    buffer_append_text(out, "\"data\":\"");
    append_encoded(out, result->data, result->bytes, result->encoding);
    buffer_append(out, "\"", 1);
    put_text(out, "encoding", encoding_name(result->encoding));
    put_text(out, "format", raw_format_name(result->format));
    put_text(out, "source", result->source);
    put_unsigned(out, "samples", result->samples);
    put_fixed(out, "step_ticks", result->step_ticks, 5);
    put_text(out, "clock", result->clock);
    put_open(out, "timebase", '{');
    put_unsigned(out, "numerator", result->timebase_numerator);
    put_unsigned(out, "denominator", result->timebase_denominator);
    put_close(out, '}');
    envelope_close(out);
}

void reply_error(struct buffer *out, const struct request_id *id,
                 const struct protocol_error *error)
{
    append_id(out, id);
    put_open(out, "error", '{');
    put_integer(out, "code", error_code(error->kind));
    put_text(out, "message", error->message);
    put_open(out, "data", '{');
    put_text(out, "name", error_name(error->kind));
    if (error->data[0] != '\0') {
        buffer_append(out, ",", 1);
        buffer_append_text(out, error->data);
    }
    buffer_append_text(out, "}}}");
}

void reply_ping(struct buffer *out, const struct request_id *id,
                const char *version)
{
    envelope_open(out, id);
    put_text(out, "version", version);
    put_unsigned(out, "protocol", PROTOCOL_VERSION);
    envelope_close(out);
}

void reply_health(struct buffer *out, const struct request_id *id,
                  const struct status_report *report)
{
    envelope_open(out, id);
    put_text(out, "health", report->health);
    put_open(out, "sources", '{');
    for (size_t i = 0; i < report->source_count; i++)
        put_text(out, report->sources[i].name, report->sources[i].state);
    put_close(out, '}');
    envelope_close(out);
}

void reply_subscribed(struct buffer *out, const struct request_id *id,
                      bool to_health, bool to_status, uint32_t interval_ms)
{
    envelope_open(out, id);
    put_open(out, "subscribed", '[');
    if (to_health)
        put_text_element(out, subscription_name(SUBSCRIBE_HEALTH));
    if (to_status)
        put_text_element(out, subscription_name(SUBSCRIBE_STATUS));
    put_close(out, ']');
    if (to_status)
        put_unsigned(out, "interval_ms", interval_ms);
    else
        put_null(out, "interval_ms");
    envelope_close(out);
}

void reply_selftest(struct buffer *out, const struct request_id *id,
                    const struct selftest_report *sources, size_t count)
{
    envelope_open(out, id);
    put_open(out, "sources", '[');
    for (size_t i = 0; i < count; i++) {
        put_open(out, NULL, '{');
        put_text(out, "name", sources[i].name);
        put_bool(out, "passed", sources[i].passed);
        put_text(out, "state", sources[i].state);
        put_text(out, "reason", sources[i].reason);
        put_close(out, '}');
    }
    put_close(out, ']');
    envelope_close(out);
}

void notify_health(struct buffer *out, const struct health_notice *notice)
{
    notification_open(out, subscription_name(SUBSCRIBE_HEALTH));
    put_text(out, "health", notice->health);
    put_text(out, "source", notice->source);
    put_text(out, "from", notice->from);
    put_text(out, "to", notice->to);
    put_text(out, "reason", notice->reason);
    put_unsigned(out, "uptime_ms", notice->uptime_ms);
    put_unsigned(out, "skipped", notice->skipped);
    if (notice->selftest != NULL) {
        put_open(out, "selftest", '{');
        put_integer(out, "uid", notice->uid);
        put_text(out, "result", notice->selftest);
        put_close(out, '}');
    } else {
        put_null(out, "selftest");
    }
    envelope_close(out);
}

/* Ages and user ids: negative is null. */
static void put_known(struct buffer *out, const char *key, int64_t number)
{
    if (number < 0)
        put_null(out, key);
    else
        put_integer(out, key, number);
}

static void append_generator(struct buffer *out,
                             const struct status_report *report)
{
    put_open(out, "generator", '{');
    put_unsigned(out, "reseeds", report->generator.reseeds);
    put_unsigned(out, "credited_reseeds", report->generator.credited_reseeds);
    put_known(out, "last_reseed_age_ms", report->generator.last_reseed_age_ms);
    put_unsigned(out, "last_credited_bits",
                 report->generator.last_credited_bits);
    put_unsigned(out, "requests", report->generator.requests);
    put_unsigned(out, "bytes", report->generator.bytes);
    put_close(out, '}');
}

static void append_pool(struct buffer *out, const struct status_report *report)
{
    put_open(out, "pool", '{');
    put_unsigned(out, "credited_bits", report->pool.credited_bits);
    put_unsigned(out, "conditioned_blocks", report->pool.conditioned_blocks);
    put_unsigned(out, "blocks_ready", report->pool.blocks_ready);
    put_close(out, '}');
}

static void append_alarm(struct buffer *out, const char *key,
                         const struct alarm_report *alarm)
{
    put_open(out, key, '{');
    put_unsigned(out, "intermittent", alarm->intermittent);
    put_unsigned(out, "permanent", alarm->permanent);
    if (alarm->last_ms > 0)
        put_unsigned(out, "last_ms", alarm->last_ms);
    else
        put_null(out, "last_ms");
    put_close(out, '}');
}

static void append_counts(struct buffer *out, const char *key,
                          const struct named_count *counts, size_t count)
{
    put_open(out, key, '{');
    for (size_t i = 0; i < count; i++)
        put_unsigned(out, counts[i].name, counts[i].count);
    put_close(out, '}');
}

static void append_source(struct buffer *out, const struct source_report *s)
{
    put_open(out, NULL, '{');
    put_text(out, "name", s->name);
    put_text(out, "state", s->state);
    put_text(out, "reason", s->reason);
    put_unsigned(out, "since_ms", s->since_ms);
    put_bool(out, "enabled", s->is_enabled);
    put_bool(out, "parked", s->parked);
    put_known(out, "last_sample_age_ms", s->last_sample_age_ms);
    put_fixed(out, "claim_bits", s->claim_bits, 3);
    if (s->estimate_bits < 0)
        put_null(out, "estimate_bits");
    else
        put_fixed(out, "estimate_bits", s->estimate_bits, 3);
    if (s->granularity_ticks > 0)
        put_fixed(out, "granularity_ticks", s->granularity_ticks, 5);
    else
        put_null(out, "granularity_ticks");
    put_unsigned(out, "samples_total", s->samples_total);
    put_fixed(out, "samples_per_second", s->samples_per_second, 1);
    put_unsigned(out, "discarded_total", s->discarded_total);
    append_counts(out, "counters", s->counters, s->counter_count);
    put_open(out, "ring", '{');
    put_unsigned(out, "used", s->ring_used);
    put_unsigned(out, "size", s->ring_size);
    put_close(out, '}');
    put_open(out, "alarms", '{');
    append_alarm(out, "rct", &s->rct);
    append_alarm(out, "apt", &s->apt);
    append_alarm(out, "lag", &s->lag);
    append_alarm(out, "markov", &s->markov);
    append_alarm(out, "stall", &s->stall);
    put_close(out, '}');
    put_close(out, '}');
}

static void append_users(struct buffer *out, const struct status_report *report)
{
    put_open(out, "users", '[');
    for (size_t i = 0; i < report->server.user_count; i++) {
        const struct user_report *user = &report->server.users[i];
        put_open(out, NULL, '{');
        put_known(out, "uid", user->uid);
        put_unsigned(out, "connections", user->connections);
        put_unsigned(out, "waiting", user->waiting);
        put_close(out, '}');
    }
    put_close(out, ']');
    put_unsigned(out, "users_total", report->server.users_total);
}

static void append_server(struct buffer *out,
                          const struct status_report *report)
{
    put_open(out, "server", '{');
    put_unsigned(out, "connections", report->server.connections);
    put_unsigned(out, "connections_total", report->server.connections_total);
    put_bool(out, "accepting", report->server.is_accepting);
    put_unsigned(out, "accept_errors_total",
                 report->server.accept_errors_total);
    put_unsigned(out, "requests_total", report->server.requests_total);
    put_open(out, "errors_total", '{');
    for (unsigned i = 0; i < ERROR_KIND_COUNT; i++)
        put_unsigned(out, error_name((enum error_kind)i),
                     report->server.errors_total[i]);
    put_close(out, '}');
    put_unsigned(out, "waiting", report->server.waiting);
    put_unsigned(out, "subscriptions", report->server.subscriptions);
    append_users(out, report);
    append_counts(out, "limits", report->server.limits,
                  report->server.limit_count);
    put_close(out, '}');
}

static void append_egd(struct buffer *out, const struct status_report *report)
{
    put_open(out, "egd", '{');
    put_bool(out, "listening", report->egd.is_listening);
    put_unsigned(out, "connections", report->egd.connections);
    put_unsigned(out, "connections_total", report->egd.connections_total);
    put_unsigned(out, "requests_total", report->egd.requests_total);
    put_unsigned(out, "refused_total", report->egd.refused_total);
    put_unsigned(out, "bytes_total", report->egd.bytes_total);
    put_unsigned(out, "mixed_bytes_total", report->egd.mixed_bytes_total);
    put_close(out, '}');
}

static void append_changes(struct buffer *out,
                           const struct status_report *report)
{
    put_open(out, "changes", '[');
    for (size_t i = 0; i < report->change_count; i++) {
        const struct change_report *change = &report->changes[i];
        put_open(out, NULL, '{');
        put_integer(out, "time_ms", change->time_ms);
        put_text(out, "source", change->source);
        put_text(out, "from", change->from);
        put_text(out, "to", change->to);
        put_text(out, "reason", change->reason);
        put_close(out, '}');
    }
    put_close(out, ']');
}

static void append_status(struct buffer *out,
                          const struct status_report *report)
{
    put_unsigned(out, "protocol", PROTOCOL_VERSION);
    put_text(out, "version", report->version);
    put_text(out, "platform", report->platform);
    put_integer(out, "pid", report->pid);
    put_unsigned(out, "uptime_ms", report->uptime_ms);
    put_text(out, "health", report->health);
    put_bool(out, "seeded", report->seeded);
    put_bool(out, "memory_locked", report->memory_locked);
    put_text(out, "clock", report->clock);
    put_open(out, "timebase", '{');
    put_unsigned(out, "numerator", report->timebase_numerator);
    put_unsigned(out, "denominator", report->timebase_denominator);
    put_close(out, '}');
    append_generator(out, report);
    append_pool(out, report);
    put_open(out, "sources", '[');
    for (size_t i = 0; i < report->source_count; i++)
        append_source(out, &report->sources[i]);
    put_close(out, ']');
    append_changes(out, report);
    append_server(out, report);
    append_egd(out, report);
}

void reply_status(struct buffer *out, const struct request_id *id,
                  const struct status_report *report)
{
    envelope_open(out, id);
    append_status(out, report);
    envelope_close(out);
}

void notify_status(struct buffer *out, const struct status_report *report)
{
    notification_open(out, subscription_name(SUBSCRIBE_STATUS));
    append_status(out, report);
    envelope_close(out);
}

static void append_range(struct buffer *out, const struct tunable_report *t)
{
    put_open(out, "range", '[');
    put_integer_element(out, t->min);
    put_integer_element(out, t->max);
    put_close(out, ']');
}

static void append_tunable(struct buffer *out, const struct tunable_report *t)
{
    put_open(out, t->name, '{');
    if (t->is_list) {
        put_open(out, "value", '[');
        for (unsigned i = 0; i < t->count; i++)
            put_integer_element(out, t->values[i]);
        put_close(out, ']');
    } else if (t->is_boolean) {
        put_bool(out, "value", t->values[0] != 0);
    } else {
        put_integer(out, "value", t->values[0]);
    }
    put_text(out, "unit", t->unit);
    if (!t->is_boolean)
        append_range(out, t);
    put_text(out, "help", t->help);
    put_close(out, '}');
}

static void append_source_info(struct buffer *out,
                               const struct source_info_report *s)
{
    put_open(out, NULL, '{');
    put_text(out, "name", s->name);
    put_text(out, "state", s->state);
    put_text(out, "reason", s->reason);
    put_text(out, "platform", s->platform);
    put_text(out, "summary", s->summary);
    put_text(out, "times", s->times);
    put_text(out, "varies_because", s->varies_because);
    put_text(out, "evidence", s->evidence);
    put_text(out, "measured", s->measured);
    put_fixed(out, "claim_bits", s->claim_bits, 3);
    put_open(out, "tunables", '{');
    for (size_t i = 0; i < s->tunable_count; i++)
        append_tunable(out, &s->tunables[i]);
    put_close(out, '}');
    put_close(out, '}');
}

void reply_sources(struct buffer *out, const struct request_id *id,
                   const struct source_info_report *sources, size_t count)
{
    envelope_open(out, id);
    put_open(out, "sources", '[');
    for (size_t i = 0; i < count; i++)
        append_source_info(out, &sources[i]);
    put_close(out, ']');
    envelope_close(out);
}
