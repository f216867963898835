/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_RECOGNISE_H
#define ENTROPYD_PROTOCOL_RECOGNISE_H

/* The commonest request, recognised byte by byte. */

#include "protocol/protocol.h"

/*
 * Is the line, byte for byte, a get in its canonical shape: members in the
 * order jsonrpc, id, method, params, no white space, an integer id, bytes
 * first and then any of encoding, quality, timeout_ms in that order? Then
 * *request is what request_parse() would make of it. False means only "not
 * recognised", also for values out of range: request_parse() says what is
 * wrong. Built with ENTROPYD_RECOGNISER=OFF it recognises nothing.
 */
bool recognise_get(const char *line, size_t length, struct request *request);

#endif
