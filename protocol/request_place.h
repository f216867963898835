#ifndef ENTROPYD_PROTOCOL_REQUEST_PLACE_H
#define ENTROPYD_PROTOCOL_REQUEST_PLACE_H

/* What holds for a valid request because of where it stands. */

#include "protocol/protocol.h"

struct request_place {
    bool is_batch;
    uint64_t batch_bytes; /* asked for by the requests before this one */
};

/* Refuses binary in a batch or a notification, and the request with which a
 * batch asks for more than PROTOCOL_BATCH_BYTES_MAX: the bytes of a get, and 8
 * or 1 a sample of a raw. 0; or -EINVAL with request->error set. */
int request_check_place(struct request_place *place, struct request *request);

#endif
