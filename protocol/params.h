/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_PARAMS_H
#define ENTROPYD_PROTOCOL_PARAMS_H

/* The params of one request, checked against the table of
 * protocol/methods.h. Any thread; no state. */

#include "protocol/protocol.h"

#include <jansson.h>

/*
 * Reads params (borrowed: an object, an array of positional params, null or
 * NULL for none) into method and params of *request; missing ones get their
 * defaults. 0; or -EINVAL, with request->error saying which param is wrong,
 * what was sent and what is allowed.
 */
int params_read(const json_t *params, enum method method,
                struct request *request);

#endif
