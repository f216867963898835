/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_PROTOCOL_PARSED_H
#define ENTROPYD_TESTS_PROTOCOL_PARSED_H

/* A line through request_parse(), and what a client would read of it. */

#include "protocol/request.h"

#include <jansson.h>

struct parsed {
    struct request one;
    struct request_list list;
};

/* Parses a line, which must not run out of memory. */
void parsed_init(struct parsed *p, const char *line);
void parsed_init_bytes(struct parsed *p, const char *line, size_t length);
void parsed_fini(struct parsed *p);

/* The "error" of the only request's reply, as a client would parse it: new.
 * Fails the test where the line is valid, or the reply is not one JSON text
 * without a newline. */
json_t *parsed_error(const struct parsed *p);

/* Checks in one go: the line has one request, invalid, with this error, with
 * the id as JSON text ("" for a notification), and its data holds every member
 * of `data` (JSON text of an object). */
void check_refused(const char *line, enum error_kind kind, const char *id,
                   const char *data);

/* The reply of a whole list: its JSON, new, or NULL if there is none; results
 * of valid requests are {"method":NAME}. */
json_t *parsed_replies(const struct parsed *p);

#endif
