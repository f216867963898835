/* The whole status. Its names are a promise: adding one is compatible,
 * renaming one raises PROTOCOL_VERSION. */

#include "protocol/envelope.h"
#include "protocol/json_writer.h"
#include "protocol/reply.h"

static void append_age(struct buffer *out, const char *key, int64_t age_ms)
{
    if (age_ms < 0)
        put_null(out, key);
    else
        put_integer(out, key, age_ms);
}

static void append_generator(struct buffer *out,
                             const struct status_report *report)
{
    put_open(out, "generator", '{');
    put_unsigned(out, "reseeds", report->generator.reseeds);
    put_unsigned(out, "credited_reseeds", report->generator.credited_reseeds);
    append_age(out, "last_reseed_age_ms", report->generator.last_reseed_age_ms);
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
    append_age(out, "last_sample_age_ms", s->last_sample_age_ms);
    put_fixed(out, "claim_bits", s->claim_bits, 3);
    if (s->estimate_bits < 0)
        put_null(out, "estimate_bits");
    else
        put_fixed(out, "estimate_bits", s->estimate_bits, 3);
    if (s->granularity_ticks > 0)
        put_unsigned(out, "granularity_ticks", s->granularity_ticks);
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
    append_alarm(out, "stall", &s->stall);
    put_close(out, '}');
    put_close(out, '}');
}

static void append_server(struct buffer *out,
                          const struct status_report *report)
{
    put_open(out, "server", '{');
    put_unsigned(out, "connections", report->server.connections);
    put_unsigned(out, "connections_total", report->server.connections_total);
    put_unsigned(out, "requests_total", report->server.requests_total);
    put_open(out, "errors_total", '{');
    for (unsigned i = 0; i < ERROR_KIND_COUNT; i++)
        put_unsigned(out, error_name((enum error_kind)i),
                     report->server.errors_total[i]);
    put_close(out, '}');
    put_unsigned(out, "waiting", report->server.waiting);
    put_unsigned(out, "subscriptions", report->server.subscriptions);
    append_counts(out, "limits", report->server.limits,
                  report->server.limit_count);
    put_close(out, '}');
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
    append_server(out, report);
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
