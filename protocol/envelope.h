#ifndef ENTROPYD_PROTOCOL_ENVELOPE_H
#define ENTROPYD_PROTOCOL_ENVELOPE_H

/* What stands around every result and every notification. */

#include "base/buffer.h"
#include "protocol/protocol.h"

/* {"jsonrpc":"2.0","id":ID,"result":{ -- and what closes it, or a
 * notification. */
void envelope_open(struct buffer *out, const struct request_id *id);
void envelope_close(struct buffer *out);

/* {"jsonrpc":"2.0","method":METHOD,"params":{ */
void notification_open(struct buffer *out, const char *method);

#endif
