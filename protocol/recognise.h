/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_RECOGNISE_H
#define ENTROPYD_PROTOCOL_RECOGNISE_H

/* Plain requests, recognised without building a JSON value. */

#include "protocol/protocol.h"

/*
 * Does the text begin with a get, status, health, sources or ping as most
 * clients write it: one object with jsonrpc, method, an id (a whole number of
 * at most 15 digits, or a string of plain ASCII) and valid params, members in
 * any order, blanks anywhere, no escapes? Then *request is what
 * request_parse_json() would make of it as a line of its own, and the bytes are
 * returned that it takes, with the blanks before and after it. 0 means only
 * "not recognised", also for values out of range, and leaves *request
 * undefined: request_parse_json() says what is wrong. Built with
 * ENTROPYD_RECOGNISER=OFF it recognises nothing. Any thread; does not block.
 */
size_t recognise(const char *text, size_t length, struct request *request);

#endif
