/* Raw bytes need a line of their own to follow; a batch is answered whole, so
 * its replies together must stay within bounds. */

#include "protocol/request_place.h"
#include "protocol/refuse.h"

/* Bytes that the reply to a request will carry. */
static uint64_t bytes_asked(const struct request *request)
{
    if (request->method == METHOD_GET)
        return request->get.bytes;
    if (request->method == METHOD_RAW)
        return (uint64_t)request->raw.samples *
               (request->raw.format == RAW_TICKS ? 8 : 1);
    return 0;
}

int request_check_place(struct request_place *place, struct request *request)
{
    if (request->method == METHOD_GET &&
        request->get.encoding == ENCODING_BINARY) {
        if (place->is_batch)
            return refuse_binary(&request->error, "in a batch");
        if (request->id.length == 0)
            return refuse_binary(&request->error, "in a notification");
    }
    if (!place->is_batch)
        return 0;
    uint64_t bytes = bytes_asked(request);
    if (bytes > PROTOCOL_BATCH_BYTES_MAX - place->batch_bytes)
        return refuse_batch_bytes(&request->error, place->batch_bytes);
    place->batch_bytes += bytes;
    return 0;
}
