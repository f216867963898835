/* The replies that carry bytes. Everything is written in place: no tree, no
 * copy, no allocation but the buffer's own. */

#include "protocol/envelope.h"
#include "protocol/json_writer.h"
#include "protocol/reply.h"

#include <assert.h>

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

static void append_data(struct buffer *out, const uint8_t *data, size_t n,
                        enum encoding encoding)
{
    buffer_append_text(out, "\"data\":\"");
    if (encoding == ENCODING_HEX)
        buffer_append_hex(out, data, n);
    else
        buffer_append_base64(out, data, n);
    buffer_append(out, "\"", 1);
}

void reply_get(struct buffer *out, const struct request_id *id,
               const struct get_result *result)
{
    /* One growth at most, and none that would copy the data. */
    if (buffer_reserve(
            out, FRAME_ROOM + id->length +
                     PROTOCOL_NAME_MAX * result->source_count +
                     encoded_length(result->bytes, result->encoding)) == NULL)
        return;
    envelope_open(out, id);
    if (result->encoding != ENCODING_BINARY)
        append_data(out, result->data, result->bytes, result->encoding);
    put_text(out, "encoding", encoding_name(result->encoding));
    put_unsigned(out, "bytes", result->bytes);
    put_text(out, "quality", quality_name(result->quality));
    put_text(out, "health", result->health);
    put_open(out, "sources", '[');
    for (size_t i = 0; i < result->source_count; i++)
        put_text_element(out, result->sources[i]);
    put_close(out, ']');
    put_unsigned(out, "credited_bits", result->credited_bits);
    envelope_close(out);
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
    append_data(out, result->data, result->bytes, result->encoding);
    put_text(out, "encoding", encoding_name(result->encoding));
    put_text(out, "format", raw_format_name(result->format));
    put_text(out, "source", result->source);
    put_unsigned(out, "samples", result->samples);
    put_unsigned(out, "gcd_ticks", result->gcd_ticks);
    put_text(out, "clock", result->clock);
    put_open(out, "timebase", '{');
    put_unsigned(out, "numerator", result->timebase_numerator);
    put_unsigned(out, "denominator", result->timebase_denominator);
    put_close(out, '}');
    envelope_close(out);
}
