#ifndef ENTROPYD_PROTOCOL_REQUEST_FAST_H
#define ENTROPYD_PROTOCOL_REQUEST_FAST_H

/* The short way for requests in the form that nearly all of them have. */

#include "protocol/protocol.h"

/*
 * Understands a line that is one valid request written plainly: named params,
 * an id of up to 18 digits or of plain ASCII, no escapes, no fractions. True:
 * *request is what request_parse() would make of it. False: it may be anything,
 * valid or not, and *request is as undefined as before; ask jansson.
 */
bool request_parse_fast(const char *line, size_t length,
                        struct request *request);

#endif
