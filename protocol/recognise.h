/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_RECOGNISE_H
#define ENTROPYD_PROTOCOL_RECOGNISE_H

/* Plain requests, recognised without building a JSON value. */

#include "protocol/protocol.h"

/*
 * Is the line a get, status, health, sources or ping as most clients write it:
 * one object with jsonrpc, method, an id (a whole number of at most 15 digits,
 * or a string of plain ASCII) and valid params, members in any order, blanks
 * anywhere, no escapes? Then *request is what request_parse_json() would make
 * of it. False means only "not recognised", also for values out of range, and
 * leaves *request undefined: request_parse_json() says what is wrong. Built
 * with ENTROPYD_RECOGNISER=OFF it recognises nothing. Any thread; does not
 * block.
 */
bool recognise(const char *line, size_t length, struct request *request);

#endif
