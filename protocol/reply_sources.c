/* What each source is, with its tunables in force. */

#include "protocol/envelope.h"
#include "protocol/json_writer.h"
#include "protocol/reply.h"

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

static void append_source(struct buffer *out,
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
        append_source(out, &sources[i]);
    put_close(out, ']');
    envelope_close(out);
}
