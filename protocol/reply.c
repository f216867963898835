/* The envelopes, and the replies that are short. */

#include "protocol/reply.h"
#include "protocol/envelope.h"
#include "protocol/json_writer.h"

static void append_id(struct buffer *out, const struct request_id *id)
{
    buffer_append_text(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    if (id->length > 0)
        buffer_append(out, id->text, id->length);
    else
        buffer_append_text(out, "null");
}

void envelope_open(struct buffer *out, const struct request_id *id)
{
    append_id(out, id);
    buffer_append_text(out, ",\"result\":{");
}

void envelope_close(struct buffer *out)
{
    buffer_append_text(out, "}}");
}

void notification_open(struct buffer *out, const char *method)
{
    buffer_append_text(out, "{\"jsonrpc\":\"2.0\"");
    put_text(out, "method", method);
    put_open(out, "params", '{');
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

void notify_health(struct buffer *out, const char *health, const char *source,
                   const char *from, const char *to, const char *reason,
                   uint64_t uptime_ms, uint64_t skipped)
{
    notification_open(out, subscription_name(SUBSCRIBE_HEALTH));
    put_text(out, "health", health);
    put_text(out, "source", source);
    put_text(out, "from", from);
    put_text(out, "to", to);
    put_text(out, "reason", reason);
    put_unsigned(out, "uptime_ms", uptime_ms);
    put_unsigned(out, "skipped", skipped);
    envelope_close(out);
}
